package io.shoestring.node;

import io.shoestring.base.Clock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Looks at one member again and again, on a virtual thread of its own, so that one that hangs
 * delays no other.
 */
final class MemberWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemberWatch.class);
    private static final long EVERY_MILLIS = 500;
    private static final long CLOSE_MILLIS = 3_000;

    private final Line member;
    private final Clock clock;
    private final BiConsumer<MemberLook, Long> seen;
    private final Semaphore asked = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param seen called with each look and when it ended, on the watch's thread
     */
    MemberWatch(Line member, Clock clock, BiConsumer<MemberLook, Long> seen) {
        this.member = member;
        this.clock = clock;
        this.seen = seen;
        this.thread = Thread.ofVirtual().name("look-" + member.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Begins another look as soon as the running one, if any, is over. */
    void look() {
        if (asked.availablePermits() == 0) {
            asked.release();
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            try {
                asked.drainPermits();
                MemberLook look = member.look();
                seen.accept(look, clock.nanos());
                asked.tryAcquire(EVERY_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("looking at {} failed", member.name(), e);
                asked.drainPermits();
                pause();
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(EVERY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
