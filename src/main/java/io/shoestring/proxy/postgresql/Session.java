package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.protocol.postgresql.ErrorFields;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A client that has logged in: where its requests go, and when. Runs on the client's event loop
 * only.
 *
 * <pre>
 *   request ─► dispatch ─► {@link ReplicaSide}, if certainly a read and the replica has its own last write
 *                     └──► {@link PrimarySide}, of the newest epoch, within its lease
 *                     └──► {@link Waiting}, while there is none
 *   a server dies  ─► {@link Loss} says what becomes of what was on its way
 *   a new one      ─► {@link Restoring} makes it what the client believes it is
 * </pre>
 */
final class Session implements SessionEvents {
    private final SessionContext context;
    private final ListenerContext listener;
    private final ClientConnection client;
    private final Loss loss;
    private final PrimarySide primary;
    private final ReplicaSide replica;
    private final Waiting waiting;
    private final Shortage shortage;
    private final Notifications notifications;
    private final Optional<PoolWarmth> warmth;

    private final LastRoute route = new LastRoute();
    private boolean starting = true;
    private boolean leaving;
    private boolean ended;

    Session(ListenerContext listener, ClientConnection client, ClientIdentity identity) {
        this.listener = listener;
        this.client = client;
        context = SessionContext.of(listener, client, identity);
        warmth = listener.shares() ? listener.pool().map(ServerPool::warmth) : Optional.empty();
        Restoring restoring = new Restoring(context);
        loss = new Loss(context);
        notifications = new Notifications(context, this::isBetweenTransactions, this::changed);
        primary = new PrimarySide(context, restoring, loss, notifications, this);
        replica = new ReplicaSide(context, restoring, loss, this);
        shortage = new Shortage(context, primary.held(), replica);
        waiting =
                new Waiting(
                        listener,
                        client.loop(),
                        this::changed,
                        this::tellThatItWaits,
                        this::waitedTooLong);
    }

    /** Connects to the primary, which also tells what the client has to know of the server. */
    void begin() {
        warmth.ifPresent(it -> it.began(context.identity()));
        replica.begin();
        changed();
    }

    /** Whether the next message of the client can be taken. */
    boolean isAccepting() {
        return !waiting.hasRequest() && !starting && !replica.isBusy() && !leaving && !ended;
    }

    /** Whether more should be read from the client: also not while a server does not take it. */
    boolean isReading() {
        return isAccepting() && primary.held().isWritable();
    }

    PoolKey.Login login() {
        return context.identity().login();
    }

    PreparedStatements statements() {
        return context.statements();
    }

    /** For building a batch. */
    ClientSql sql() {
        return context.sql();
    }

    // ------------------------------------------------------------------ requests

    boolean isSkippingUntilSync() {
        return loss.isSkippingUntilSync();
    }

    /** The client's Sync after an error that we answered: here the request ends. */
    void skippedUntilSync() {
        loss.skippedUntilSync();
    }

    /** A complete batch. Takes it over. */
    void take(Batch batch) {
        primary.retireUnlessServing(listener.topology(), false);
        if (loss.answers(batch) || answersItself(batch)) {
            return;
        }
        if (notifications.cover(batch)) {
            dispatch(batch);
        } else {
            waitsForPrimary(batch);
        }
    }

    /**
     * What the listener knows itself; while answers are due the server is asked, which does not.
     */
    private boolean answersItself(Batch batch) {
        ReadsOrder order = batch.ordersReads;
        boolean ours = batch.asksForRoute || order != null;
        if (!ours || replica.isBusy() || loss.isInFailedTransaction()) {
            return false;
        }
        Optional<Byte> status = primary.statusBetweenRequests();
        if (status.isEmpty() || (order != null && !order.asks() && status.get() != 'I')) {
            // In a transaction it may be rolled back: the server knows.
            return false;
        }
        batch.release();
        client.write(
                order == null
                        ? route.answer(client.allocator(), context.reads().consistency())
                        : Answers.reads(client.allocator(), order, context.reads()));
        client.write(Answers.ready(client.allocator(), status.get()));
        client.flush();
        return true;
    }

