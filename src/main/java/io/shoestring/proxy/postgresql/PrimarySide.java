package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.protocol.postgresql.ErrorFields;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/**
 * A session's side towards the primary: its server connection there, and what is on its way on it.
 *
 * <p>INVARIANT: a request leaves only on a connection that was opened in the newest epoch, within
 * the lease.
 */
final class PrimarySide implements LinkOwner {
    private static final int ATTEMPTS_MAX = 3;

    private final SessionContext session;
    private final ListenerContext listener;
    private final ClientConnection client;
    private final Restoring restoring;
    private final Loss loss;
    private final SessionEvents events;
    private final CompletionWatch completions;
    private final Window window = new Window();
    private final PrimaryLink held;
    private final OpenCount open;
    private final KeptCount kept;
    private final TransactionReplay replay;
    private final Notifications notifications;

    private @Nullable Batch retained;
    private boolean toldLater;

    PrimarySide(
            SessionContext session,
            Restoring restoring,
            Loss loss,
            Notifications notifications,
            SessionEvents events) {
        this.session = session;
        this.listener = session.listener();
        this.client = session.client();
        this.restoring = restoring;
        this.loss = loss;
        this.notifications = notifications;
        this.events = events;
        this.completions = new CompletionWatch(session.state(), session.statements());
        this.held = new PrimaryLink(session, restoring, this, events);
        this.open = new OpenCount(listener);
        this.kept = new KeptCount(listener.counters());
        this.replay = new TransactionReplay(session, restoring, events);
    }

    /** The server connection, and what of it needs no other part of this. */
    PrimaryLink held() {
        return held;
    }

    /** Whether something is open on it, so that the next request belongs there. */
    boolean isBound() {
        return replay.isPending() || held.isBound();
    }

    /** The client's transaction status, if it waits for nothing; else, and if it failed, empty. */
    Optional<Byte> statusBetweenRequests() {
        return replay.isPending() ? Optional.empty() : held.statusBetweenRequests();
    }

    /** Whether an open transaction is on its way to another primary. */
    boolean isReplaying() {
        return replay.isPending();
    }

    /**
     * Whether the client has got only the first part of a message, so that nothing else may come.
     */
    boolean isClientInsideMessage() {
        return replay.isPending() && replay.isClientInsideMessage();
    }

    /** Why it had to leave the primary on which it was. */
    String replayReason() {
        return replay.why();
    }

    /** Whether a COMMIT was on its way of which nobody knows yet what became of it. */
    boolean isCommitInDoubt() {
        return replay.isCommitInDoubt();
    }

    /**
     * An open transaction is not carried over.
     *
     * @return requests of it that nobody has answered, behind the one that waits
     */
    List<Batch> dropReplay() {
        if (replay.isPending()) {
            if (!replay.isCommitInDoubt()) {
                loss.transactionIsLost(replay.why());
            }
            if (!held.isBound()) {
                open.leave();
            }
        }
        List<Batch> unanswered = replay.drop();
        giveBackIfFree();
        return unanswered;
    }

    // ------------------------------------------------------------------ requests

    /** Sends a request, if it may go now. */
    Dispatch send(Batch batch) {
        boolean begins = !held.isBound();
        if (begins) {
            open.enter();
        }
        ServerLink ready = held.ready(begins);
        if (ready == null) {
            if (begins) {
                open.leave();
            }
            return held.isQueued() ? Dispatch.QUEUED : Dispatch.NOT_NOW;
        }
        if (ready.conversation().isRestoring() || restore(ready, batch)) {
            return Dispatch.WAITS;
        }
        listener.counters().onPrimary.increment();
        if (ready.takeFirstUse()) {
            toldLater = replay.isAnswerInPart();
            if (!toldLater) {
                held.tellChangedParameters(ready);
            }
        }
        write(ready, batch);
        replay.takeRest().forEach(behind -> write(ready, behind));
        return Dispatch.SENT;
    }

    /** Gives the server connection back, if nothing is open on it and others may have it. */
    void giveBackIfFree() {
        if (!open.isIn()
                && session.state().keep().isEmpty()
                && session.state().channels().isServerClean()) {
            held.giveBackIfFree();
        }
    }

    /** True: our own requests have to be answered first. */
    private boolean restore(ServerLink ready, Batch batch) {
        boolean settings = restoring.settings(ready);
        settings |= batch.asksChannels && restoring.listening(ready);
        if (loss.isInFailedTransaction()) {
            restoring.failedTransaction(ready);
            return true;
        }
        return settings || replay.goesOn(ready);
    }

