package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressRight;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The rights to addresses that do not follow a primary: leases in consensus, each held by a node.
 *
 * <p>INVARIANT: an own right is relied upon until before the newest renewal that consensus
 * acknowledged was sent, plus the duration less the margin; consensus waits for longer than the
 * duration. A right that was {@link #forget forgotten} is not relied upon any more, whatever
 * becomes of giving it back.
 *
 * <p>Thread-safe. Only the methods that throw ask consensus, and may block.
 */
final class Rights {
    private static final Duration DURATION = Duration.ofSeconds(9);
    private static final Duration MARGIN = Duration.ofSeconds(2);
    private static final Duration RENEWAL = Duration.ofSeconds(2);

    /** So often it is asked who has one, even if nothing else is heard. */
    private static final Duration ASKING = Duration.ofSeconds(20);

    private record Own(long epoch, long deadlineNanos, long renewAtNanos) {}

    private final ControlStore store;
    private final Clock clock;
    private final NodeName me;
    private final Map<AddressName, Own> own = new HashMap<>();
    private final Map<AddressName, AddressRight> others = new HashMap<>();

    Rights(ControlStore store, Clock clock, NodeName me) {
        this.store = store;
        this.clock = clock;
        this.me = me;
    }

    /** Who has which, as was seen last. */
    synchronized Map<AddressName, AddressRight> seen() {
        Map<AddressName, AddressRight> seen = new HashMap<>(others);
        own.forEach(
                (name, it) -> seen.put(name, new AddressRight(it.epoch(), me, it.deadlineNanos())));
        return seen;
    }

    /** Renews an own right when it is time to; looks who has the right to another. */
    void look(AddressName name) throws ConsensusException {
        Optional<Own> held = own(name);
        if (held.isEmpty() && !isKnown(name)) {
            found(name, store.lease(resource(name)));
        } else if (held.isPresent() && clock.nanos() - held.get().renewAtNanos() >= 0) {
            renew(name, held.get().epoch());
        }
    }

    /** Asks for a right; whether it was granted. */
    boolean ask(AddressName name) throws ConsensusException {
        long before = clock.nanos();
        Optional<Lease> lease = store.grant(resource(name), me.value(), DURATION);
        lease.ifPresent(it -> rely(name, it.epoch(), before));
        return lease.isPresent();
    }

    /** It is not relied upon any more: the address must be gone from the machine. */
    synchronized void forget(AddressName name) {
        own.remove(name);
    }

    /** Gives a right back that was forgotten, so that another node need not wait for its end. */
    void giveBack(AddressName name, long epoch) throws ConsensusException {
        store.release(resource(name), lease(epoch));
    }

    /** The epochs of the own rights. */
    synchronized Map<AddressName, Long> epochs() {
        Map<AddressName, Long> epochs = new HashMap<>();
        own.forEach((name, it) -> epochs.put(name, it.epoch()));
        return epochs;
    }

    /** Another has it, as was seen lately: the deadline of what others have is when it was seen. */
    private synchronized boolean isKnown(AddressName name) {
        return Optional.ofNullable(others.get(name))
                .filter(seen -> clock.nanos() - seen.deadlineNanos() < ASKING.toNanos())
                .map(seen -> new Lease(seen.epoch(), new MemberName(seen.holder().value())))
                .filter(known -> !store.leaseMayDiffer(resource(name), Optional.of(known)))
                .isPresent();
    }

    private void found(AddressName name, Optional<Lease> lease) throws ConsensusException {
        if (lease.isPresent() && lease.get().holder().equals(lease(0).holder())) {
            // Of an earlier process, or of a release that did not come through.
            renew(name, lease.get().epoch());
            return;
        }
        synchronized (this) {
            others.remove(name);
            lease.ifPresent(
                    it ->
                            others.put(
                                    name,
                                    new AddressRight(
                                            it.epoch(),
                                            new NodeName(it.holder().value()),
                                            clock.nanos())));
        }
    }

    private void renew(AddressName name, long epoch) throws ConsensusException {
        long before = clock.nanos();
        if (store.renew(resource(name), lease(epoch))) {
            rely(name, epoch, before);
        } else {
            forget(name);
        }
    }

    private synchronized void rely(AddressName name, long epoch, long beforeNanos) {
        others.remove(name);
        own.put(
                name,
                new Own(
                        epoch,
                        beforeNanos + DURATION.minus(MARGIN).toNanos(),
                        beforeNanos + RENEWAL.toNanos()));
    }

    private synchronized Optional<Own> own(AddressName name) {
        return Optional.ofNullable(own.get(name));
    }

    private Lease lease(long epoch) {
        return new Lease(epoch, new MemberName(me.value()));
    }

    private static String resource(AddressName name) {
        return "addresses/" + name;
    }
}
