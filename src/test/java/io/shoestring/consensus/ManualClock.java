package io.shoestring.consensus;

import io.shoestring.base.Clock;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that only goes on when it is told to. */
public final class ManualClock implements Clock {
    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

    @Override
    public long nanos() {
        return nanos.get();
    }

    public void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }
}
