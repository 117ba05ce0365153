package io.shoestring.proxy.source;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How often each of many keys was used lately, in one number for each: the instant at which all
 * that it has used would be due, were it used evenly (the generic cell rate algorithm, ITU-T
 * I.371). Bounded: when it is full of keys in use, further ones are not counted. Thread-safe.
 *
 * <p>A shared one counts what is used on other nodes, too: each tells the others what was used of
 * it since it told them last. Between two such moments a key may be used as often on each node.
 */
public final class RateTable {
    /** How many keys are told apart. */
    public static final int KEYS_MAX = 100_000;

    /** A key that has used less than this part of what it may is no news for others. */
    private static final int NEWS = 8;

    private final long windowNanos;
    private final long intervalNanos;
    private final boolean shared;
    private final Map<Long, AtomicLong> dueNanos = new ConcurrentHashMap<>();
    private final Map<Long, AtomicInteger> untold = new ConcurrentHashMap<>();
    private final AtomicLong cleanedAtNanos = new AtomicLong(Long.MIN_VALUE / 2);

    /**
     * Allows each key so many uses in such a time.
     *
     * @param uses at least 1, within {@code windowNanos}
     */
    public RateTable(int uses, long windowNanos) {
        this(uses, windowNanos, false);
    }

    /**
     * The same.
     *
     * @param shared whether what was used is to be told to other nodes
     */
    public RateTable(int uses, long windowNanos, boolean shared) {
        this.windowNanos = windowNanos;
        this.intervalNanos = windowNanos / uses;
        this.shared = shared;
    }

    /** How often a key was used. */
    public record Used(long key, int uses) {}

    /**
     * Uses a key once.
     *
     * @return 0, or for how many nanoseconds it may not be used; then it was not
     */
    public long use(long key, long now) {
        AtomicLong due = dueOf(key, now);
        if (due == null) {
            return 0;
        }
        while (true) {
            long before = due.get();
            long after = later(before, now) + intervalNanos;
            long excess = after - now - windowNanos;
            if (excess > 0) {
                return excess;
            }
            if (due.compareAndSet(before, after)) {
                if (shared) {
                    countUntold(key);
                }
                return 0;
            }
        }
    }

    private @Nullable AtomicLong dueOf(long key, long now) {
        AtomicLong due = dueNanos.get(key);
        if (due != null) {
            return due;
        }
        return dueNanos.size() >= KEYS_MAX && !makesRoom(now)
                ? null
                : dueNanos.computeIfAbsent(key, _ -> new AtomicLong(now));
    }

    private static long later(long one, long other) {
        return one - other > 0 ? one : other;
    }

    private void countUntold(long key) {
        AtomicInteger count = untold.get(key);
        if (count == null) {
            count = untold.computeIfAbsent(key, _ -> new AtomicInteger());
        }
        count.incrementAndGet();
    }

    /**
     * Takes what was used here and was not taken before, of the keys that others have to know of.
     *
     * @param most so many keys at once; the others are taken the next time
     */
    public List<Used> takeUntold(long now, int most) {
        List<Used> taken = new ArrayList<>();
        // Of whom all would be over by now; one that is counted at this moment may be missed.
        untold.keySet().removeIf(key -> ahead(key, now) <= 0);
        untold.forEach(
                (key, count) -> {
                    if (taken.size() < most && ahead(key, now) >= windowNanos / NEWS) {
                        int uses = count.getAndSet(0);
                        if (uses > 0) {
                            taken.add(new Used(key, uses));
                        }
                    }
                });
        return taken;
    }

    private long ahead(long key, long now) {
        AtomicLong due = dueNanos.get(key);
        return due == null ? 0 : due.get() - now;
    }

    /** A key was used on another node, which has allowed it; it may be more than is allowed. */
    public void usedElsewhere(Used used, long now) {
        AtomicLong due = dueOf(used.key(), now);
        if (due != null && used.uses() > 0) {
            long most = now + 2 * windowNanos;
            long more = Math.min(used.uses(), 2 * windowNanos / intervalNanos) * intervalNanos;
            due.updateAndGet(before -> Math.min(later(before, now) + more, later(before, most)));
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
