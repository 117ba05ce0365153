package io.shoestring.monitoring.digest;

import io.shoestring.monitoring.SharedHistogram;

import java.util.concurrent.atomic.LongAdder;

/** What one server answered, to all event loops. Any thread counts; nothing is allocated. */
public final class SharedRequests {
    private final SharedHistogram durations = new SharedHistogram();
    private final LongAdder failures = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    /** Counts one. */
    public void record(long tookNanos, boolean failed) {
        if (failed) {
            failures.increment();
        }
        nanos.add(tookNanos);
        durations.record(tookNanos);
    }

    /** What was counted up to now. */
    public Requests now() {
        return Requests.of(failures.sum(), nanos.sum(), durations.now());
    }
}
