package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;

import java.util.function.Consumer;

/**
 * How a command leaves for the connection that was chosen for it: after what was open is carried
 * over, and the connection is what the client believes its own to be. On the client's event loop
 * only.
 */
final class Departure {
    private final SessionContext context;
    private final PrimarySide primary;
    private final ReplicaSide replica;
    private final Restoring restoring;
    private final TransactionReplay replay;
    private final Waiting waiting;
    private final Turn turn;
    private final Route route;
    private final Conclusion conclusion;
    private final Consumer<ErrorPacket> refuses;

    /**
     * @param refuses is told what the client's command is answered with, because it cannot leave
     */
    Departure(
            SessionContext context,
            PrimarySide primary,
            ReplicaSide replica,
            Restoring restoring,
            TransactionReplay replay,
            Waiting waiting,
            Turn turn,
            Route route,
            Conclusion conclusion,
            Consumer<ErrorPacket> refuses) {
        this.context = context;
        this.primary = primary;
        this.replica = replica;
        this.restoring = restoring;
        this.replay = replay;
        this.waiting = waiting;
        this.turn = turn;
        this.route = route;
        this.conclusion = conclusion;
        this.refuses = refuses;
    }

    /** Sends it, as soon as that may be; returns whether it has left and has no answer. */
    boolean leave(ServerLink link, Request next) {
        boolean byPrimary = link == primary.get();
        if (replay.isPending() && byPrimary) {
            waiting.end();
            if (!restoring.hasShape(link, context.state().shape()) || replay.holds(link, next)) {
                return false;
            }
        }
        return !(byPrimary && replay.marks(link, next))
                && isRestored(link, next)
                && send(link, next);
    }

    /** Makes the connection what the client believes its own to be; false: that takes a moment. */
    private boolean isRestored(ServerLink link, Request next) {
        Prepared statement = next.statement();
        if (statement != null && link.statements().find(statement) == null) {
            prepareAgain(link, next, statement);
            return false;
        }
        boolean isLast = link == replica.get() && next.classification().lastAnswer();
        return isLast || restoring.hasShape(link, context.state().shape());
    }

    private void prepareAgain(ServerLink link, Request next, Prepared statement) {
        if (statement.hasLongData()) {
            statement.longData(false);
            refuses.accept(Refusals.longDataGone());
        } else if (!next.mayPrepareAgain()) {
            refuses.accept(Refusals.openIsGone());
        } else {
            restoring.hasPrepared(link, statement);
        }
    }

    private boolean send(ServerLink link, Request next) {
        waiting.end();
        turn.sending();
        boolean fromReplica = replica.has(link);
        ByteBuf bytes = next.bytesFor(link, context.client().allocator());
        AnswerTap tap = fromReplica ? null : replay.leaves(link, next, bytes);
        Exchange exchange = Exchange.ofClient(next.command().answer(), tap);
        if (next.figures() != null) {
            exchange.measured(next.figures(), context.listener().timer().now());
        }
        route.sent(link, next);
        if (fromReplica) {
            exchange.holdingReadOnly();
        } else {
            conclusion.sending(next);
            if (next.classification().calls() && link.takeFirstUse()) {
                restoring.giveInsertId(link, context.state().insertId());
            }
        }
        link.send(exchange, bytes);
        return exchange.answer() == Command.Answer.NONE;
    }
}
