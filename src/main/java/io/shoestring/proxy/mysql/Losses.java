package io.shoestring.proxy.mysql;

import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.SqlState;
import io.shoestring.proxy.mysql.statement.StatementKind;

import java.util.Optional;

/**
 * What becomes of a session when one of its servers is gone: of what was open, and of the command
 * that was on its way. What the client is told of it {@link Loss} words. On the client's event loop
 * only.
 */
final class Losses {
    private final SessionState state;
    private final Counters counters;
    private final PrimarySide primary;
    private final ReplicaSide replica;
    private final Turn turn;
    private final TransactionReplay replay;
    private final OpenCount open;
    private boolean transactionLost;

    /** What the client hears. */
    sealed interface Word {
        /** Its command is answered with an error, and the session goes on. */
        record Answer(ErrorPacket error) implements Word {}

        /** The session is over. */
        record Fatal(ErrorPacket error, int number) implements Word {}
    }

    Losses(
            SessionContext session,
            PrimarySide primary,
            ReplicaSide replica,
            Turn turn,
            TransactionReplay replay,
            OpenCount open) {
        this.state = session.state();
        this.counters = session.listener().counters();
        this.primary = primary;
        this.replica = replica;
        this.turn = turn;
        this.replay = replay;
        this.open = open;
    }

    /**
     * The connection to the primary goes, and no command is on its way on it.
     *
     * @param ended whether the server may have wanted to end this very connection
     */
    Optional<Word> ofIdle(ServerLink gone, String why, boolean ended) {
        primary.drop();
        if (state.isPinned()) {
            counters.interrupted.increment();
            ErrorPacket error = Loss.sessionLost(gone, why, state.pins());
            return Optional.of(new Word.Fatal(error, turn.request() == null ? 0 : 1));
        }
        Optional<Word> end =
                replay.isPending() ? Optional.of(end(Loss.transactionLost(why))) : none();
        if (replay.outlives(gone, null, null, ended, why)) {
            return none();
        }
        if (state.isInTransaction()) {
            nothingIsOpen();
            counters.interrupted.increment();
            transactionLost = end.isEmpty();
            return end;
        }
        return none();
    }

    private static Optional<Word> none() {
        return Optional.empty();
    }

    private void nothingIsOpen() {
        state.transactionLost();
        open.now(false);
    }

    /** Of a transaction that was being carried over. */
    private Word end(ErrorPacket error) {
        ErrorPacket known = replay.isCommitInDoubt() ? Loss.unknown(replay.why()) : error;
        return replay.isAnswerInPart()
                ? new Word.Fatal(known, replay.nextNumber())
                : new Word.Answer(known);
    }

    /** The client's open transaction cannot be carried over, or not for so long. */
    Word notCarriedOver(ErrorPacket error) {
        Word end = end(error);
        replay.giveUp();
        primary.drop();
        nothingIsOpen();
        count(error);
        return end;
    }

    private void count(ErrorPacket error) {
        counters.interrupted.increment();
        if (error.sqlState().equals(SqlState.OUTCOME_UNKNOWN)) {
            counters.unknownOutcomes.increment();
        }
    }

    /** No server connection was to be had in time. */
    Word waitedTooLong(ErrorPacket error) {
        return replay.isPending()
                ? notCarriedOver(
                        Loss.transactionLost(replay.why() + ", and then: " + error.message()))
                : new Word.Answer(error);
    }

    /** A server connection is gone, with the client's command on it. */
    Optional<Word> ofBusy(ServerLink link, Exchange exchange, Request running, String why) {
        boolean fromReplica = replica.has(link);
        boolean inPart = replay.isAnswerInPart();
        int number = Math.max(exchange.nextNumber(), inPart ? replay.nextNumber() : 1);
        if (fromReplica) {
            replica.drop();
        } else {
            primary.drop();
        }
        if (isToBeSentAgain(link, exchange, running, why, fromReplica)) {
            running.onlyOnPrimary();
            turn.isBack();
            return none();
        }
        boolean inside = state.isInTransaction() || !state.isAutocommit();
        ErrorPacket error = Loss.of(running, inside, link, why);
        count(error);
        boolean pinned = !fromReplica && state.isPinned();
        nothingIsOpen();
        if (exchange.isBegun() || inPart) {
            // The client is inside of an answer that has no end any more.
            return Optional.of(new Word.Fatal(error, number));
        }
        return Optional.of(pinned ? new Word.Fatal(error, 1) : new Word.Answer(error));
    }

    private boolean isToBeSentAgain(
            ServerLink link, Exchange exchange, Request running, String why, boolean fromReplica) {
        if (fromReplica) {
            return !exchange.isBegun() && !state.isPinned();
        }
        if (replay.outlives(link, running, exchange, false, why)) {
            return true;
        }
        if (exchange.isBegun() || state.isPinned()) {
            return false;
        }
        boolean inside = state.isInTransaction() || !state.isAutocommit();
        if (inside && running.kind() == StatementKind.ROLLBACK) {
            nothingIsOpen();
            return true;
        }
        return (!inside && running.isRepeatable()) || setsAutocommit(running);
    }

    /** While nothing is open it ends nothing, whatever it was before. */
    private boolean setsAutocommit(Request running) {
        return running.kind() == StatementKind.AUTOCOMMIT && !state.isInTransaction();
    }

    /** What the client's command is answered with, because its transaction is lost. */
    Optional<ErrorPacket> refusal(Request next) {
        boolean rollsBack = next.kind() == StatementKind.ROLLBACK;
        if (rollsBack && replay.isPending()) {
            // It would undo what is carried over.
            replay.giveUp();
            nothingIsOpen();
        }
        boolean refuses = transactionLost && !rollsBack;
        transactionLost = false;
        return refuses ? Optional.of(Loss.transactionLost("its server is gone")) : Optional.empty();
    }
}
