package io.shoestring.monitoring.digest;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Says how long answers took. Thread-safe; allocates nothing. */
public final class AnswerTimer {
    private final Clock clock;
    private final long wallMillisAtZero;
    private final LongAdder nanos;
    private final @Nullable SharedRequests server;

    /**
     * @param wallClock read once
     */
    public AnswerTimer(Clock clock, WallClock wallClock) {
        this.clock = clock;
        this.wallMillisAtZero = wallClock.now().toEpochMilli() - millis(clock.nanos());
        this.nanos = new LongAdder();
        this.server = null;
    }

    private AnswerTimer(AnswerTimer all, SharedRequests server) {
        this.clock = all.clock;
        this.wallMillisAtZero = all.wallMillisAtZero;
        this.nanos = all.nanos;
        this.server = server;
    }

    /** The same for the answers of one server, which are counted there, too. */
    AnswerTimer at(SharedRequests one) {
        return new AnswerTimer(this, one);
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    /** By the node's clock, in nanoseconds. */
    public long now() {
        return clock.nanos();
    }

    /** How long all answers together took, in microseconds. */
    public long totalMicros() {
        return TimeUnit.NANOSECONDS.toMicros(nanos.sum());
    }

    /**
     * What began at {@code beganNanos} has been answered; on the loop of the figures.
     *
     * @return now
     */
    public long ended(
            Figures figures, long beganNanos, boolean failed, boolean replica, long bytes) {
        if (!DigestTable.COUNTS) {
            return beganNanos;
        }
        long now = clock.nanos();
        nanos.add(now - beganNanos);
        if (server != null) {
            server.record(now - beganNanos, failed);
        }
        figures.record(now - beganNanos, failed, replica, bytes, wallMillisAtZero + millis(now));
        return now;
    }
}
