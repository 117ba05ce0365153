package io.shoestring.proxy.http;

import io.shoestring.base.Clock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;

/**
 * Log lines about requests that went wrong: each once, but no more of them in a second than a
 * person could look at. Thread-safe.
 */
final class Notices {
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
    private static final int LINES_PER_SECOND_MAX = 20;

    private final String listener;
    private final Clock clock;
    private long secondBegan;
    private int lines;
    private long unsaid;

    Notices(String listener, Clock clock) {
        this.listener = listener;
        this.clock = clock;
        this.secondBegan = clock.nanos();
    }

    void tell(String sentence) {
        long before = unsaidBefore();
        if (before < 0) {
            return;
        }
        if (before > 0) {
            LOG.info("listener {}: {} further lines were left out", listener, before);
        }
        LOG.info("listener {}: {}", listener, sentence);
    }

    /** How many lines were left out before this one; -1 if this one is left out too. */
    private synchronized long unsaidBefore() {
        long now = clock.nanos();
        long before = 0;
        if (now - secondBegan > TimeUnit.SECONDS.toNanos(1)) {
            secondBegan = now;
            lines = 0;
            before = unsaid;
            unsaid = 0;
        }
        if (lines == LINES_PER_SECOND_MAX) {
            unsaid++;
            return -1;
        }
        lines++;
        return before;
    }
}
