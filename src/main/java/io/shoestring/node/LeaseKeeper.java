package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * One database's lease. The deadline is counted from before the call that granted or renewed it,
 * less a margin; what this node did not renew itself it does not rely on. Not thread-safe: the
 * loop's.
 */
final class LeaseKeeper {
    private static final Duration DURATION = Duration.ofSeconds(8);
    private static final Duration MARGIN = Duration.ofSeconds(2);
    private static final Duration RENEWAL = Duration.ofSeconds(2);

    private final ControlStore store;
    private final Clock clock;
    private final String resource;
    private final Set<MemberName> local;
    private Optional<Lease> known = Optional.empty();
    private long deadlineNanos;
    private long renewAtNanos;

    LeaseKeeper(ControlStore store, Clock clock, DatabaseName database, Set<MemberName> local) {
        this.store = store;
        this.clock = clock;
        this.resource = "databases/" + database;
        this.local = Set.copyOf(local);
        this.deadlineNanos = clock.nanos();
        this.renewAtNanos = deadlineNanos;
    }

    /** Who holds it, by consensus. */
    Optional<Lease> current() throws ConsensusException {
        Optional<Lease> lease = store.lease(resource);
        if (!lease.equals(known)) {
            known = lease;
            deadlineNanos = clock.nanos();
            renewAtNanos = deadlineNanos;
        }
        return lease;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** Renews it if it is time to, and if its holder is on this machine. */
    void renewIfDue() throws ConsensusException {
        Optional<Lease> lease = current();
        if (lease.isEmpty()
                || !local.contains(lease.get().holder())
                || clock.nanos() - renewAtNanos < 0) {
            return;
        }
        long before = clock.nanos();
        if (store.renew(resource, lease.get())) {
            relyFrom(before);
        }
    }

    /** Asks for it; whether it was granted. */
    boolean grant(MemberName member) throws ConsensusException {
        long before = clock.nanos();
        Optional<Lease> lease = store.grant(resource, member.value(), DURATION);
        if (lease.isPresent()) {
            known = lease;
            relyFrom(before);
        }
        return lease.isPresent();
    }

    /** Gives it back; whether it was held. */
    boolean release(long epoch) throws ConsensusException {
        Optional<Lease> lease = current().filter(held -> held.epoch() == epoch);
        return lease.isPresent() && store.release(resource, lease.get());
    }

    private void relyFrom(long beforeNanos) {
        deadlineNanos = beforeNanos + DURATION.minus(MARGIN).toNanos();
        renewAtNanos = beforeNanos + RENEWAL.toNanos();
    }
}
