package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Who of the nodes decides: the conductor, by a short lease whose epoch is its term. Safety does
 * not rest on it. Two conductors at once do no harm: the record is compared before it is set,
 * leases are granted by consensus, and agents refuse the older term.
 *
 * <p>{@link #step} is called by one thread and may block; the rest may be called by any.
 */
public final class Seat {
    static final String RESOURCE = "conductor";

    private static final Duration DURATION = Duration.ofSeconds(3);
    private static final Duration MARGIN = Duration.ofMillis(500);
    private static final Duration RENEWAL = Duration.ofSeconds(1);

    /** So often it is asked who has it, even if nothing else is heard. */
    private static final Duration ASKING = Duration.ofSeconds(20);

    private record Tenure(Lease lease, long deadlineNanos, long renewAtNanos) {}

    private final ControlStore store;
    private final Clock clock;
    private final MemberName self;
    private final Terms terms;
    private volatile Optional<Tenure> tenure = Optional.empty();
    private volatile Optional<Lease> newest = Optional.empty();
    private volatile long abstainsUntilNanos;
    private long askedNanos;

    public Seat(ControlStore store, Clock clock, NodeName self, Terms terms) {
        this.store = requireNonNull(store, "store is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.self = new MemberName(self.value());
        this.terms = requireNonNull(terms, "terms is null");
        this.abstainsUntilNanos = clock.nanos();
    }

    /** Looks who it is; renews if it is this node, and asks for it if it is nobody. */
    public void step() throws ConsensusException {
        Optional<Tenure> own = tenure;
        if (own.isPresent() && clock.nanos() - own.get().renewAtNanos() < 0) {
            return;
        }
        if (own.isEmpty() && isKnown()) {
            return;
        }
        if (own.isPresent()) {
            renew(own.get().lease());
        } else {
            ask();
        }
    }

    private void ask() throws ConsensusException {
        askedNanos = clock.nanos();
        Optional<Lease> lease = store.lease(RESOURCE);
        newest = lease;
        terms.saw(lease.map(Lease::epoch).orElse(0L));
        if (lease.isEmpty()) {
            compete();
        } else {
            endEarlierLife(lease.get());
        }
    }

    /** The term in which this node decides; empty if it does not, or is not sure to. */
    public OptionalLong term() {
        Optional<Tenure> own = tenure;
        return own.isPresent() && clock.nanos() - own.get().deadlineNanos() < 0
                ? OptionalLong.of(own.get().lease().epoch())
                : OptionalLong.empty();
    }

    /** Who decides, as this node heard last. */
    public Optional<NodeName> conductor() {
        return newest.map(lease -> new NodeName(lease.holder().value()));
    }

    /** Lets another node decide, and does not ask for it during {@code pause}. */
    public void leave(Duration pause) throws ConsensusException {
        Optional<Tenure> own = tenure;
        tenure = Optional.empty();
        newest = Optional.empty();
        abstainsUntilNanos = clock.nanos() + pause.toNanos();
        if (own.isPresent()) {
            store.release(RESOURCE, own.get().lease());
        }
    }

    /** Another has it, and was asked for lately. */
    private boolean isKnown() {
        Optional<Lease> known = newest.filter(lease -> !lease.holder().equals(self));
        return known.isPresent()
                && clock.nanos() - askedNanos < ASKING.toNanos()
                && !store.leaseMayDiffer(RESOURCE, known);
    }

    private void compete() throws ConsensusException {
        if (clock.nanos() - abstainsUntilNanos < 0) {
            return;
        }
        long before = clock.nanos();
        Optional<Lease> granted = store.grant(RESOURCE, self.value(), DURATION);
        granted.ifPresent(lease -> took(lease, before));
    }

    private void renew(Lease lease) throws ConsensusException {
        long before = clock.nanos();
        if (store.renew(RESOURCE, lease)) {
            took(lease, before);
        } else {
            tenure = Optional.empty();
            ask();
        }
    }

    /** This process did not ask for it, so it was one before: a new term for a new memory. */
    private void endEarlierLife(Lease lease) throws ConsensusException {
        if (lease.holder().equals(self) && store.release(RESOURCE, lease)) {
            compete();
        }
    }

    private void took(Lease lease, long beforeNanos) {
        terms.saw(lease.epoch());
        newest = Optional.of(lease);
        tenure =
                Optional.of(
                        new Tenure(
                                lease,
                                beforeNanos + DURATION.minus(MARGIN).toNanos(),
                                beforeNanos + RENEWAL.toNanos()));
    }
}
