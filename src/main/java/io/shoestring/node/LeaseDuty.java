package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import java.time.Duration;
import java.util.Optional;

/**
 * A node's side of one database's lease: it renews what a member of its own holds, and says how
 * long that member may go on.
 *
 * <p>INVARIANT: the deadline is counted from before the newest renewal that consensus acknowledged
 * was sent, less a margin. With clocks whose rates differ by less than 5 % the holder has stopped
 * (7 s · 1.05) before consensus lets the lease end (9.9 s / 1.05).
 *
 * <p>Nothing is renewed that was not asked for: neither a grant to a member that was never told to
 * become the primary, nor one of an earlier life, before the member was seen to be one.
 *
 * <p>Thread-safe. {@link #take} and {@link #step} ask consensus and may block; the others never do,
 * so that a consensus that does not answer cannot delay the deadline.
 */
public final class LeaseDuty {
    /** How long consensus waits at least. */
    public static final Duration DURATION = Duration.ofSeconds(9);

    private static final Duration MARGIN = Duration.ofSeconds(2);
    private static final Duration RENEWAL = Duration.ofSeconds(2);

    private static final long NEVER_NANOS = Duration.ofDays(3650).toNanos();

    private record Held(Lease lease, long deadlineNanos, long renewAtNanos) {}

    private final ControlStore store;
    private final Clock clock;
    private final DatabaseName database;
    private final String resource;
    private Optional<Held> held = Optional.empty();
    private Optional<Lease> expected = Optional.empty();

    public LeaseDuty(ControlStore store, Clock clock, DatabaseName database) {
        this.store = store;
        this.clock = clock;
        this.database = database;
        this.resource = resource(database);
    }

    /** The lease's name in consensus. */
    static String resource(DatabaseName database) {
        return "databases/" + database;
    }

    /**
     * Whether consensus says that {@code member} holds the lease of {@code epoch}; it is renewed
     * from now on.
     */
    public boolean take(MemberName member, long epoch) throws ConsensusException {
        return renewed(new Lease(epoch, member));
    }

    /**
     * The conductor, or who did this before, says that {@code member}, which was seen to take
     * writes, holds the lease of {@code epoch}: the next {@link #step} finds out. Whether it is
     * news.
     */
    public synchronized boolean expect(MemberName member, long epoch) {
        boolean news = held.isEmpty() || held.get().lease().epoch() < epoch;
        if (news) {
            expected = Optional.of(new Lease(epoch, member));
        }
        return news;
    }

    /** Whether the next {@link #step} asks consensus. */
    synchronized boolean isDue() {
        return expected.isPresent() || due().isPresent();
    }

    /** Renews what is held, if it is time to, and takes what is expected. */
    public void step() throws ConsensusException {
        Optional<Lease> wanted = wanted();
        if (wanted.isPresent()) {
            take(wanted.get().holder(), wanted.get().epoch());
        }
        Optional<Lease> due = due();
        if (due.isPresent() && !renewed(due.get())) {
            lost(due.get());
        }
    }

    /**
     * Gives the lease back, and has it granted to {@code next} if there is one. Does nothing if it
     * is not held any more.
     */
    public void release(MemberName member, long epoch, Optional<MemberName> next)
            throws ConsensusException {
        Lease lease = new Lease(epoch, member);
        if (next.isPresent()) {
            store.pass(resource, lease, next.get().value(), DURATION);
        } else {
            store.release(resource, lease);
        }
        forget(member);
    }

    /** What the conductor is told; empty if the member holds nothing or may not rely on it. */
    public synchronized Optional<LeaseReport> report(MemberName member) {
        return held.filter(it -> it.lease().holder().equals(member))
                .map(it -> new LeaseReport(it.lease().epoch(), it.deadlineNanos() - clock.nanos()))
                .filter(report -> report.remainingNanos() > 0);
    }

    /** The member that has to stop now, because its deadline has passed without a renewal. */
    public synchronized Optional<MemberName> overdue() {
        return held.filter(it -> clock.nanos() - it.deadlineNanos() >= 0)
                .map(it -> it.lease().holder());
    }

    /** Who holds the lease here, and until when it may rely on it; the deadline may be past. */
    synchronized Optional<Limit> limit() {
        return held.map(
                it ->
                        new Limit(
                                database,
                                it.lease().holder(),
                                it.lease().epoch(),
                                it.deadlineNanos()));
    }

    /** The member was stopped, or gave its lease back. */
    public synchronized void forget(MemberName member) {
        held = held.filter(it -> !it.lease().holder().equals(member));
        expected = expected.filter(it -> !it.holder().equals(member));
    }

    /** Whether a member in this state can be sure not to write before it is told to. */
    public static boolean cannotWrite(MemberState state) {
        return switch (state) {
            case MemberState.Stopped stopped -> true;
            case MemberState.Empty empty -> true;
            case MemberState.Replica replica -> true;
            case MemberState.Starting starting -> false;
            case MemberState.Primary primary -> false;
            case MemberState.Unresponsive unresponsive -> false;
            case MemberState.Unreachable unreachable -> false;
        };
    }

    private synchronized Optional<Lease> wanted() {
        Optional<Lease> wanted = expected;
        expected = Optional.empty();
        return wanted;
    }

    private synchronized Optional<Lease> due() {
        return held.filter(it -> clock.nanos() - it.renewAtNanos() >= 0).map(Held::lease);
    }

    private boolean renewed(Lease lease) throws ConsensusException {
        long before = clock.nanos();
        if (!store.renew(resource, lease)) {
            return false;
        }
        relyFrom(lease, before);
        return true;
    }

    private synchronized void relyFrom(Lease lease, long beforeNanos) {
        if (held.isEmpty() || held.get().lease().epoch() <= lease.epoch()) {
            held =
                    Optional.of(
                            new Held(
                                    lease,
                                    beforeNanos + DURATION.minus(MARGIN).toNanos(),
                                    beforeNanos + RENEWAL.toNanos()));
        }
    }

    /** Consensus says that it is over: the deadline is now. */
    private synchronized void lost(Lease lease) {
        held =
                held.map(
                        it ->
                                it.lease().equals(lease)
                                        ? new Held(
                                                lease, clock.nanos(), clock.nanos() + NEVER_NANOS)
                                        : it);
    }
}
