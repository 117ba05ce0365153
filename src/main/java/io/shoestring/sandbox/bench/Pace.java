package io.shoestring.sandbox.bench;

import java.time.Duration;

/**
 * How long and how often.
 *
 * @param rounds in each of which everybody has one lap
 * @param lap the length of one
 */
record Pace(int rounds, Duration lap) {}