    private void write(ServerLink ready, Batch batch) {
        Conversation conversation = ready.conversation();
        boolean first = conversation.isQuiet() && !conversation.isIgnoring();
        if (conversation.isQuiet()) {
            ready.gate().beginRequest(false, 0);
        }
        window.add(batch, conversation.status());
        if (!batch.pins.isEmpty()) {
            session.state().pin(batch.pins);
        }
        if (!batch.keeps.isEmpty()) {
            session.state().keep(batch.keeps);
        }
        kept.now(held.isShared() ? session.state().keep() : Optional.empty());
        if (batch.listens) {
            session.state().listen();
        }
        notifications.leaves(first);
        ByteBuf bytes = batch.takeBytes();
        replay.leaves(ready, batch, bytes);
        restoring.prepareFor(ready, batch);
        releaseRetained();
        if (first && batch.attempts < ATTEMPTS_MAX && mayBeSentAgain(conversation, batch)) {
            batch.bytes = bytes.retainedDuplicate();
            batch.attempts++;
            retained = batch;
        }
        conversation.sent(batch);
        ready.write(bytes);
        held.stopReadingUnlessWritable(ready);
    }

    private static boolean mayBeSentAgain(Conversation conversation, Batch batch) {
        return (batch.repeatable && batch.ended)
                || (conversation.status() == 'I' && batch.canBeAskedAnew());
    }

    // ------------------------------------------------------------------ answers

    @Override
    public void toClient(ByteBuf bytes) {
        client.write(bytes);
    }

    @Override
    public void flushClient() {
        client.flush();
        giveBackIfFree();
    }

    @Override
    public boolean hearsUnasked() {
        return true;
    }

    @Override
    public boolean passesNotification(ByteBuf in, int at) {
        // What others listened on, whose connection it was, is none of this client's.
        return !held.isShared()
                || (session.state().keep().isPresent()
                        && !notifications.isShared(Notification.channel(in, at)));
    }

    @Override
    public void parameterChanged(String name, String value) {
        held.parameterChanged(name, value);
        session.sql().parameterChanged();
    }

    @Override
    public PreparedStatements statements() {
        return session.statements();
    }

    @Override
    public void ready(ServerLink opened) {
        opened.readyAt(listener.clock().nanos());
        opened.setReading(client.isWritable());
        held.remember(opened);
        events.connected();
    }

    @Override
    public void restored(ServerLink restored) {
        Optional<ErrorFields> failure = restored.conversation().takeOwnFailure();
        if (failure.isPresent()) {
            events.ends(
                    Answers.sessionLost(
                            listener.database(),
                            "a SET could not be repeated: " + failure.get().message()));
            return;
        }
        if (restored.conversation().status() == 'E') {
            loss.failedTransactionRestored();
        }
        events.changed();
    }

    @Override
    public boolean mayOpenBlocks() {
        return listener.allowsTransactionBlocks();
    }

    @Override
    public void openedBlock(ServerLink answering) {
        events.ends(Answers.noTransactionBlocks());
        answering.close();
    }

    @Override
    public void answered(ServerLink answering) {
        if (!answering.equals(held.get())) {
            return;
        }
        Conversation conversation = answering.conversation();
        replay.answered(conversation);
        if (toldLater) {
            toldLater = false;
            held.tellChangedParameters(answering);
        }
        session.state().ready(conversation.status());
        kept.now(held.isShared() ? session.state().keep() : Optional.empty());
        // What was just SET on this very connection need not be repeated on it.
        answering.settingsAppliedUpTo(session.state(), session.state().version());
        if (conversation.isQuiet()) {
            releaseRetained();
            endWindow();
            if (conversation.status() == 'I') {
                listener.counters().transactions.increment();
                open.done();
                restoring.stopListening(answering);
                notifications.committed(events.isWaiting());
            }
            replay.rests(answering);
        }
        events.answered();
    }

    /** Nothing is on its way any more; what was may have written. */
    private void endWindow() {
        if (window.writes()) {
            session.reads().written();
        }
        window.clear();
    }

    @Override
    public void answeredAgain(ServerLink answering) {
        if (answering.equals(held.get()) && !replay.answeredAgain(answering)) {
            differs(answering);
        }
    }

    @Override
    public void differs(ServerLink answering) {
        if (!answering.equals(held.get())) {
            return;
        }
        ErrorFields error = Answers.notReplayable(replay.why());
        if (replay.isPending()) {
            events.refuses(error);
        } else {
            listener.counters().interrupted.increment();
            boolean inside = replay.isClientInsideMessage();
            replay.giveUp();
            answering.close();
            if (inside) {
                client.close();
            }
            lost(answering, replay.why(), false, Optional.of(error));
        }
    }

    @Override
    public void copies(ServerLink answering) {
        if (replay.isPending()) {
            differs(answering);
        } else {
            replay.giveUp();
        }
    }

