package io.shoestring.proxy.postgresql;

import io.shoestring.protocol.postgresql.ErrorFields;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * What a client is told when the server connection that it used is gone, and what becomes of its
 * next requests: everything that is certain, and no more.
 *
 * <pre>
 *   it was idle, outside a transaction       nothing: it notices nothing
 *   a transaction was open that can be        it goes on there, see {@link TransactionReplay}
 * carried over to the next primary
 *   it was idle, inside a transaction        its next request is told, once; then a failed transaction
 *   only reads were on their way             they are sent again, unless an answer had begun
 *   a transaction was open                   it is lost: 57P01; then a failed transaction
 *   a write or a COMMIT was on its way       unknown: 08007
 *   the session cannot be made elsewhere     it ends, as soon as the client asks anything
 * </pre>
 *
 * INVARIANT: nothing is sent twice unless it provably left nothing behind the first time.
 */
final class Loss {
    private final ListenerContext listener;
    private final ClientConnection client;
    private final SessionState state;
    private final PreparedStatements statements;

    private boolean skippingUntilSync;
    private byte statusAfterSkip = 'I';
    private boolean inFailedTransaction;
    private @Nullable String lostTransaction;
    private @Nullable String lostState;

    Loss(SessionContext session) {
        this.listener = session.listener();
        this.client = session.client();
        this.state = session.state();
        this.statements = session.statements();
    }

    /**
     * Whether the client believes to be in a failed transaction block that no server connection has
     * yet.
     */
    boolean isInFailedTransaction() {
        return inFailedTransaction;
    }

    /** Whether the client believes to be in a transaction that no server connection has. */
    boolean isInTransaction() {
        return inFailedTransaction || lostTransaction != null || skippingUntilSync;
    }

    /** A server connection has the failed transaction block now. */
    void failedTransactionRestored() {
        inFailedTransaction = false;
    }

    /** The client's open transaction could not be carried over; its next request learns of it. */
    void transactionIsLost(String why) {
        lostTransaction = why;
    }

    // ------------------------------------------------------------------ when it happens

    /**
     * The connection to the primary is gone.
     *
     * @param window what was on its way
     * @param isRepeatable whether nothing else stands against sending it again
     * @param known what the client is to be told, if that is known better than here
     * @return whether the request that was on its way is to be sent again
     */
    boolean ofPrimary(
            ServerLink link,
            Window window,
            String why,
            boolean isRepeatable,
            Optional<ErrorFields> known) {
        Conversation conversation = link.conversation();
        int ends = conversation.clientEnds();
        boolean unsynced = conversation.isUnsynced();
        if (link.isInsideMessage()) {
            client.close();
        } else if (state.pin().isPresent()) {
            ofState(
                    ends > 0 || unsynced || state.isListening(),
                    state.pin().orElseThrow() + "; " + why);
        } else if (ends == 0 && !unsynced) {
            whileIdle(conversation, why);
        } else if (isRepeatable && !link.gate().answerBegan() && window.isRepeatable()) {
            return true;
        } else {
            interrupted(
                    conversation,
                    window,
                    known.orElseGet(() -> explain(conversation, window, why)));
        }
        return false;
    }

    private void ofState(boolean clientWaits, String reason) {
        lostState = reason;
        if (clientWaits) {
            client.fail(Answers.sessionLost(listener.database(), reason));
        }
    }

    private void whileIdle(Conversation conversation, String why) {
        if (conversation.status() == 'T') {
            lostTransaction = why;
        } else if (conversation.status() == 'E') {
            inFailedTransaction = true;
        }
    }

    /**
     * Requests were on their way and their answers will not come: say what is known of each, and no
     * more.
     */
    private void interrupted(Conversation conversation, Window window, ErrorFields error) {
        int ends = conversation.clientEnds();
        boolean unsynced = conversation.isUnsynced();
        conversation.lost(statements);
        // What the client has in mind: its next requests belong to the block that it began.
        byte status = (byte) (window.isInBlock() ? 'E' : 'I');
        inFailedTransaction = window.isInBlock();
        for (int i = 0; i < ends; i++) {
            client.write(Answers.error(client.allocator(), error));
            client.write(Answers.ready(client.allocator(), status));
        }
        if (conversation.isIgnoring()) {
            // The client has its error already.
            skippingUntilSync = true;
            statusAfterSkip = status;
        } else if (unsynced) {
            skipUntilSync(error, status);
        }
        client.flush();
    }

