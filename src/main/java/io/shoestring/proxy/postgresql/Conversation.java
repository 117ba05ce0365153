package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.OutstandingQueue.FORWARD;
import static io.shoestring.proxy.postgresql.OutstandingQueue.SKIP;

import io.shoestring.monitoring.digest.AnswerTimer;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.proxy.ErrorKinds;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * Where the conversation with one server stands: what it has been asked and has not answered yet,
 * whether a transaction, a COPY or a batch without its Sync is open, and what it has prepared. No
 * bytes: those are the {@link AnswerReader}'s.
 */
final class Conversation {
    private static final String MAY_FAIL = "may fail";

    private final AnswerTimer timer;
    private final boolean replica;
    private final ErrorKinds errors;
    private final OutstandingQueue queue = new OutstandingQueue();
    private final ServerStatements prepared = new ServerStatements();

    private long bytes;
    private boolean failing;
    private byte status = 'I';
    private boolean unsynced;
    private boolean ignoringUntilSync;
    private boolean copying;
    private boolean copyingIn;
    private int restoring;
    private boolean replaying;
    private @Nullable ErrorFields commitProbeFailed;
    private @Nullable ErrorFields ownRequestFailed;

    /**
     * @param replica whether the server is one
     * @param errors where it is counted what the client was refused
     */
    Conversation(AnswerTimer timer, boolean replica, ErrorKinds errors) {
        this.timer = timer;
        this.replica = replica;
        this.errors = errors;
    }

    ServerStatements prepared() {
        return prepared;
    }

    /** The transaction status that the server reported last: I, T or E. */
    byte status() {
        return status;
    }

    /** Nothing is due. */
    boolean isQuiet() {
        return queue.isEmpty();
    }

    /** Nothing is open: no request, no transaction, no batch without its Sync. */
    boolean isFree() {
        return queue.isEmpty() && status == 'I' && !isUnsynced();
    }

    /** Whether the last batch that was sent lacks its Sync: the next one belongs to it. */
    boolean isUnsynced() {
        return unsynced || ignoringUntilSync;
    }

    /** After an error the server answers nothing before the next Sync. */
    boolean isIgnoring() {
        return ignoringUntilSync;
    }

    /** The server takes COPY data and ignores what is no part of them. */
    boolean isCopyingIn() {
        return copyingIn;
    }

    /** Our own requests are on their way, to make the connection what the client believes it is. */
    boolean isRestoring() {
        return restoring > 0 || replaying;
    }

    /** How many answers the client still waits for that end with ReadyForQuery. */
    int clientEnds() {
        return queue.clientEnds();
    }

    /** Whether the client has asked more than what is being answered. */
    boolean hasMoreBehindHead() {
        return queue.size() > 1;
    }

    // ------------------------------------------------------------------ requests

    /**
     * The client's request of this kind is on its way.
     *
     * @param counted where it is counted, if it is
     */
    void expect(byte kind, @Nullable Object subject, @Nullable Figures counted, long beganNanos) {
        if (copyingIn && kind == OutstandingQueue.SYNC) {
            return;
        }
        prepared.requested(kind, subject);
        queue.add(kind, FORWARD, subject, counted, beganNanos);
    }

    /** A request of ours, whose answer nobody gets. */
    void expectOwn(byte kind, @Nullable Object subject) {
        prepared.requested(kind, subject);
        queue.add(kind, SKIP, subject);
    }

    /** A request of the client that was answered before. */
    void expectAgain(byte kind, @Nullable Object subject) {
        prepared.requested(kind, subject);
        queue.add(kind, OutstandingQueue.REPLAY, subject);
    }

    /** From now on, until it is told otherwise, requests are asked a second time. */
    void replays(boolean begin) {
        replaying = begin;
    }

    /** Requests of ours, with one end, which ask what a COMMIT that follows is about. */
    void expectProbe(CommitProbe probe) {
        commitProbeFailed = null;
        queue.add(OutstandingQueue.QUERY, SKIP, probe);
    }

    /** A simple query of ours; {@link LinkOwner#restored} follows when all are answered. */
    void expectRestoring(boolean mayFail) {
        restoring++;
        queue.add(OutstandingQueue.QUERY, SKIP, mayFail ? MAY_FAIL : null);
    }

    /** The Sync that ends the ignoring is on its way. */
    void expectSync() {
        ignoringUntilSync = false;
        queue.add(OutstandingQueue.SYNC, FORWARD, null);
    }

    /** A batch is sent; does it lack its Sync? */
    void sent(Batch batch) {
        // A Flush alone begins nothing.
        unsynced = copyingIn || (batch.isEmpty() ? isUnsynced() : !batch.ended);
    }

    /** The client has sent the end of its COPY data, or of what the server takes for nothing. */
    void copyDataEnd() {
        copyingIn = false;
        if (!queue.isEmpty()) {
            queue.add(OutstandingQueue.COPY_END, FORWARD, null);
        }
    }

    // ------------------------------------------------------------------ answers

