package io.shoestring.model;

import java.util.List;

/**
 * What was measured of all requests of one listener, from the first byte of a request to the last
 * of its answer; the counts are since the process started.
 *
 * @param failures answered with an error: of statements any, of HTTP a status from 500 on, or no
 *     end
 * @param totalMicros of all together
 * @param p50Micros half of them took no longer; within 6 per cent, like the others
 * @param buckets how many took no longer than each of {@link #BOUNDS_MICROS}
 */
public record RequestFigures(
        long count,
        long failures,
        long totalMicros,
        long p50Micros,
        long p95Micros,
        long p99Micros,
        List<Long> buckets) {
    /** The bounds of the buckets, in microseconds. */
    public static final List<Long> BOUNDS_MICROS =
            List.of(
                    100L,
                    250L,
                    500L,
                    1_000L,
                    2_500L,
                    5_000L,
                    10_000L,
                    25_000L,
                    50_000L,
                    100_000L,
                    250_000L,
                    500_000L,
                    1_000_000L,
                    2_500_000L,
                    5_000_000L,
                    10_000_000L,
                    30_000_000L,
                    60_000_000L);

    public RequestFigures {
        buckets = List.copyOf(buckets);
    }
}
