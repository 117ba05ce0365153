package io.shoestring.sandbox.bench;

import java.util.OptionalDouble;

/**
 * What a load saw of one contender.
 *
 * @param requests how many were answered
 * @param perSecond of them
 * @param p50Micros the median of their latency, in microseconds; empty: the load does not say
 * @param p99Micros the same of the slowest hundredth
 * @param errors requests that failed
 */
record Outcome(
        double requests,
        double perSecond,
        OptionalDouble p50Micros,
        OptionalDouble p99Micros,
        long errors) {}
