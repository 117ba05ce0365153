package io.shoestring.monitoring.digest;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;

import java.util.concurrent.TimeUnit;

/** Says how long answers took. Thread-safe; allocates nothing. */
public final class AnswerTimer {
    private final Clock clock;
    private final long wallMillisAtZero;

    /**
     * @param wallClock read once
     */
    public AnswerTimer(Clock clock, WallClock wallClock) {
        this.clock = clock;
        this.wallMillisAtZero = wallClock.now().toEpochMilli() - millis(clock.nanos());
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    /** By the node's clock, in nanoseconds. */
    public long now() {
        return clock.nanos();
    }

    /** What began at {@code beganNanos} has been answered; on the loop of the figures. */
    public void ended(
            Figures figures, long beganNanos, boolean failed, boolean replica, long bytes) {
        long now = clock.nanos();
        figures.record(now - beganNanos, failed, replica, bytes, wallMillisAtZero + millis(now));
    }
}
