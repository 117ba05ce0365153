package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What the agent saw of one member at one moment. */
public sealed interface MemberState {
    /** The data directory does not exist or has nothing in it. */
    record Empty() implements MemberState {}

    /**
     * No process has the data directory open: read back from the process table, so nobody can
     * write.
     *
     * @param wasReplica whether it would start as a replica ({@code standby.signal} is there)
     * @param clean whether it was shut down cleanly: then {@code checkpoint} is the end of its log
     * @param checkpoint the latest checkpoint in the control file
     */
    record Stopped(boolean wasReplica, boolean clean, Position checkpoint) implements MemberState {
        public Stopped {
            requireNonNull(checkpoint, "checkpoint is null");
        }
    }

    /**
     * A process is there, which does not take connections yet (start, crash recovery) or any more
     * (stop); of a server that is only observed: it takes no connections.
     */
    record Starting(String what) implements MemberState {
        public Starting {
            requireNonNull(what, "what is null");
        }
    }

    /**
     * A process is there and takes connections as a replica.
     *
     * @param received the end of the log that is on this member's disk
     * @param replayed the end of the log that its readers can see
     * @param streaming whether a primary feeds it at this moment
     * @param upstream the primary that it is configured to follow, {@code host:port}, or empty text
     * @param systemIdentifier PostgreSQL's identifier of the cluster
     * @param trouble why it does not go on and what helps, in sentences, if the server says so
     * @param heard what it was told by its primary, if it was
     * @param held how it holds the log back before it applies it, if it does
     */
    record Replica(
            Position received,
            Position replayed,
            boolean streaming,
            String upstream,
            long systemIdentifier,
            Optional<String> trouble,
            Optional<Heard> heard,
            Optional<Held> held)
            implements MemberState {
        public Replica {
            requireNonNull(held, "held is null");
            requireNonNull(heard, "heard is null");
            requireNonNull(received, "received is null");
            requireNonNull(replayed, "replayed is null");
            requireNonNull(upstream, "upstream is null");
            requireNonNull(trouble, "trouble is null");
        }

        /** One that says nothing of a trouble. */
        public Replica(
                Position received,
                Position replayed,
                boolean streaming,
                String upstream,
                long systemIdentifier) {
            this(received, replayed, streaming, upstream, systemIdentifier, Optional.empty());
        }

        /** One that knows nothing of its primary. */
        public Replica(
                Position received,
                Position replayed,
                boolean streaming,
                String upstream,
                long systemIdentifier,
                Optional<String> trouble) {
            this(
                    received,
                    replayed,
                    streaming,
                    upstream,
                    systemIdentifier,
                    trouble,
                    Optional.empty());
        }

        /** One that applies the log as soon as it can. */
        public Replica(
                Position received,
                Position replayed,
                boolean streaming,
                String upstream,
                long systemIdentifier,
                Optional<String> trouble,
                Optional<Heard> heard) {
            this(
                    received,
                    replayed,
                    streaming,
                    upstream,
                    systemIdentifier,
                    trouble,
                    heard,
                    Optional.empty());
        }

        /** By how much its server is set to hold the log back. */
        public Optional<Delay> delay() {
            return held.map(Held::by);
        }

        /**
         * Whether the log comes, or will without anybody's help: a server that holds back what it
         * has asks for more only when it has applied that.
         */
        public boolean attached() {
            return streaming || held.filter(Held::waits).isPresent();
        }
    }

    /**
     * How a replica holds the log back.
     *
     * @param waits whether it does so at this moment, because what is next is too young
     */
    record Held(Delay by, boolean waits) {
        public Held {
            requireNonNull(by, "by is null");
        }
    }

    /**
     * What a replica was told by its primary.
     *
     * @param end how far the primary's log was
     * @param completeNanos until when, on the node's {@code Clock}, it is known to have received
     *     all that the primary had written; empty if it is not known
     */
    record Heard(Lsn end, OptionalLong completeNanos) {
        public Heard {
            requireNonNull(end, "end is null");
            requireNonNull(completeNanos, "completeNanos is null");
        }
    }

    /**
     * A process is there and takes writes.
     *
     * @param current the end of its log
     * @param standbys who is attached to it
     * @param synchronousNames the members that a commit waits for, as the server itself reports its
     *     setting
     */
    record Primary(
            Position current,
            List<Standby> standbys,
            Set<MemberName> synchronousNames,
            long systemIdentifier)
            implements MemberState {
        public Primary {
            requireNonNull(current, "current is null");
            standbys = List.copyOf(standbys);
            synchronousNames = Set.copyOf(synchronousNames);
        }

        /** Whether {@code member} is attached to it, and caught up. */
        public boolean streamsTo(MemberName member) {
            return standbys.stream()
                    .anyMatch(standby -> standby.streaming() && standby.member().equals(member));
        }
    }

    /**
     * A process is there but did not answer in time, or its answer made no sense.
     *
     * @param problem one sentence
     * @param sinceNanos when this began, on the node's {@code Clock}
     */
    record Unresponsive(String problem, long sinceNanos) implements MemberState {
        public Unresponsive {
            requireNonNull(problem, "problem is null");
        }
    }

    /**
     * Its node does not answer: nothing is known of it. It may be running, and taking writes.
     *
     * @param problem one sentence
     * @param sinceNanos when the first question was sent that got no answer, on the conductor's
     *     {@code Clock}
     */
    record Unreachable(String problem, long sinceNanos) implements MemberState {
        public Unreachable {
            requireNonNull(problem, "problem is null");
        }
    }

    /**
     * A replica as its primary sees it.
     *
     * @param streaming whether it is caught up and streams (not still catching up)
     * @param flushed the log that it has reported to be on its disk
     * @param synchronous whether the primary counts it for synchronous commits
     */
    record Standby(MemberName member, boolean streaming, Lsn flushed, boolean synchronous) {
        public Standby {
            requireNonNull(member, "member is null");
            requireNonNull(flushed, "flushed is null");
        }
    }
}