    @Override
    public void streams(ServerLink answering) {
        if (answering.equals(held.get())) {
            open.leave();
        }
    }

    @Override
    public void failed() {
        replay.giveUp();
        session.state().failed();
        window.failed();
    }

    @Override
    public void completed(ServerLink answering, ByteBuf in, int at, int length) {
        if (completions.completed(answering, window, in, at, length)) {
            replay.giveUp();
            events.discarded();
        }
    }

    @Override
    public boolean asksAnew(ServerLink answering) {
        return answering.equals(held.get())
                && answering.conversation().status() == 'I'
                && retained != null
                && retained.canBeAskedAnew();
    }

    /** Only a statement that has to be prepared anew: nothing of it was run. */
    @Override
    public void refused(boolean writes) {
        Batch batch = requireNonNull(retained, "nothing to be asked anew");
        retained = null;
        ServerLink on = requireNonNull(held.get(), "no connection");
        batch.markStaleOn(on.conversation().prepared());
        window.clear();
        open.done();
        events.goesToPrimary(batch, LastRoute.PREPARED_ANEW);
        events.answered();
    }

    @Override
    public void writabilityChanged() {
        events.writabilityChanged();
    }

    // ------------------------------------------------------------------ loss

    @Override
    public void connectFailed(ServerLink failed) {
        if (failed.equals(held.get())) {
            held.forget(failed);
            events.retryLater();
        }
    }

    @Override
    public void closed(ServerLink closed) {
        if (!closed.equals(held.get())) {
            return;
        }
        if (closed.login().isDone()) {
            lost(closed, closed.lossReason(), true, Optional.empty());
            events.retryIn(Waiting.RETRY_MILLIS);
            return;
        }
        held.forget(closed);
        Optional<ErrorFields> refusal = closed.login().failure();
        if (refusal.isPresent() && !Answers.passes(refusal.get())) {
            events.ends(refusal.get());
        } else {
            events.retryLater();
        }
    }

    /**
     * A connection of an older epoch must not be used any more, whatever its server says.
     *
     * @param mayRepeat whether what was on its way may be sent again
     */
    void retireUnlessServing(DatabaseTopology topology, boolean mayRepeat) {
        held.stopWaitingUnlessIn(topology.epoch());
        ServerLink link = held.get();
        if (link != null && link.epoch() != topology.epoch()) {
            abandon(
                    link,
                    "another member became the primary of database " + listener.database(),
                    mayRepeat);
        }
    }

    /**
     * What waits behind it will not be run: whatever the client has open goes with it, because its
     * next requests must not land in a transaction that lacks this one; and what was sent before is
     * answered before.
     */
    void abandonIfBound(String why) {
        ServerLink link = held.get();
        if (link != null && isBound()) {
            abandon(link, why, false);
        }
    }

    private void abandon(ServerLink abandoned, String why, boolean mayRepeat) {
        abandoned.close();
        lost(abandoned, why, mayRepeat, Optional.empty());
    }

    private void lost(ServerLink gone, String why, boolean mayRepeat, Optional<ErrorFields> known) {
        // Closing it may have told us before.
        if (!gone.equals(held.get())) {
            return;
        }
        held.forget(gone);
        Batch batch = retained;
        retained = null;
        open.leave();
        if (carriesOver(gone, why, mayRepeat, batch)) {
            events.answered();
            return;
        }
        boolean isRepeatable =
                mayRepeat && batch != null && batch.repeatable && !events.isWaiting();
        boolean again = loss.ofPrimary(gone, window, why, isRepeatable, known);
        endWindow();
        session.state().lost();
        if (again && batch != null) {
            events.waitsForPrimary(batch);
        } else if (batch != null) {
            batch.release();
        }
        events.answered();
    }

    /** Whether the transaction that was open on it goes on elsewhere. */
    private boolean carriesOver(
            ServerLink gone, String why, boolean mayRepeat, @Nullable Batch sent) {
        boolean pending = replay.isPending();
        boolean goesOn = replay.outlives(gone, why, mayRepeat && !events.isWaiting());
        if (!goesOn && !pending) {
            replay.giveUp();
            return false;
        }
        if (sent != null) {
            sent.release();
        }
        endWindow();
        session.state().lost();
        if (!goesOn) {
            // Not another time.
            events.refuses(Answers.transactionLost(why));
        } else if (!events.isWaiting()) {
            replay.firstInFlight().ifPresent(events::waitsForPrimary);
        }
        return true;
    }

    private void releaseRetained() {
        if (retained != null) {
            retained.release();
            retained = null;
        }
    }

    /** The client is gone. */
    void end() {
        open.leave();
        replay.drop();
        kept.now(Optional.empty());
        releaseRetained();
        held.stopBorrowing();
        giveBackIfFree();
        held.end();
    }
}
