package io.shoestring.monitoring.digest;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Says how long answers took. Thread-safe; allocates nothing. */
public final class AnswerTimer {
    private final Clock clock;
    private final long wallMillisAtZero;
    private final LongAdder nanos = new LongAdder();

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

    /** How long all answers together took, in microseconds. */
    public long totalMicros() {
        return TimeUnit.NANOSECONDS.toMicros(nanos.sum());
    }

    /** What began at {@code beganNanos} has been answered; on the loop of the figures. */
    public void ended(
            Figures figures, long beganNanos, boolean failed, boolean replica, long bytes) {
        long now = clock.nanos();
        nanos.add(now - beganNanos);
        figures.record(now - beganNanos, failed, replica, bytes, wallMillisAtZero + millis(now));
    }
}
