package io.shoestring.proxy;

import java.util.concurrent.atomic.LongAdder;

/** How many of something there were, and how many in the last whole second. Any thread counts. */
public final class Rate {
    private final LongAdder total = new LongAdder();
    private long totalBefore;
    private volatile long perSecond;
    private volatile long mostPerSecond;

    /** One more. */
    public void count() {
        total.increment();
    }

    /** Since the process started. */
    public long total() {
        return total.sum();
    }

    /** In the last whole second. */
    public long perSecond() {
        return perSecond;
    }

    /** In the second that had the most. */
    public long mostPerSecond() {
        return mostPerSecond;
    }

    /** Ends a second. Always by the same thread. */
    public void measure() {
        long now = total.sum();
        perSecond = now - totalBefore;
        mostPerSecond = Math.max(mostPerSecond, perSecond);
        totalBefore = now;
    }
}
