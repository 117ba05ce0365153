package io.shoestring.consensus;

import io.shoestring.base.Clock;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Watches over leases that are not renewed any more. Waiting is counted from when <em>this</em>
 * object first saw a renewal, so a new one (after a restart, or a change of the leader) waits the
 * whole time again; its word is only a proposal, which the state machine compares. Not thread-safe.
 */
public final class Expiry {
    /** Clocks may run at rates that differ by 5 %; the holder's own deadline is shorter still. */
    private static final double ALLOWANCE = 1.1;

    private record Seen(long epoch, long renewal, long atNanos) {}

    private final Clock clock;
    private final Map<String, Seen> seen = new HashMap<>();

    public Expiry(Clock clock) {
        this.clock = clock;
    }

    /** The leases of {@code state} that have been waited for long enough. */
    public List<Command.Expire> overdue(StoreState state) {
        seen.keySet().retainAll(state.leases().keySet());
        long now = clock.nanos();
        List<Command.Expire> overdue = new ArrayList<>();
        state.leases()
                .forEach(
                        (resource, held) -> {
                            if (waited(resource, held, now) >= patienceNanos(held)) {
                                overdue.add(
                                        new Command.Expire(resource, held.epoch(), held.renewal()));
                            }
                        });
        return overdue;
    }

    private long waited(String resource, StoreState.Held held, long now) {
        Seen before = seen.get(resource);
        if (before == null
                || before.epoch() != held.epoch()
                || before.renewal() != held.renewal()) {
            seen.put(resource, new Seen(held.epoch(), held.renewal(), now));
            return 0;
        }
        return now - before.atNanos();
    }

    private static long patienceNanos(StoreState.Held held) {
        return (long) (held.durationMillis() * 1_000_000L * ALLOWANCE);
    }
}