    /** So many bytes of an answer have come, or are about to. */
    void measured(long more) {
        bytes += more;
    }

    /** What is being answered is answered: it is counted, if that is wanted. */
    private void count(boolean failed) {
        Figures counted = queue.figures();
        if (counted != null) {
            timer.ended(counted, queue.beganNanos(), failed, replica, bytes);
        }
        bytes = 0;
    }

    /** Whether an answer that comes now is to a request of ours. */
    boolean answersUs() {
        return !queue.isEmpty() && queue.action() == SKIP;
    }

    /** Whether an answer that comes now is to a request that was answered before. */
    boolean answersAgain() {
        return !queue.isEmpty() && queue.action() == OutstandingQueue.REPLAY;
    }

    /** Whether an answer that comes now is to a request of the client. */
    boolean answersClient() {
        return !queue.isEmpty() && queue.action() == FORWARD;
    }

    /** What is being answered. */
    byte kind() {
        return queue.kind();
    }

    /** What it is about, see {@link ServerStatements#requested}. */
    @Nullable Object subject() {
        return queue.isEmpty() ? null : queue.subject();
    }

    /** What is being answered is done, if it is of this kind. */
    void done(byte kind) {
        if (!queue.isEmpty() && queue.kind() == kind) {
            count(false);
            prepared.done(queue.subject());
            queue.remove();
        }
    }

    /** The server takes or sends COPY data: the Syncs that came before their end do not count. */
    void copyBegins() {
        if (!queue.isEmpty()) {
            queue.removeSyncsBehindHead();
            copying = true;
            copyingIn = !queue.isCopyEndBehindHead();
            // What was sent to end the request did not: a Sync behind the data will.
            unsynced |= !queue.hasEnd();
        }
    }

    void copyEnded() {
        if (copying && queue.isCopyEndBehindHead()) {
            queue.removeCopyEndBehindHead();
        }
        copying = false;
        copyingIn = false;
    }

    /** ReadyForQuery. */
    void ready(byte newStatus) {
        status = newStatus;
        boolean ours = answersUs() && queue.kind() == OutstandingQueue.QUERY;
        if (ours && !(queue.subject() instanceof CommitProbe)) {
            restoring--;
        }
        count(failing);
        failing = false;
        prepared.done(queue.subject());
        queue.remove();
    }

    /** A request of ours has failed; some may. */
    void ownFailed(ErrorFields error) {
        if (queue.subject() instanceof CommitProbe probe) {
            probe.failed(error.sqlState());
            commitProbeFailed = error;
        } else if (!MAY_FAIL.equals(queue.subject())) {
            ownRequestFailed = error;
        }
    }

    /**
     * Why the probe of a transaction failed, and with it the transaction; once.
     *
     * @return null: it did not
     */
    @Nullable ErrorFields takeCommitProbeFailure() {
        ErrorFields failure = commitProbeFailed;
        commitProbeFailed = null;
        return failure;
    }

    /** Why a request of our own failed, once. */
    Optional<ErrorFields> takeOwnFailure() {
        Optional<ErrorFields> failure = Optional.ofNullable(ownRequestFailed);
        ownRequestFailed = null;
        return failure;
    }

    /**
     * What is being answered has failed, and with it everything up to its end.
     *
     * @param statements what the client has prepared
     */
    void failed(Optional<PreparedStatements> statements) {
        // Without the client's statements nothing has failed for the client: it is asked again.
        failing = statements.isPresent();
        if (OutstandingQueue.endsWithReady(queue.kind())) {
            if (!failing) {
                queue.uncount();
            }
            undo(statements, queue.kind(), queue.action(), queue.subject());
        } else {
            if (failing) {
                queue.countFirstAtHead();
                count(true);
            }
            failing = false;
            dropUntilSync(statements);
            ignoringUntilSync = queue.isEmpty();
        }
    }

    /** The client hears of an error. */
    void refused(ErrorFields error) {
        if (answersClient()) {
            errors.countState(error.sqlState());
        }
    }

    /** The answers will not come: what was on its way to be prepared or closed is not. */
    void lost(PreparedStatements statements) {
        while (!queue.isEmpty()) {
            dropUntilSync(Optional.of(statements));
            if (!queue.isEmpty()) {
                queue.remove();
            }
        }
    }

    private void dropUntilSync(Optional<PreparedStatements> statements) {
        queue.dropUntilSync((kind, action, subject) -> undo(statements, kind, action, subject));
    }

    private void undo(
            Optional<PreparedStatements> statements,
            byte kind,
            byte action,
            @Nullable Object subject) {
        boolean ofClientsBefore = action == OutstandingQueue.REPLAY;
        if (ofClientsBefore || !(subject instanceof PreparedStatement statement)) {
            return;
        }
        prepared.undo(kind, statement);
        if (kind != OutstandingQueue.PARSE) {
            statements.ifPresent(known -> known.putBack(statement));
        } else if (action != SKIP) {
            statements.ifPresent(known -> known.undo(statement));
        }
    }
}
