package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Fenced;
import io.shoestring.model.Lease;
import io.shoestring.model.LeaseFacts;
import io.shoestring.model.MemberName;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the conductor knows of one database's lease. It grants; the holder's agent renews and gives
 * back. Not thread-safe: the loop's, but for {@link #held}.
 */
final class LeaseBook {
    /** A deadline is moved in steps: every one is a new snapshot for every proxy. */
    private static final long STEP_NANOS = 500_000_000L;

    private record Granted(long epoch, DatabaseRecord by) {}

    private record Reported(long epoch, long deadlineNanos) {}

    private record Ended(long epoch, long atNanos) {}

    private record Renewal(long index, long seenNanos) {}

    private final ControlStore store;
    private final Clock clock;
    private final String resource;
    private final long bornNanos;
    private Optional<Granted> granted = Optional.empty();
    private Optional<Reported> reported = Optional.empty();
    private Optional<Ended> ended = Optional.empty();
    private Renewal renewal;
    private Optional<ControlStore.Holding> newest = Optional.empty();
    private boolean known;
    private volatile Optional<Lease> held = Optional.empty();

    LeaseBook(ControlStore store, Clock clock, DatabaseName database) {
        this.store = store;
        this.clock = clock;
        this.resource = LeaseDuty.resource(database);
        this.bornNanos = clock.nanos();
        this.renewal = new Renewal(0, bornNanos);
    }

    /** Asks consensus, after {@code record} was read from it. */
    LeaseFacts facts(DatabaseRecord record) throws ConsensusException {
        return saw(store.holding(resource), record);
    }

    String resource() {
        return resource;
    }

    /** Takes in what consensus said of it, not before it said {@code record}. */
    LeaseFacts saw(Optional<ControlStore.Holding> said, DatabaseRecord record) {
        newest = said;
        known = true;
        held = newest.map(ControlStore.Holding::lease);
        long index = newest.map(ControlStore.Holding::renewal).orElse(0L);
        if (index != renewal.index()) {
            renewal = new Renewal(index, clock.nanos());
        }
        return remembered(record);
    }

    /** Whether it is held as it was when consensus was asked, by all that is heard since. */
    boolean isRemembered() {
        return known && !store.leaseMayDiffer(resource, newest.map(ControlStore.Holding::lease));
    }

    /** As consensus said last. */
    LeaseFacts remembered(DatabaseRecord record) {
        Optional<Lease> lease = newest.map(ControlStore.Holding::lease);
        return new LeaseFacts(
                lease,
                deadlineNanos(lease),
                endedNanos(record, lease),
                lease.isPresent()
                        && granted.equals(Optional.of(new Granted(lease.get().epoch(), record))),
                renewal.index(),
                renewal.seenNanos());
    }

    /** The epoch under which the member holds the lease, as it was seen last; any thread. */
    OptionalLong held(MemberName member) {
        Optional<Lease> lease = held;
        return lease.isPresent() && lease.get().holder().equals(member)
                ? OptionalLong.of(lease.get().epoch())
                : OptionalLong.empty();
    }

    /** The holder's agent said this, asked at {@code askedNanos}. */
    void reported(LeaseReport report, long askedNanos) {
        long deadline = askedNanos + report.remainingNanos();
        boolean moves =
                reported.isEmpty()
                        || reported.get().epoch() != report.epoch()
                        || deadline - reported.get().deadlineNanos() >= STEP_NANOS;
        if (moves) {
            reported = Optional.of(new Reported(report.epoch(), deadline));
        }
    }

    /**
     * Asks for it on the strength of {@code record}; empty if it was not granted. {@link #saw} is
     * for the caller to call.
     */
    Optional<ControlStore.Holding> grant(MemberName member, DatabaseRecord record)
            throws ConsensusException {
        known = false;
        Optional<Lease> lease = store.grant(resource, member.value(), LeaseDuty.DURATION);
        lease.ifPresent(it -> granted = Optional.of(new Granted(it.epoch(), record)));
        return lease.map(it -> new ControlStore.Holding(it, it.epoch()));
    }

    /** Ends what {@code member} holds, if it was not renewed since; whether it was ended. */
    boolean end(MemberName member, Fenced proof) throws ConsensusException {
        known = false;
        Lease lease = new Lease(proof.epoch(), member);
        return store.expire(resource, new ControlStore.Holding(lease, proof.renewal()));
    }

    private long deadlineNanos(Optional<Lease> lease) {
        return reported.filter(it -> lease.isPresent() && it.epoch() == lease.get().epoch())
                .map(Reported::deadlineNanos)
                .orElse(bornNanos);
    }

    /** Epochs never come back: what was seen to be over once is over. */
    private OptionalLong endedNanos(DatabaseRecord record, Optional<Lease> lease) {
        long epoch = record.epoch();
        if (lease.isPresent() && lease.get().epoch() == epoch) {
            return OptionalLong.empty();
        }
        if (ended.isEmpty() || ended.get().epoch() != epoch) {
            ended = Optional.of(new Ended(epoch, clock.nanos()));
        }
        return OptionalLong.of(ended.get().atNanos());
    }
}
