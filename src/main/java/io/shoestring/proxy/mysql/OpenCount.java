package io.shoestring.proxy.mysql;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One session's part in the count of those that have something open on the primary. On the client's
 * event loop only.
 */
final class OpenCount {
    private final AtomicInteger count;
    private boolean in;

    OpenCount(AtomicInteger count) {
        this.count = count;
    }

    /** Whether it counts from now on. */
    void now(boolean counts) {
        if (counts != in) {
            in = counts;
            count.addAndGet(counts ? 1 : -1);
        }
    }
}
