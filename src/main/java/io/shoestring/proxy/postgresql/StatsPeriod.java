package io.shoestring.proxy.postgresql;

import java.util.concurrent.TimeUnit;

/**
 * The time over which averages are told: up to now, from at least a minute ago if somebody asked
 * then, else from when somebody asked before, or from the beginning. Nothing runs for that while
 * nobody asks. Thread-safe.
 */
final class StatsPeriod {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(60);

    private Totals before;
    private Totals latest;

    StatsPeriod(Totals beginning) {
        before = beginning;
        latest = beginning;
    }

    /** What was counted in the period that ends with these. */
    synchronized Totals upTo(Totals now) {
        if (now.atNanos() - latest.atNanos() >= NANOS) {
            before = latest;
            latest = now;
        }
        return now.since(before);
    }
}
