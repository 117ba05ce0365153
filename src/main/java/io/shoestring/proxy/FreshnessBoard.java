package io.shoestring.proxy;

import io.shoestring.base.Clock;
import io.shoestring.model.MemberName;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Up to which instant each replica has applied everything that was acknowledged: what a session
 * needs to read its own writes. The instants are this process's own {@link Clock}, so no two
 * machines' clocks are ever compared.
 *
 * <p>Written by the poller of the database, read by the event loops.
 */
public final class FreshnessBoard {
    private static final long WANTED_FOR_NANOS = 1_000_000_000L;
    private static final long MARK_AT_MOST_EVERY_NANOS = 50_000_000L;

    private final Clock clock;
    private final Map<MemberName, AtomicLong> appliedThrough = new ConcurrentHashMap<>();
    private final AtomicLong wantedAtNanos;

    public FreshnessBoard(Clock clock) {
        this.clock = clock;
        this.wantedAtNanos = new AtomicLong(clock.nanos() - WANTED_FOR_NANOS);
    }

    /** A replica has everything that was acknowledged before {@code instantNanos}. */
    public void applied(MemberName member, long instantNanos) {
        appliedThrough.computeIfAbsent(member, _ -> new AtomicLong(instantNanos)).set(instantNanos);
    }

    /** Nothing that was said of this replica holds any more. */
    public void forgotten(MemberName member) {
        appliedThrough.remove(member);
    }

    /** Whether the replica has everything that was acknowledged before {@code instantNanos}. */
    public boolean covers(MemberName member, long instantNanos) {
        markWanted();
        AtomicLong applied = appliedThrough.get(member);
        return applied != null && applied.get() - instantNanos > 0;
    }

    /** How far the replica is behind at most, in nanoseconds; empty: nobody knows. */
    public OptionalLong lagNanos(MemberName member) {
        AtomicLong applied = appliedThrough.get(member);
        return applied == null
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, clock.nanos() - applied.get()));
    }

    /** Whether some session has lately asked: then it pays to look often. */
    public boolean wanted() {
        return clock.nanos() - wantedAtNanos.get() < WANTED_FOR_NANOS;
    }

    private void markWanted() {
        long now = clock.nanos();
        long marked = wantedAtNanos.get();
        if (now - marked > MARK_AT_MOST_EVERY_NANOS) {
            wantedAtNanos.lazySet(now);
        }
    }
}
