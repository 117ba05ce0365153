package io.shoestring.monitoring.digest;

import io.shoestring.model.RequestFigures;
import io.shoestring.monitoring.Histogram;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * All requests of one kind of place together: how many, how many failed, how long they took. One
 * event loop counts; others may read at any time, and see each number at most a moment late.
 */
public final class Requests {
    private final Histogram durations = new Histogram();
    private long count;
    private long failures;
    private long nanos;

    /** Counts one; only its own event loop. */
    void record(long tookNanos, boolean failed) {
        count++;
        failures += failed ? 1 : 0;
        nanos += tookNanos;
        durations.record(tookNanos);
    }

    /** What these tables have counted up to now, as one that counts no more. */
    public static Requests of(Collection<DigestTable> tables) {
        return sum(tables.stream().map(DigestTable::requests).toList());
    }

    static Requests of(long failures, long nanos, Histogram durations) {
        Requests made = new Requests();
        made.count = durations.count();
        made.failures = failures;
        made.nanos = nanos;
        made.durations.add(durations);
        return made;
    }

    /** What several places have counted together. */
    public static Requests sum(Iterable<Requests> parts) {
        Requests sum = new Requests();
        for (Requests part : parts) {
            sum.count += part.count;
            sum.failures += part.failures;
            sum.nanos += part.nanos;
            sum.durations.add(part.durations);
        }
        return sum;
    }

    /** What of it came after the earlier one was made of the same. */
    public Requests since(Requests earlier) {
        Requests rest = new Requests();
        rest.count = Math.max(0, count - earlier.count);
        rest.failures = Math.max(0, failures - earlier.failures);
        rest.nanos = Math.max(0, nanos - earlier.nanos);
        rest.durations.add(durations);
        rest.durations.subtract(earlier.durations);
        return rest;
    }

    public long count() {
        return count;
    }

    public long failures() {
        return failures;
    }

    /**
     * The duration in microseconds that {@code share} of all do not exceed; 0 if there are none.
     */
    public long percentileMicros(double share) {
        return durations.percentileMicros(share);
    }

    /** For the operator. */
    public RequestFigures figures() {
        List<Long> buckets =
                RequestFigures.BOUNDS_MICROS.stream().map(durations::countUpTo).toList();
        return new RequestFigures(
                count,
                failures,
                nanos / 1_000,
                percentileMicros(0.5),
                percentileMicros(0.95),
                percentileMicros(0.99),
                buckets,
                Optional.empty());
    }
}
