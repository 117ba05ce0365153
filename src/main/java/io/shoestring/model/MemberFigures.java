package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What a database's server says of itself. Counts are since its statistics were reset last.
 *
 * @param at when it was asked, by the clock of its machine
 * @param problem why it could not be asked; the rest is empty then
 * @param checkpoints of PostgreSQL
 * @param slots of PostgreSQL
 * @param flushing of MariaDB
 */
public record MemberFigures(
        String database,
        String member,
        Instant at,
        Optional<String> problem,
        Sessions sessions,
        List<Wait> waits,
        List<Contents> contents,
        Optional<Checkpoints> checkpoints,
        List<Standby> standbys,
        Optional<Behind> behind,
        List<Slot> slots,
        Optional<Flushing> flushing) {
    public MemberFigures {
        requireNonNull(database, "database is null");
        requireNonNull(member, "member is null");
        requireNonNull(at, "at is null");
        requireNonNull(problem, "problem is null");
        requireNonNull(sessions, "sessions is null");
        waits = List.copyOf(waits);
        contents = List.copyOf(contents);
        requireNonNull(checkpoints, "checkpoints is null");
        standbys = List.copyOf(standbys);
        requireNonNull(behind, "behind is null");
        slots = List.copyOf(slots);
        requireNonNull(flushing, "flushing is null");
    }

    /** Of a server that could not be asked. */
    public static MemberFigures none(String database, String member, Instant at, String problem) {
        return new MemberFigures(
                database,
                member,
                at,
                Optional.of(problem),
                new Sessions(0, Map.of(), 0, 0),
                List.of(),
                List.of(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                List.of(),
                Optional.empty());
    }

    /** The same with other statements in its waits. */
    public MemberFigures with(List<Wait> others) {
        return new MemberFigures(
                database,
                member,
                at,
                problem,
                sessions,
                others,
                contents,
                checkpoints,
                standbys,
                behind,
                slots,
                flushing);
    }

    /** How many connections there are, of all databases together. */
    public long connections() {
        return sessions.byState().values().stream().mapToLong(Long::longValue).sum();
    }

    /** Of the blocks that were wanted, how many were in the server's memory, from 0 to 1. */
    public OptionalDouble cacheHitShare() {
        long hit = contents.stream().mapToLong(Contents::blocksHit).sum();
        long all = hit + contents.stream().mapToLong(Contents::blocksRead).sum();
        return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) hit / all);
    }

    /**
     * Its clients' connections.
     *
     * @param max that it accepts
     * @param byState how many are {@code active}, {@code idle}, {@code idle in transaction}, …
     * @param waiting for a lock
     * @param oldestTransactionSeconds for how long the oldest open transaction has been
     */
    public record Sessions(
            int max, Map<String, Long> byState, long waiting, double oldestTransactionSeconds) {
        public Sessions {
            byState = Collections.unmodifiableMap(new TreeMap<>(byState));
        }
    }

    /**
     * A session that waits for a lock, and who it waits for.
     *
     * @param process its number at the server
     * @param seconds for how long its statement has been running
     * @param statement that waits
     * @param blockedBy the processes that have the lock, or are before it in the queue
     * @param blocker what the first of them did last
     */
    public record Wait(
            String database,
            String user,
            String application,
            int process,
            double seconds,
            String lock,
            String statement,
            List<Integer> blockedBy,
            String blocker) {
        public Wait {
            requireNonNull(database, "database is null");
            requireNonNull(user, "user is null");
            requireNonNull(application, "application is null");
            requireNonNull(lock, "lock is null");
            requireNonNull(statement, "statement is null");
            blockedBy = List.copyOf(blockedBy);
            requireNonNull(blocker, "blocker is null");
        }

        /** The same that waits for these. */
        public Wait with(List<Integer> blockers) {
            return new Wait(
                    database,
                    user,
                    application,
                    process,
                    seconds,
                    lock,
                    statement,
                    blockers,
                    blocker);
        }

        /** The same with these statements. */
        public Wait with(String newStatement, String newBlocker) {
            return new Wait(
                    database,
                    user,
                    application,
                    process,
                    seconds,
                    lock,
                    newStatement,
                    blockedBy,
                    newBlocker);
        }
    }

    /**
     * One database of the server.
     *
     * @param name {@code all}: the server counts for all of them together
     * @param transactionAge how many transactions ago its oldest number was given; at two billion
     *     the server would stop; 0: its numbers have no end
     */
    public record Contents(
            String name,
            long connections,
            long commits,
            long rollbacks,
            long blocksRead,
            long blocksHit,
            long rowsReturned,
            long rowsFetched,
            long rowsInserted,
            long rowsUpdated,
            long rowsDeleted,
            long conflicts,
            long deadlocks,
            long temporaryFiles,
            long temporaryBytes,
            long transactionAge) {
        public Contents {
            requireNonNull(name, "name is null");
        }
    }

    /**
     * What the checkpointer did.
     *
     * @param timed checkpoints that were due
     * @param requested checkpoints that something asked for, like much log
     */
    public record Checkpoints(
            long timed,
            long requested,
            double writeSeconds,
            double syncSeconds,
            long buffersWritten) {}

    /**
     * How InnoDB brings changes from memory to its tables.
     *
     * @param dirtyBytes of pages in memory that are newer than the disk's
     * @param flushedPages since the start of the server
     * @param checkpointAgeBytes of log that a restart after a crash would go through
     * @param checkpointAgeMaxBytes at which commits wait for flushing
     * @param logWaits how often something waited for room in the log's memory
     * @param historyLength of transactions whose old rows are kept for somebody who reads
     */
    public record Flushing(
            long dirtyBytes,
            long flushedPages,
            long checkpointAgeBytes,
            long checkpointAgeMaxBytes,
            long logWaits,
            long historyLength) {}

    /**
     * Who gets this server's log.
     *
     * @param lagBytes of log that it has not applied yet
     * @param writeLagSeconds between a commit and its being written there; unknown while nothing is
     *     written
     */
    public record Standby(
            String name,
            String address,
            String state,
            String synchronous,
            OptionalLong lagBytes,
            OptionalDouble writeLagSeconds,
            OptionalDouble flushLagSeconds,
            OptionalDouble replayLagSeconds) {
        public Standby {
            requireNonNull(name, "name is null");
            requireNonNull(address, "address is null");
            requireNonNull(state, "state is null");
            requireNonNull(synchronous, "synchronous is null");
        }
    }

    /**
     * How far a replica is behind.
     *
     * @param bytes of log that it has and has not applied yet
     * @param seconds how old what it shows is; 0 if it has applied all that it has; empty: not
     *     known, as it applies nothing
     */
    public record Behind(long bytes, OptionalDouble seconds) {
        public Behind {
            requireNonNull(seconds, "seconds is null");
        }
    }

    /**
     * A replication slot: the server keeps its log for it.
     *
     * @param retainedBytes of log that are kept for it
     * @param state {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}
     */
    public record Slot(
            String name, String type, boolean active, OptionalLong retainedBytes, String state) {
        public Slot {
            requireNonNull(name, "name is null");
            requireNonNull(type, "type is null");
            requireNonNull(state, "state is null");
        }
    }
}
