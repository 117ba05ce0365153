package io.shoestring.proxy.mysql;

import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.RouteReason;
import io.shoestring.proxy.mysql.statement.StatementKind;

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
    private final LastRoute lastRoute = new LastRoute();
    private RouteReason why = RouteReason.SESSION;

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
        why = hindrance(next);
        if (next.classification().lastAnswer() && last != null && replica.has(last)) {
            return last.isReady() ? last : toPrimary();
        }
        if (why == RouteReason.READS) {
            ServerLink reading = replica.ready(next.cameNanos());
            waitsForFresh =
                    reading == null && !replica.isQueued() && reads.comesSoon(next.cameNanos());
            if (reading != null || replica.isQueued() || waitsForFresh) {
                return reading;
            }
            why = RouteReason.NO_REPLICA;
        }
        return toPrimary();
    }

    /** Whether a replica is about to have what the read must find there. */
    boolean waitsForFresh() {
        return waitsForFresh;
    }

    /** Why it may not go to a replica; {@link RouteReason#READS} if it may. */
    private RouteReason hindrance(Request next) {
        if (next.kind() != StatementKind.READ) {
            return next.classification().why();
        }
        if (!session.listener().readsFromReplicas()) {
            return RouteReason.READS_PRIMARY;
        }
        if (next.isOnlyOnPrimary()) {
            return RouteReason.REFUSED;
        }
        if (!next.runsAtOnce()) {
            return RouteReason.CURSOR;
        }
        RouteReason ofSession = hindranceOfSession(session.state());
        boolean refused = ofSession == RouteReason.READS && session.listener().learned().has(next);
        return refused ? RouteReason.LEARNED : ofSession;
    }

    private static RouteReason hindranceOfSession(SessionState state) {
        if (state.isInTransaction()) {
            return RouteReason.IN_TRANSACTION;
        }
        if (!state.isAutocommit()) {
            return RouteReason.NO_AUTOCOMMIT;
        }
        if (state.isPinned()) {
            return RouteReason.PINNED;
        }
        if (!state.isKnown()) {
            return RouteReason.UNCERTAIN;
        }
        return state.isReadable() ? RouteReason.READS : RouteReason.ENCODING;
    }

    /** It leaves there now. */
    void sent(ServerLink link, Request next) {
        boolean toReplica = replica.has(link);
        Counters counters = session.listener().counters();
        (toReplica ? counters.onReplicas : counters.onPrimary).add(why);
        if (why != RouteReason.CONSOLE) {
            lastRoute.went(link, toReplica, why, detail(next));
        }
    }

    private String detail(Request next) {
        if (why == RouteReason.PINNED) {
            return session.state().lostPin();
        }
        Classification what = next.classification();
        return why == what.why() ? what.detail() : "";
    }

    /** Where the last request went. */
    LastRoute lastRoute() {
        return lastRoute;
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
