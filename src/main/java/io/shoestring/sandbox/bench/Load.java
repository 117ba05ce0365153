package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.OptionalDouble;

/** Asks a contender for the same work again and again. */
interface Load {
    /**
     * Runs it once.
     *
     * @param rate requests per second; empty: as many as there can be
     */
    Outcome run(Endpoint target, OptionalDouble rate, Duration length)
            throws BenchException, InterruptedException;

    /** Whether it can keep to a rate. */
    boolean isPaced();
}
