package io.shoestring.proxy.source;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How often each of many keys was used lately, in one number for each: the instant at which all
 * that it has used would be due, were it used evenly (the generic cell rate algorithm, ITU-T
 * I.371). Bounded: when it is full of keys in use, further ones are not counted. Thread-safe.
 */
public final class RateTable {
    /** How many keys are told apart. */
    public static final int KEYS_MAX = 100_000;

    private final long windowNanos;
    private final long intervalNanos;
    private final Map<Long, AtomicLong> dueNanos = new ConcurrentHashMap<>();
    private final AtomicLong cleanedAtNanos = new AtomicLong(Long.MIN_VALUE / 2);

    /**
     * Allows each key so many uses in such a time.
     *
     * @param uses at least 1, within {@code windowNanos}
     */
    public RateTable(int uses, long windowNanos) {
        this.windowNanos = windowNanos;
        this.intervalNanos = windowNanos / uses;
    }

    /**
     * Uses a key once.
     *
     * @return 0, or for how many nanoseconds it may not be used; then it was not
     */
    public long use(long key, long now) {
        AtomicLong due = dueNanos.get(key);
        if (due == null) {
            if (dueNanos.size() >= KEYS_MAX && !makesRoom(now)) {
                return 0;
            }
            due = dueNanos.computeIfAbsent(key, _ -> new AtomicLong(now));
        }
        while (true) {
            long before = due.get();
            long after = (before - now > 0 ? before : now) + intervalNanos;
            long excess = after - now - windowNanos;
            if (excess > 0) {
                return excess;
            }
            if (due.compareAndSet(before, after)) {
                return 0;
            }
        }
    }

    /** Forgets keys that may be used as if they were new; at most once a second. */
    private boolean makesRoom(long now) {
        long last = cleanedAtNanos.get();
        if (now - last > TimeUnit.SECONDS.toNanos(1) && cleanedAtNanos.compareAndSet(last, now)) {
            dueNanos.values().removeIf(due -> due.get() - now <= 0);
        }
        return dueNanos.size() < KEYS_MAX;
    }
}
