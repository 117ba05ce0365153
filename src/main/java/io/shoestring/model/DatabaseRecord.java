package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.Set;

/**
 * What the cluster remembers of one database in consensus. Every operation is a state machine in
 * here: a node that is killed at any step finds here where to go on.
 *
 * @param epoch the epoch in which {@code synchronous} and {@code writable} are meant; 0 before the
 *     first primary
 * @param primary the member that holds or held this epoch
 * @param synchronous the members among which every acknowledged commit of this epoch is found: the
 *     most advanced of <em>all</em> of them has everything. INVARIANT: while this is not empty, a
 *     commit on the primary waits for one of a subset of these. Hence the first member is added in
 *     the server and then here, the last one is removed here and then in the server; between two
 *     sets that are not empty the server's is the smaller one at every moment
 * @param writable whether the primary of this epoch has been seen to take writes, and was published
 * @param paused whether automatic failover is switched off
 * @param systemIdentifier PostgreSQL's identifier of this cluster, as its first primary showed it;
 *     0 before that. A server with another identifier is never used
 * @param term the conductor that writes here. INVARIANT: a new conductor puts its own term here
 *     before anything else, so that whatever an earlier one still wants to write finds the record
 *     changed
 * @param fenced the proof that the machine with the primary was switched off; of use only while the
 *     lease is held under the epoch and the renewal that it names
 * @param offline the members that an operator took out of use: none of them is the primary, and
 *     nothing is done to them
 * @param timeline of the primary's log when it was last seen; only of a database that is observed
 *     and not managed: there it says which of two primaries is the older one
 * @param planned a switchover that is to begin at a time of day
 * @param restart a rolling restart that is on its way
 */
public record DatabaseRecord(
        long epoch,
        Optional<MemberName> primary,
        Set<MemberName> synchronous,
        boolean writable,
        boolean paused,
        Optional<Switchover> switchover,
        long systemIdentifier,
        long term,
        Optional<Fenced> fenced,
        Set<MemberName> offline,
        int timeline,
        Optional<PlannedSwitchover> planned,
        Optional<RollingRestart> restart) {
    public DatabaseRecord {
        requireNonNull(primary, "primary is null");
        synchronous = Set.copyOf(synchronous);
        requireNonNull(switchover, "switchover is null");
        requireNonNull(fenced, "fenced is null");
        offline = Set.copyOf(offline);
        requireNonNull(planned, "planned is null");
        requireNonNull(restart, "restart is null");
    }

    /** Without a plan or a restart, and of a database that is managed. */
    public DatabaseRecord(
            long epoch,
            Optional<MemberName> primary,
            Set<MemberName> synchronous,
            boolean writable,
            boolean paused,
            Optional<Switchover> switchover,
            long systemIdentifier,
            long term,
            Optional<Fenced> fenced,
            Set<MemberName> offline) {
        this(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                switchover,
                systemIdentifier,
                term,
                fenced,
                offline,
                0,
                Optional.empty(),
                Optional.empty());
    }

    /** Before anything happened. */
    public static DatabaseRecord initial() {
        return new DatabaseRecord(
                0,
                Optional.empty(),
                Set.of(),
                false,
                false,
                Optional.empty(),
                0,
                0,
                Optional.empty(),
                Set.of());
    }

    /** The same under another epoch and primary, which has not been seen to take writes yet. */
    public DatabaseRecord under(Lease lease, Set<MemberName> synchronousThere) {
        return new DatabaseRecord(
                lease.epoch(),
                Optional.of(lease.holder()),
                synchronousThere,
                false,
                paused,
                switchover,
                systemIdentifier,
                term,
                Optional.empty(),
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same with another synchronous set. */
    public DatabaseRecord withSynchronous(Set<MemberName> names) {
        return new DatabaseRecord(
                epoch,
                primary,
                names,
                writable,
                paused,
                switchover,
                systemIdentifier,
                term,
                fenced,
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same, its primary opened for writes or closed. */
    public DatabaseRecord withWritable(boolean open) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                open,
                paused,
                switchover,
                systemIdentifier,
                term,
                fenced,
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same with automatic failover switched off or on. */
    public DatabaseRecord withPaused(boolean off) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                off,
                switchover,
                systemIdentifier,
                term,
                fenced,
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same with another switchover, or none, on its way. */
    public DatabaseRecord withSwitchover(Optional<Switchover> next) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                next,
                systemIdentifier,
                term,
                fenced,
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same, known to be the cluster of this identifier. */
    public DatabaseRecord withSystemIdentifier(long identifier) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                switchover,
                identifier,
                term,
                fenced,
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same in the hands of another conductor. */
    public DatabaseRecord withTerm(long next) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                switchover,
                systemIdentifier,
                next,
                fenced,
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same with the proof that the primary's machine was switched off. */
    public DatabaseRecord withFenced(Fenced proof) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                switchover,
                systemIdentifier,
                term,
                Optional.of(proof),
                offline,
                timeline,
                planned,
                restart);
    }

    /** The same with these members taken out of use. */
    public DatabaseRecord withOffline(Set<MemberName> names) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                switchover,
                systemIdentifier,
                term,
                fenced,
                names,
                timeline,
                planned,
                restart);
    }

    /** The same with another planned switchover, or none. */
    public DatabaseRecord withPlanned(Optional<PlannedSwitchover> next) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                switchover,
                systemIdentifier,
                term,
                fenced,
                offline,
                timeline,
                next,
                restart);
    }

    /** The same with another rolling restart, or none, on its way. */
    public DatabaseRecord withRestart(Optional<RollingRestart> next) {
        return new DatabaseRecord(
                epoch,
                primary,
                synchronous,
                writable,
                paused,
                switchover,
                systemIdentifier,
                term,
                fenced,
                offline,
                timeline,
                planned,
                next);
    }

    /**
     * The same with the primary that was found, of a database that is only observed, under an epoch
     * of its own.
     */
    public DatabaseRecord withObserved(
            MemberName found, int timelineThere, long identifier, long nextEpoch) {
        return new DatabaseRecord(
                nextEpoch,
                Optional.of(found),
                Set.of(),
                true,
                paused,
                switchover,
                identifier,
                term,
                fenced,
                offline,
                timelineThere,
                planned,
                restart);
    }
}
