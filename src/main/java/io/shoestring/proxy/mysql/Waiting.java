package io.shoestring.proxy.mysql;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/**
 * The clocks of a command that cannot be sent yet: how long it may wait, and when it is tried again
 * although nothing has changed. On the client's event loop only.
 */
final class Waiting {
    private static final long FIRST_RETRY_MILLIS = 50;
    private static final long RETRY_MILLIS_MAX = 1_000;

    /** What a command waits for that has only so much time. */
    enum For {
        /** A primary, while there is none that answers. */
        PRIMARY,
        /** A server connection, while all are in use. */
        CONNECTION
    }

    private final MysqlContext listener;
    private final EventLoop loop;
    private final Runnable retry;
    private final Runnable timedOut;
    private @Nullable For kind;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ScheduledFuture<?> nextTry;
    private long retryMillis = FIRST_RETRY_MILLIS;

    Waiting(MysqlContext listener, EventLoop loop, Runnable retry, Runnable timedOut) {
        this.listener = listener;
        this.loop = loop;
        this.retry = retry;
        this.timedOut = timedOut;
    }

    /** The command waits; what it has waited for the same before counts. */
    void begin(For what) {
        if (what == kind) {
            return;
        }
        end();
        kind = what;
        listener.counters().held.incrementAndGet();
        deadline = loop.schedule(timedOut, millis(what), TimeUnit.MILLISECONDS);
    }

    private long millis(For what) {
        return switch (what) {
            case PRIMARY -> listener.config().hold().toMillis();
            case CONNECTION -> listener.config().pool().patience().toMillis();
        };
    }

    /** It waits no more. */
    void end() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
            kind = null;
            listener.counters().held.decrementAndGet();
        }
    }

    /** Whether a pause is to pass before the primary is tried again. */
    boolean isPausing() {
        return nextTry != null;
    }

    /** Tries again after a pause, which is longer each time. */
    void retryLater() {
        if (nextTry == null) {
            nextTry = loop.schedule(this::tryAgain, retryMillis, TimeUnit.MILLISECONDS);
            retryMillis = Math.min(2 * retryMillis, RETRY_MILLIS_MAX);
        }
    }

    private void tryAgain() {
        nextTry = null;
        retry.run();
    }

    /** Something has changed: there is no reason to pause. */
    void stopPausing() {
        if (nextTry != null) {
            nextTry.cancel(false);
            nextTry = null;
        }
        retryMillis = FIRST_RETRY_MILLIS;
    }
}
