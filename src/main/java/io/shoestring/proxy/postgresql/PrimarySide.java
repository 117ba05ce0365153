package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.protocol.postgresql.ErrorFields;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
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
    private final Borrowing borrowing;
    private final TransactionReplay replay;

    private @Nullable ServerLink link;
    private @Nullable Batch repeatable;
    private boolean entered;
    private long enteredNanos;
    private boolean toldLater;
    private Optional<String> kept = Optional.empty();

    PrimarySide(SessionContext session, Restoring restoring, Loss loss, SessionEvents events) {
        this.session = session;
        this.listener = session.listener();
        this.client = session.client();
        this.restoring = restoring;
        this.loss = loss;
        this.events = events;
        this.completions = new CompletionWatch(session.state(), session.statements());
        this.borrowing = new Borrowing(session, this, this::use, events::connected);
        this.replay = new TransactionReplay(session, restoring, events);
    }

    /** Whether something is open on it, so that the next request belongs there. */
    boolean isBound() {
        return replay.isPending() || isLinkBound();
    }

    private boolean isLinkBound() {
        return link != null && link.isUsable() && !link.conversation().isFree();
    }

    /** The client's transaction status, if it waits for nothing; else, and if it failed, empty. */
    Optional<Byte> statusBetweenRequests() {
        if (replay.isPending()) {
            return Optional.empty();
        }
        if (link == null || !link.isUsable()) {
            return Optional.of((byte) 'I');
        }
        Conversation conversation = link.conversation();
        boolean between =
                conversation.isQuiet()
                        && !conversation.isUnsynced()
                        && conversation.status() != 'E';
        return between ? Optional.of(conversation.status()) : Optional.empty();
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
            if (!isLinkBound()) {
                leave();
            }
        }
        List<Batch> unanswered = replay.drop();
        giveBackIfFree();
        return unanswered;
    }

    /** Whether the client waits for nothing of it. */
    boolean isAnswered() {
        return link == null || link.conversation().clientEnds() == 0;
    }

    boolean isWritable() {
        return link == null || link.isWritable();
    }

    // ------------------------------------------------------------------ requests

    /** Sends a request, if it may go now. */
    Dispatch send(Batch batch) {
        boolean begins = !isLinkBound();
        if (begins) {
            enter();
        }
        ServerLink ready = readyLink(begins);
        if (ready == null) {
            if (begins) {
                leave();
            }
            return borrowing.isQueued() ? Dispatch.QUEUED : Dispatch.NOT_NOW;
        }
        if (ready.conversation().isRestoring() || restore(ready)) {
            return Dispatch.WAITS;
        }
        listener.counters().onPrimary.increment();
        if (ready.takeFirstUse()) {
            toldLater = replay.isAnswerInPart();
            if (!toldLater) {
                tellChangedParameters(ready);
            }
        }
        write(ready, batch);
        replay.takeRest().forEach(behind -> write(ready, behind));
        return Dispatch.SENT;
    }

    /**
     * The connection on which a request may leave now: of the newest epoch, within the lease, not
     * held. None: one is being opened, if there is a primary.
     *
     * @param begins whether nothing is open yet
     */
    private @Nullable ServerLink readyLink(boolean begins) {
        DatabaseTopology topology = listener.topology();
        boolean outdated = link != null && link.epoch() != topology.epoch();
        if (outdated
                || topology.primary().isEmpty()
                || (begins && topology.holdWrites())
                || ((begins || link == null) && listener.isPaused(session.identity()))
                || listener.clock().nanos() - topology.leaseDeadlineNanos() > 0) {
            return null;
        }
        if (link == null) {
            borrowing
                    .borrow(topology.primary().orElseThrow(), topology.epoch())
                    .ifPresent(this::use);
        }
        return link != null && link.isUsable() ? link : null;
    }

    private void use(ServerLink lent) {
        link = lent;
        restoring.attach(lent);
        lent.setReading(client.isWritable());
    }

    /** Its present server connection. */
    Optional<ServerLink> link() {
        return Optional.ofNullable(link);
    }

    /** Whether all server connections are in use, and the session's turn will come. */
    boolean isQueued() {
        return borrowing.isQueued();
    }

    /** The limit that its turn depends on. */
    PoolLimit.Bound bound() {
        return borrowing.bound();
    }

    /** The request that waited for one is given up. */
    void stopWaiting() {
        borrowing.stopWaiting();
    }

    /** Gives the server connection back, if nothing is open on it and others may have it. */
    void giveBackIfFree() {
        ServerLink free = link;
        if (free == null
                || !borrowing.isShared()
                || entered
                || !free.isUsable()
                || !free.conversation().isFree()
                || client.isInsideMessage()
                || session.state().keep().isPresent()) {
            return;
        }
        // Whoever has it next does not flush what it has for this client.
        client.flush();
        forgetLink(free);
        borrowing.giveBack(free);
    }

    /** What the server told at the log-in, once it is there: the client has to know it first. */
    Optional<Map<String, String>> firstParameters() {
        return borrowing
                .rememberedParameters()
                .filter(known -> listener.topology().primary().isPresent())
                .or(
                        () ->
                                Optional.ofNullable(readyLink(false))
                                        .map(ready -> ready.login().parameters()));
    }

    /** True: our own requests have to be answered first. */
    private boolean restore(ServerLink ready) {
        boolean settings = restoring.settings(ready);
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
        countKept();
        if (batch.listens) {
            session.state().listen();
        }
        ByteBuf bytes = batch.takeBytes();
        replay.leaves(ready, batch, bytes);
        restoring.prepareFor(ready, batch);
        releaseRepeatable();
        if (first && batch.repeatable && batch.ended && batch.attempts < ATTEMPTS_MAX) {
            batch.bytes = bytes.retainedDuplicate();
            batch.attempts++;
            repeatable = batch;
        }
        conversation.sent(batch);
        ready.write(bytes);
        stopReadingUnlessWritable(ready);
    }

    /** Whether, and why, no other client can have the connection is counted, for the operator. */
    private void countKept() {
        countKept(borrowing.isShared() ? session.state().keep() : Optional.empty());
    }

    private void countKept(Optional<String> reason) {
        if (!reason.equals(kept)) {
            kept.ifPresent(listener.counters()::keepsNoMore);
            reason.ifPresent(listener.counters()::keeps);
            kept = reason;
        }
    }

    private void stopReadingUnlessWritable(ServerLink used) {
        if (!used.isWritable()) {
            client.setReading(false);
        }
    }

    /**
     * A new primary may have other settings than the one before: the client is told, as a server
     * would.
     */
    private void tellChangedParameters(ServerLink used) {
        used.login()
                .parameters()
                .forEach(
                        (name, value) -> {
                            if (!value.equals(session.identity().known().put(name, value))) {
                                client.write(Answers.parameter(client.allocator(), name, value));
                            }
                        });
    }

    /** More bytes of a long message: they go where its beginning went. */
    void pass(ByteBuf bytes) {
        if (link == null) {
            bytes.release();
            return;
        }
        link.write(bytes);
        stopReadingUnlessWritable(link);
    }

    /** See {@link Session#takesCopyData}. */
    boolean takesCopyData(boolean isLast) {
        if (link == null || !link.isUsable() || link.conversation().isQuiet()) {
            return false;
        }
        if (isLast) {
            link.conversation().copyDataEnd();
        }
        return true;
    }

    void flush() {
        if (link != null) {
            link.flush();
        }
    }

    void setReading(boolean reading) {
        if (link != null) {
            link.setReading(reading);
        }
    }

    /** Asks the server to cancel what the client runs; false: it runs nothing there. */
    boolean cancel() {
        if (link == null || link.conversation().isQuiet()) {
            return false;
        }
        if (!link.conversation().isRestoring()) {
            link.canceling();
            listener.cancel(client.loop(), link);
        }
        return true;
    }

    private void enter() {
        if (!entered) {
            entered = true;
            enteredNanos = listener.timer().now();
            // INVARIANT: counted before the topology is read; the node publishes a hold before it
            // reads the count.
            listener.counters().openTransactions.incrementAndGet();
        }
    }

    private void leave() {
        if (entered) {
            entered = false;
            listener.counters().openTransactions.decrementAndGet();
        }
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
    public void parameterChanged(String name, String value) {
        session.identity().known().put(name, value);
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
        borrowing.remember(opened.login().parameters());
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
        if (!answering.equals(link)) {
            return;
        }
        Conversation conversation = answering.conversation();
        replay.answered(conversation);
        if (toldLater) {
            toldLater = false;
            tellChangedParameters(answering);
        }
        session.state().ready(conversation.status());
        countKept();
        // What was just SET on this very connection need not be repeated on it.
        answering.settingsAppliedUpTo(session.state(), session.state().version());
        if (conversation.isQuiet()) {
            releaseRepeatable();
            endWindow();
            if (conversation.status() == 'I') {
                listener.counters().transactions.increment();
                if (entered) {
                    listener.counters().transactionNanos.add(listener.timer().now() - enteredNanos);
                }
                leave();
            }
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
        if (answering.equals(link) && !replay.answeredAgain(answering)) {
            differs(answering);
        }
    }

    @Override
    public void differs(ServerLink answering) {
        if (!answering.equals(link)) {
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
    public void refused(boolean writes) {
        throw new IllegalStateException("the answers of a primary are not held back");
    }

    @Override
    public void writabilityChanged() {
        events.writabilityChanged();
    }

    // ------------------------------------------------------------------ loss

    @Override
    public void connectFailed(ServerLink failed) {
        if (failed.equals(link)) {
            forgetLink(failed);
            events.retryLater();
        }
    }

    @Override
    public void closed(ServerLink closed) {
        if (!closed.equals(link)) {
            return;
        }
        if (closed.login().isDone()) {
            lost(closed, closed.lossReason(), true, Optional.empty());
            events.retryIn(Waiting.RETRY_MILLIS);
            return;
        }
        forgetLink(closed);
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
        borrowing.stopWaitingUnlessIn(topology.epoch());
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
        if (!gone.equals(link)) {
            return;
        }
        forgetLink(gone);
        Batch batch = repeatable;
        repeatable = null;
        leave();
        if (carriesOver(gone, why, mayRepeat, batch)) {
            events.answered();
            return;
        }
        boolean isRepeatable = mayRepeat && batch != null && !events.isWaiting();
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

    private void forgetLink(ServerLink gone) {
        link = null;
        restoring.detach(gone);
    }

    private void releaseRepeatable() {
        if (repeatable != null) {
            repeatable.release();
            repeatable = null;
        }
    }

    /** The client is gone. */
    void end() {
        leave();
        replay.drop();
        countKept(Optional.empty());
        releaseRepeatable();
        borrowing.end();
        giveBackIfFree();
        ServerLink last = link;
        if (last == null) {
            return;
        }
        forgetLink(last);
        if (client.isInsideMessage()) {
            // A goodbye would become the end of the message, which the server might run.
            last.close();
        } else {
            last.end();
        }
    }
}
