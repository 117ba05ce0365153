package io.shoestring.monitoring;

import java.util.Arrays;

/**
 * How often which duration occurred: eight steps for each doubling, so a percentile is right within
 * 6 per cent; from 1 µs to a day. Histograms of any origin can be added up.
 *
 * <p>One thread records. Others may read at any time: what they see is at most a moment old.
 */
public final class Histogram {
    private static final int STEP_BITS = 3;
    private static final int STEPS = 1 << STEP_BITS;
    private static final long MICROS_MAX = (1L << 37) - 1;
    static final int SIZE = index(MICROS_MAX) + 1;

    private final int[] counts = new int[SIZE];

    /** Counts a duration in nanoseconds; what is below 0 counts as 0, what is too long as a day. */
    public void record(long nanos) {
        int at = step(nanos);
        if (counts[at] < Integer.MAX_VALUE) {
            counts[at]++;
        }
    }

    /** Where a duration in nanoseconds is counted, from 0 to {@code SIZE - 1}. */
    static int step(long nanos) {
        return index(Math.clamp(nanos / 1_000, 0, MICROS_MAX));
    }

    /** So many more durations of one step. */
    void add(int step, int more) {
        counts[step] = (int) Math.min(Integer.MAX_VALUE, (long) counts[step] + more);
    }

    /** Adds what the other one has counted. */
    public void add(Histogram other) {
        for (int i = 0; i < SIZE; i++) {
            counts[i] = (int) Math.min(Integer.MAX_VALUE, (long) counts[i] + other.counts[i]);
        }
    }

    /** Takes away what the other one has counted, which was an earlier state of this one. */
    public void subtract(Histogram other) {
        for (int i = 0; i < SIZE; i++) {
            counts[i] = Math.max(0, counts[i] - other.counts[i]);
        }
    }

    /** How many took no longer than so many microseconds, within 6 per cent of that. */
    public long countUpTo(long micros) {
        int end = index(Math.clamp(micros, 0, MICROS_MAX));
        long sum = 0;
        for (int i = 0; i < end || (i == end && middle(i) <= micros); i++) {
            sum += counts[i];
        }
        return sum;
    }

    /** How many durations were counted. */
    public long count() {
        return Arrays.stream(counts).asLongStream().sum();
    }

    /**
     * The duration in microseconds that {@code share} of all do not exceed; 0 if none was counted.
     *
     * @param share from 0 to 1
     */
    public long percentileMicros(double share) {
        long wanted = (long) Math.ceil(share * count());
        long seen = 0;
        for (int i = 0; i < SIZE; i++) {
            seen += counts[i];
            if (seen >= wanted && seen > 0) {
                return middle(i);
            }
        }
        return 0;
    }

    private static int index(long micros) {
        if (micros < STEPS) {
            return (int) micros;
        }
        int doublings = 63 - Long.numberOfLeadingZeros(micros) - STEP_BITS;
        return (doublings << STEP_BITS) + (int) (micros >>> doublings);
    }

    private static long middle(int index) {
        if (index < 2 * STEPS) {
            return index;
        }
        int doublings = (index >>> STEP_BITS) - 1;
        long from = (long) ((index & (STEPS - 1)) + STEPS) << doublings;
        return from + (1L << doublings) / 2;
    }
}
