package io.shoestring.monitoring;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** A {@link Histogram} into which any thread records, at the cost of one atomic addition. */
public final class SharedHistogram {
    private final AtomicIntegerArray counts = new AtomicIntegerArray(Histogram.SIZE);

    /** Counts a duration in nanoseconds; what is below 0 counts as 0, what is too long as a day. */
    public void record(long nanos) {
        int at = Histogram.step(nanos);
        if (counts.get(at) < Integer.MAX_VALUE) {
            counts.getAndIncrement(at);
        }
    }

    /** What was counted up to now; it counts no more. */
    public Histogram now() {
        Histogram copy = new Histogram();
        for (int i = 0; i < Histogram.SIZE; i++) {
            copy.add(i, counts.get(i));
        }
        return copy;
    }
}
