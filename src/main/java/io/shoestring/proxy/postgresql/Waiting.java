package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The one request of a client that cannot be sent yet, and the clocks of its wait: how long it may
 * wait, and when it is tried again although nothing has changed.
 */
final class Waiting {
    /** The shortest pause. */
    static final long RETRY_MILLIS = 50;

    private static final long RETRY_MILLIS_MAX = 1_000;
    private static final long NOTICE_MILLIS = 5_000;

    /** What a request waits for that has only so much time. */
    enum For {
        /** A primary, while there is none that answers. */
        PRIMARY,
        /** A server connection, while all are in use. */
        CONNECTION
    }

    private final ListenerContext listener;
    private final EventLoop loop;
    private final Runnable retry;
    private final Runnable noticed;
    private final Runnable timedOut;

    private @Nullable Batch batch;
    private @Nullable For kind;
    private @Nullable ScheduledFuture<?> notice;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ScheduledFuture<?> nextTry;
    private boolean counted;
    private long sinceNanos;
    private long retryMillis = RETRY_MILLIS;

    /**
     * Nothing waits at first.
     *
     * @param retry it may be tried again
     * @param noticed it has waited so long for a server connection that the client should know
     * @param timedOut it has waited as long as it may
     */
    Waiting(
            ListenerContext listener,
            EventLoop loop,
            Runnable retry,
            Runnable noticed,
            Runnable timedOut) {
        this.listener = listener;
        this.loop = loop;
        this.retry = retry;
        this.noticed = noticed;
        this.timedOut = timedOut;
    }

    boolean hasRequest() {
        return batch != null;
    }

    /** Whether its time runs: nothing of it has been sent to any server. */
    boolean isTimed() {
        return deadline != null;
    }

    /** This request waits from now on. Takes it over. */
    void hold(Batch request) {
        batch = request;
    }

    /** The request that waits, which then is the caller's. */
    Optional<Batch> take() {
        Optional<Batch> taken = Optional.ofNullable(batch);
        batch = null;
        return taken;
    }

    /** This is waited for: the time for it runs, unless it runs already. */
    void beginDeadline(For what) {
        if (deadline == null || kind != what) {
            endDeadline();
            kind = what;
            sinceNanos = listener.clock().nanos();
            deadline = loop.schedule(this::deadlinePassed, millisFor(what), TimeUnit.MILLISECONDS);
            if (what == For.CONNECTION) {
                notice = loop.schedule(noticed, NOTICE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
        if (!counted && listener.topology().primary().isEmpty()) {
            counted = true;
            listener.counters().held.incrementAndGet();
        }
    }

    private long millisFor(For what) {
        return what == For.PRIMARY
                ? listener.holdMillis()
                : listener.config().pool().patience().toMillis();
    }

    private void deadlinePassed() {
        endDeadline();
        timedOut.run();
    }

    /** What was waited for is there, or the wait was given up. */
    void endDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
            countWait();
        }
        if (notice != null) {
            notice.cancel(false);
            notice = null;
        }
        if (counted) {
            counted = false;
            listener.counters().held.decrementAndGet();
        }
    }

    private void countWait() {
        if (kind == For.CONNECTION) {
            long micros = TimeUnit.NANOSECONDS.toMicros(listener.clock().nanos() - sinceNanos);
            listener.counters().waitedMicros.add(micros);
        }
    }

    /** How long it has waited for what it waits for; 0: its time does not run. */
    long waitedNanos() {
        return deadline == null ? 0 : listener.clock().nanos() - sinceNanos;
    }

    /** Tries again after a pause that grows until {@link #resetPace}. */
    void retryLater() {
        retryIn(retryMillis);
        retryMillis = Math.min(retryMillis * 2, RETRY_MILLIS_MAX);
    }

    /** Something has changed: pauses are short again. */
    void resetPace() {
        retryMillis = RETRY_MILLIS;
    }

    /** Tries again then, or earlier if that was said before. */
    void retryIn(long millis) {
        if (nextTry == null) {
            nextTry = loop.schedule(this::tryNow, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void tryNow() {
        nextTry = null;
        retry.run();
    }

    /** The client is gone. */
    void end() {
        endDeadline();
        if (nextTry != null) {
            nextTry.cancel(false);
        }
        take().ifPresent(Batch::release);
    }
}
