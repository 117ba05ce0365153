package io.shoestring.monitoring.digest;

import io.shoestring.monitoring.Histogram;

/**
 * What was measured of the statements of one digest on one event loop. That loop records; others
 * may read at any time, and see each number at most a moment late.
 */
public final class Figures {
    private final Digest digest;
    private final Requests all;
    private final Histogram durations = new Histogram();
    private long count;
    private long failures;
    private long onReplica;
    private long bytes;
    private long totalNanos;
    private long leastNanos = Long.MAX_VALUE;
    private long mostNanos;
    private long firstMillis;
    private long lastMillis;
    private boolean dismissed;

    /**
     * @param all is added to with each
     */
    Figures(Digest digest, Requests all) {
        this.digest = digest;
        this.all = all;
    }

    /**
     * Counts one statement.
     *
     * @param nanos from its first byte to the last byte of its answer
     * @param failed whether it was answered with an error
     * @param replica whether a replica answered it
     * @param answerBytes the size of its answer
     * @param atMillis the wall clock, for people
     */
    public void record(
            long nanos, boolean failed, boolean replica, long answerBytes, long atMillis) {
        count++;
        failures += failed ? 1 : 0;
        onReplica += replica ? 1 : 0;
        bytes += answerBytes;
        totalNanos += nanos;
        leastNanos = Math.min(leastNanos, nanos);
        mostNanos = Math.max(mostNanos, nanos);
        firstMillis = firstMillis == 0 ? atMillis : firstMillis;
        lastMillis = atMillis;
        durations.record(nanos);
        all.record(nanos, failed);
    }

    Digest digest() {
        return digest;
    }

    long totalNanos() {
        return totalNanos;
    }

    /** Whether it had to make room: what it had counted is among the others now. */
    public boolean isDismissed() {
        return dismissed;
    }

    void dismiss() {
        dismissed = true;
    }

    void addTo(StatementFigures.Sum sum) {
        sum.add(
                new StatementFigures.Part(
                        count,
                        failures,
                        onReplica,
                        bytes,
                        totalNanos,
                        leastNanos,
                        mostNanos,
                        firstMillis,
                        lastMillis,
                        durations));
    }

    /** Takes in what another one has counted, which counts nothing more. */
    void absorb(Figures other) {
        count += other.count;
        failures += other.failures;
        onReplica += other.onReplica;
        bytes += other.bytes;
        totalNanos += other.totalNanos;
        leastNanos = Math.min(leastNanos, other.leastNanos);
        mostNanos = Math.max(mostNanos, other.mostNanos);
        firstMillis =
                firstMillis == 0 ? other.firstMillis : Math.min(firstMillis, other.firstMillis);
        lastMillis = Math.max(lastMillis, other.lastMillis);
        durations.add(other.durations);
    }
}
