package io.shoestring.proxy.mysql;

import org.jspecify.annotations.Nullable;

/** Which of its server connections a session's command goes to. On the client's event loop only. */
final class Route {
    private final SessionContext session;
    private final PrimarySide primary;
    private final ReplicaSide replica;
    private final ReadRule reads;
    private final OpenCount open;
    private final Waiting waiting;
    private final TransactionReplay replay;
    private @Nullable ServerLink last;
    private boolean lastWasReplica;
    private boolean waitsForFresh;

    Route(
            SessionContext session,
            PrimarySide primary,
            ReplicaSide replica,
            ReadRule reads,
            OpenCount open,
            Waiting waiting,
            TransactionReplay replay) {
        this.session = session;
        this.primary = primary;
        this.replica = replica;
        this.reads = reads;
        this.open = open;
        this.waiting = waiting;
        this.replay = replay;
    }

    /** The latest command was answered there. */
    void answered(ServerLink link) {
        last = link;
        lastWasReplica = replica.has(link);
    }

    /**
     * Whether it asks about the statement before it, which ran on a connection that another client
     * has now. If that one is idle the session has it again.
     */
    boolean asksElsewhere(Request next) {
        ServerLink before = last;
        return session.shares()
                && next.classification().lastAnswer()
                && before != null
                && before != primary.get()
                && !replica.has(before)
                && !(lastWasReplica ? replica.takeBack(before) : primary.takeBack(before));
    }

    /** The connection that it goes to, perhaps not ready yet; null: it has to wait. */
    @Nullable ServerLink of(Request next) {
        waitsForFresh = false;
        if (next.classification().lastAnswer() && last != null && replica.has(last)) {
            return last.isReady() ? last : toPrimary();
        }
        if (mayGoToReplica(next)) {
            ServerLink reading = replica.ready(next.cameNanos());
            waitsForFresh =
                    reading == null && !replica.isQueued() && reads.comesSoon(next.cameNanos());
            if (reading != null || replica.isQueued() || waitsForFresh) {
                return reading;
            }
        }
        return toPrimary();
    }

    /** Whether a replica is about to have what the read must find there. */
    boolean waitsForFresh() {
        return waitsForFresh;
    }

    private boolean mayGoToReplica(Request next) {
        SessionState state = session.state();
        return session.listener().readsFromReplicas()
                && next.mayGoToReplica()
                && !state.isInTransaction()
                && state.isAutocommit()
                && state.isKnown()
                && state.isReadable();
    }

    /** The connection to the primary; null: there is none, or it may not be used now. */
    @Nullable ServerLink toPrimary() {
        // INVARIANT: counted before the topology is read; whoever drains publishes a hold before it
        // reads the count.
        open.now(true);
        boolean begins = !session.state().isInTransaction() || replay.isToBegin();
        return primary.ready(begins, waiting.isPausing());
    }
}
