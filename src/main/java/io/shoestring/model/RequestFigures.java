package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * What was measured of all requests of one listener, backend, server or member, from the first byte
 * of a request to the last of its answer; the counts are since the process started.
 *
 * @param failures answered with an error: of statements any, of HTTP a status from 500 on, or no
 *     end
 * @param totalMicros of all together
 * @param p50Micros half of them took no longer; within 6 per cent, like the others
 * @param recent the last minute; empty until two seconds of it were measured
 * @param buckets how many took no longer than each of {@link #BOUNDS_MICROS}
 */
public record RequestFigures(
        long count,
        long failures,
        long totalMicros,
        long p50Micros,
        long p95Micros,
        long p99Micros,
        List<Long> buckets,
        Optional<Recent> recent) {
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
        requireNonNull(recent, "recent is null");
    }

    /**
     * What of it came lately.
     *
     * @param seconds that this is about, up to a minute
     * @param p50Micros half of them took no longer; 0 if there were none
     */
    public record Recent(
            double seconds,
            long count,
            long failures,
            double perSecond,
            long p50Micros,
            long p95Micros,
            long p99Micros) {}

    /** The same with what came lately. */
    public RequestFigures with(Optional<Recent> lately) {
        return new RequestFigures(
                count, failures, totalMicros, p50Micros, p95Micros, p99Micros, buckets, lately);
    }
}
