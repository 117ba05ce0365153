package io.shoestring.monitoring.digest;

import static java.util.Objects.requireNonNull;

import io.shoestring.monitoring.Histogram;

import java.time.Instant;

/**
 * What is known of one kind of statement, all event loops together.
 *
 * @param count how many were answered
 * @param failures how many of them with an error
 * @param onReplica how many of them by a replica
 * @param bytes of all answers
 * @param totalMicros of all together, from the first byte to the last byte of the answer
 * @param p50Micros half of them took no longer; within 6 per cent, like {@code p95} and {@code p99}
 */
public record StatementFigures(
        Digest digest,
        long count,
        long failures,
        long onReplica,
        long bytes,
        long totalMicros,
        long leastMicros,
        long meanMicros,
        long p50Micros,
        long p95Micros,
        long p99Micros,
        long mostMicros,
        Instant firstSeen,
        Instant lastSeen) {
    public StatementFigures {
        requireNonNull(digest, "digest is null");
        requireNonNull(firstSeen, "firstSeen is null");
        requireNonNull(lastSeen, "lastSeen is null");
    }

    /** What one event loop has counted. */
    record Part(
            long count,
            long failures,
            long onReplica,
            long bytes,
            long totalNanos,
            long leastNanos,
            long mostNanos,
            long firstMillis,
            long lastMillis,
            Histogram durations) {}

    /** Adds up parts. */
    static final class Sum {
        private final Digest digest;
        private final Histogram durations = new Histogram();
        private long count;
        private long failures;
        private long onReplica;
        private long bytes;
        private long totalNanos;
        private long leastNanos = Long.MAX_VALUE;
        private long mostNanos;
        private long firstMillis = Long.MAX_VALUE;
        private long lastMillis;

        Sum(Digest digest) {
            this.digest = digest;
        }

        void add(Part part) {
            count += part.count();
            failures += part.failures();
            onReplica += part.onReplica();
            bytes += part.bytes();
            totalNanos += part.totalNanos();
            leastNanos = Math.min(leastNanos, part.leastNanos());
            mostNanos = Math.max(mostNanos, part.mostNanos());
            firstMillis = Math.min(firstMillis, part.firstMillis());
            lastMillis = Math.max(lastMillis, part.lastMillis());
            durations.add(part.durations());
        }

        boolean isEmpty() {
            return count == 0;
        }

        StatementFigures figures() {
            return new StatementFigures(
                    digest,
                    count,
                    failures,
                    onReplica,
                    bytes,
                    totalNanos / 1_000,
                    leastNanos / 1_000,
                    totalNanos / 1_000 / Math.max(1, count),
                    within(durations.percentileMicros(0.5)),
                    within(durations.percentileMicros(0.95)),
                    within(durations.percentileMicros(0.99)),
                    mostNanos / 1_000,
                    Instant.ofEpochMilli(firstMillis),
                    Instant.ofEpochMilli(lastMillis));
        }

        /** A step of the histogram may reach beyond what was really measured. */
        private long within(long micros) {
            return Math.clamp(micros, leastNanos / 1_000, Math.max(leastNanos, mostNanos) / 1_000);
        }
    }
}