    private void dispatch(Batch batch) {
        boolean bound = primary.isBound();
        if (batch.isOnlySync() && !bound && !loss.isInFailedTransaction()) {
            batch.release();
            client.write(Answers.ready(client.allocator(), (byte) 'I'));
            client.flush();
            return;
        }
        if (batch.isEmpty() && batch.missingBytes == 0 && !bound) {
            // A Flush of nothing.
            batch.release();
            return;
        }
        String against = bound ? LastRoute.IN_TRANSACTION : replica.against(batch);
        if (against != null) {
            sendToPrimary(batch, against);
            return;
        }
        switch (replica.send(batch)) {
            case SENT -> route.toReplica(replica.link(), context.reads().why());
            case WAITS -> hold(batch);
            case QUEUED -> waitsForConnection(batch);
            case NOT_NOW -> sendToPrimary(batch, replica.whyNotNow());
        }
    }

    @Override
    public void goesToPrimary(Batch batch, String why) {
        sendToPrimary(batch, why);
    }

    private void sendToPrimary(Batch batch, String why) {
        switch (primary.send(batch)) {
            case SENT -> route.toPrimary(primary.held().link(), why);
            case WAITS -> hold(batch);
            case QUEUED -> waitsForConnection(batch);
            case NOT_NOW -> waitsForPrimary(batch);
        }
    }

    /** More bytes of a long message: they go where its beginning went. */
    void pass(ByteBuf bytes) {
        primary.held().pass(bytes);
        primary.giveBackIfFree();
    }

    /**
     * COPY data begin. The client need not wait for the server to ask for them, so whether they are
     * wanted the server knows; when it certainly has nothing to do they are not.
     *
     * @param isLast CopyDone or CopyFail: no more data follow
     */
    boolean takesCopyData(boolean isLast) {
        return primary.held().takesCopyData(isLast);
    }

    /** The client says goodbye: it still gets the answers to what it has asked. */
    void terminate() {
        leaving = true;
        leaveIfAnswered();
    }

    private void leaveIfAnswered() {
        if (leaving && primary.held().isAnswered()) {
            client.close();
        }
    }

    /** The client's bytes that came at once are all taken: what goes to a server goes now. */
    void flushServers() {
        primary.held().flush();
        replica.flush();
    }

    /** The client asks to cancel what it runs. */
    void cancel() {
        if (primary.isReplaying()) {
            cancelReplay();
        } else if (!replica.cancel()
                && !primary.held().cancel()
                && waiting.hasRequest()
                && waiting.isTimed()) {
            refuseWaiting(Answers.canceled());
        }
    }

    /** While it waits for nothing there is nothing to cancel. */
    private void cancelReplay() {
        if (waiting.hasRequest()) {
            refuseWaiting(Answers.canceledReplay(primary.replayReason()));
        }
    }

    /** Whether the client may hear what it did not ask for. */
    private boolean isBetweenTransactions() {
        return !starting
                && !leaving
                && !ended
                && !waiting.hasRequest()
                && !primary.isBound()
                && !replica.isBusy()
                && !loss.isInTransaction()
                && client.isWritable();
    }

    // ------------------------------------------------------------------ waiting

    private void hold(Batch batch) {
        waiting.hold(batch);
        client.setReading(false);
    }

    @Override
    public void waitsForPrimary(Batch batch) {
        hold(batch);
        waiting.beginDeadline(Waiting.For.PRIMARY);
    }

    private void waitsForConnection(Batch batch) {
        hold(batch);
        waiting.beginDeadline(Waiting.For.CONNECTION);
    }

    /** All answers that were due have gone before: it is between two requests. */
    private void tellThatItWaits() {
        if (primary.isClientInsideMessage()) {
            return;
        }
        client.write(Answers.notice(client.allocator(), Answers.stillWaiting(shortage.inUse())));
        client.flush();
    }

    @Override
    public boolean isWaiting() {
        return waiting.hasRequest();
    }

    @Override
    public void connected() {
        waiting.resetPace();
        changed();
    }

    @Override
    public void retryIn(long millis) {
        waiting.retryIn(millis);
    }

    @Override
    public void retryLater() {
        waiting.retryLater();
    }

    @Override
    public void changed() {
        if (ended) {
            return;
        }
        if (starting) {
            start();
        } else if (waiting.hasRequest()) {
            retry();
        }
        // Nobody may have needed what was lent.
        primary.giveBackIfFree();
        replica.giveBackIfFree();
        notifications.deliver();
    }