    private ErrorFields explain(Conversation conversation, Window window, String why) {
        if (window.mayHaveCommitted()) {
            listener.counters().unknownOutcomes.increment();
            return Answers.outcomeUnknown(why);
        }
        listener.counters().interrupted.increment();
        boolean inBlock = conversation.status() != 'I' || window.began();
        return inBlock ? Answers.transactionLost(why) : Answers.readInterrupted(why);
    }

    /** The connection to a replica is gone, in the middle of an answer. */
    void ofReplica(ServerLink link) {
        if (link.isInsideMessage()) {
            client.close();
            return;
        }
        link.conversation().lost(statements);
        listener.counters().interrupted.increment();
        ErrorFields error = Answers.readInterrupted(link.lossReason());
        client.write(Answers.error(client.allocator(), error));
        client.write(Answers.ready(client.allocator(), (byte) 'I'));
        client.flush();
    }

    // ------------------------------------------------------------------ what comes after it

    /** Whether the client's bytes are ignored, as a server does after an error, until a Sync. */
    boolean isSkippingUntilSync() {
        return skippingUntilSync;
    }

    /** The client's Sync after an error that we answered: here the request ends. */
    void skippedUntilSync() {
        skippingUntilSync = false;
        client.write(Answers.ready(client.allocator(), statusAfterSkip));
        client.flush();
    }

    /**
     * Answers a request that must not be sent any more because of an earlier loss.
     *
     * @return false: nothing stands against it, and it is still the caller's
     */
    boolean answers(Batch batch) {
        return isOver(batch) || isOfLostTransaction(batch);
    }

    private boolean isOver(Batch batch) {
        if (skippingUntilSync) {
            ignore(batch);
            return true;
        }
        if (lostState != null) {
            batch.release();
            client.fail(Answers.sessionLost(listener.database(), lostState));
            return true;
        }
        return false;
    }

    /** The client's open transaction was lost while it was idle: its next request learns of it. */
    private boolean isOfLostTransaction(Batch batch) {
        String why = lostTransaction;
        if (why == null) {
            return false;
        }
        lostTransaction = null;
        if (batch.onlyRollsBack) {
            inFailedTransaction = true;
            return false;
        }
        inFailedTransaction = !batch.onlyCommits;
        listener.counters().interrupted.increment();
        answer(batch, Answers.transactionLost(why));
        return true;
    }

    /** A request that waited will not be run. Takes it over. */
    void refuse(Batch batch, ErrorFields error) {
        if (isOver(batch)) {
            return;
        }
        boolean inBlock = lostTransaction != null || inFailedTransaction;
        lostTransaction = null;
        inFailedTransaction = inBlock && !batch.onlyCommits && !batch.onlyRollsBack;
        answer(batch, error);
    }

    /** Answers a batch with an error, in the way of the protocol, and lets it go. */
    private void answer(Batch batch, ErrorFields error) {
        byte status = (byte) (inFailedTransaction ? 'E' : 'I');
        batch.undo(statements);
        if (batch.ended) {
            client.write(Answers.error(client.allocator(), error));
            client.write(Answers.ready(client.allocator(), status));
        } else {
            skipUntilSync(error, status);
        }
        client.skip(batch.missingBytes);
        batch.release();
        client.flush();
    }

    private void skipUntilSync(ErrorFields error, byte status) {
        client.write(Answers.error(client.allocator(), error));
        skippingUntilSync = true;
        statusAfterSkip = status;
    }

    /** As a server does after an error, until the Sync. */
    private void ignore(Batch batch) {
        batch.undo(statements);
        client.skip(batch.missingBytes);
        batch.release();
        if (batch.endsWithSync()) {
            skippedUntilSync();
        }
    }
}
