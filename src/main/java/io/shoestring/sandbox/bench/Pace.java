package io.shoestring.sandbox.bench;

import java.time.Duration;

/**
 * How long and how often.
 *
 * @param rounds in each of which everybody has one lap
 * @param lap the length of one
 */
record Pace(int rounds, Duration lap) {
    private static final Duration WARM_MAX = Duration.ofSeconds(6);

    /** A lap that only warms. */
    Duration warmLap() {
        Duration twice = lap.multipliedBy(2);
        return twice.compareTo(WARM_MAX) < 0 ? twice : WARM_MAX;
    }
}
