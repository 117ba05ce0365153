package io.shoestring.sandbox.bank;

import java.util.Arrays;

/**
 * When the bank's writes were acknowledged, in nanoseconds since the load began. Thread-safe; at
 * most {@link #LIMIT} writes are kept, later ones are only counted.
 */
public final class Timeline {
    /** Far above what a demo of an hour can make at its own rate. */
    static final int LIMIT = 4_000_000;

    private long[] writeNanos = new long[4_096];
    private int kept;
    private long writes;
    private long reads;
    private long readsWithChoice;
    private long readsOnReplica;

    /** A commit was acknowledged. */
    public synchronized void wrote(long atNanos) {
        writes++;
        if (kept == LIMIT) {
            return;
        }
        if (kept == writeNanos.length) {
            writeNanos = Arrays.copyOf(writeNanos, Math.min(LIMIT, kept * 2));
        }
        writeNanos[kept++] = atNanos;
    }

    /**
     * A read was answered.
     *
     * @param choice whether a replica could have answered it
     */
    public synchronized void read(boolean choice, boolean onReplica) {
        reads++;
        readsWithChoice += choice ? 1 : 0;
        readsOnReplica += choice && onReplica ? 1 : 0;
    }

    public synchronized long writes() {
        return writes;
    }

    public synchronized long reads() {
        return reads;
    }

    /**
     * The share that replicas answered of the reads that they could, in percent with one decimal; 0
     * without such reads.
     */
    public synchronized double replicaPercent() {
        return readsWithChoice == 0
                ? 0
                : Math.round(1_000.0 * readsOnReplica / readsWithChoice) / 10.0;
    }

    /**
     * The longest time between two successive acknowledged writes that overlaps the given window.
     * The window's ends stand for writes that never came: a gap that did not end is as long as it
     * was watched.
     */
    public Gap longestGap(long fromNanos, long toNanos) {
        long[] sorted = sortedWrites();
        Gap longest = new Gap(fromNanos, fromNanos);
        long previous = fromNanos;
        for (long write : sorted) {
            if (write > fromNanos && previous < toNanos && write - previous > longest.nanos()) {
                longest = new Gap(previous, write);
            }
            previous = write;
        }
        return previous < toNanos && toNanos - previous > longest.nanos()
                ? new Gap(previous, toNanos)
                : longest;
    }

    /** How many writes were acknowledged in each of {@code count} equal steps from a moment on. */
    public int[] perStep(long fromNanos, long stepNanos, int count) {
        int[] steps = new int[count];
        for (long write : sortedWrites()) {
            long step = Math.floorDiv(write - fromNanos, stepNanos);
            if (step >= 0 && step < count) {
                steps[(int) step]++;
            }
        }
        return steps;
    }

    private synchronized long[] sortedWrites() {
        long[] sorted = Arrays.copyOf(writeNanos, kept);
        Arrays.sort(sorted);
        return sorted;
    }

    /** A time without an acknowledged write, from the one before to the one after. */
    public record Gap(long fromNanos, long toNanos) {
        public long nanos() {
            return toNanos - fromNanos;
        }

        public long millis() {
            return Math.round(nanos() / 1e6);
        }
    }
}