    private void retry() {
        // While it waits nothing behind it is taken: answers that this may give come first.
        primary.retireUnlessServing(listener.topology(), false);
        waiting.take().ifPresent(this::take);
        if (!waiting.hasRequest()) {
            waiting.endDeadline();
            client.resume();
        }
        flushServers();
    }

    private void start() {
        Optional<Map<String, String>> parameters = primary.held().firstParameters();
        if (parameters.isEmpty()) {
            waiting.beginDeadline(
                    primary.held().isQueued() ? Waiting.For.CONNECTION : Waiting.For.PRIMARY);
            return;
        }
        waiting.endDeadline();
        starting = false;
        client.welcome(parameters.get(), context.identity());
        context.sql().parameterChanged();
        client.resume();
    }

    private void waitedTooLong() {
        ErrorFields error = shortage.ofWaiting();
        listener.counters().interrupted.increment();
        if (starting) {
            client.fail(error);
        } else {
            refuseWaiting(error);
        }
    }

    private void refuseWaiting(ErrorFields error) {
        boolean unknown = primary.isCommitInDoubt();
        ErrorFields told = unknown ? Answers.outcomeUnknown(primary.replayReason()) : error;
        if (unknown) {
            listener.counters().unknownOutcomes.increment();
        }
        if (primary.isClientInsideMessage()) {
            client.close();
        }
        List<Batch> behind = primary.dropReplay();
        primary.abandonIfBound(error.message());
        Optional<Batch> batch = waiting.take();
        waiting.endDeadline();
        primary.held().stopWaiting();
        replica.stopWaiting();
        if (batch.isPresent()) {
            loss.refuse(batch.get(), told);
            behind.forEach(each -> loss.refuse(each, told));
            client.resume();
        }
    }

    /** The topology is another one. */
    void topologyChanged() {
        if (ended) {
            return;
        }
        DatabaseTopology topology = listener.topology();
        waiting.resetPace();
        primary.retireUnlessServing(topology, true);
        replica.retireUnlessServing(topology);
        replica.leaveIfGone(topology);
        changed();
    }

    // ------------------------------------------------------------------ what the servers' sides
    // tell

    @Override
    public void answered() {
        leaveIfAnswered();
        client.resume();
        notifications.deliver();
    }

    @Override
    public void discarded() {
        replica.drop();
    }

    @Override
    public void refuses(ErrorFields error) {
        if (!ended && waiting.hasRequest()) {
            if (!primary.isCommitInDoubt()) {
                listener.counters().interrupted.increment();
            }
            refuseWaiting(error);
        }
    }

    @Override
    public void ends(ErrorFields error) {
        client.fail(error);
    }

    @Override
    public void writabilityChanged() {
        client.setReading(isReading());
    }

    void clientWritabilityChanged(boolean writable) {
        primary.held().setReading(writable);
        replica.setReading(writable);
        if (writable) {
            notifications.deliver();
        }
    }

    /** Adds the client and its server connections, for the console. */
    void countedIn(Census census) {
        boolean waits = starting || waiting.hasRequest();
        boolean runs = primary.isBound() || replica.isBusy();
        census.clients()
                .add(
                        new Census.ClientRow(
                                context.identity().login(),
                                new Census.Place(
                                        listener.database(),
                                        context.identity().databaseAtServers()),
                                waits ? Census.WAITING : runs ? Census.ACTIVE : Census.IDLE,
                                client.remote(),
                                client.local(),
                                client.connectedNanos(),
                                waiting.waitedNanos(),
                                client.id(),
                                primary.held()
                                        .link()
                                        .or(replica::link)
                                        .map(ServerLink::id)
                                        .orElse(0L),
                                client.encrypts().words(),
                                context.identity().known().value("application_name"),
                                context.statements().size(),
                                listener.pool().flatMap(shared -> context.state().keep())));
        primary.held().link().ifPresent(it -> census.servers().add(row(it)));
        replica.link().ifPresent(it -> census.servers().add(row(it)));
    }

    private Census.ServerRow row(ServerLink link) {
        return link.row(listener.database(), Census.ACTIVE, client.id());
    }

    /** The client is gone. */
    void end() {
        if (!ended) {
            ended = true;
            warmth.ifPresent(it -> it.ended(context.identity()));
            waiting.end();
            notifications.end();
            primary.end();
            replica.end();
        }
    }
}
