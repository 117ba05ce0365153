package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.proxy.pool.PoolBound;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A session's side towards a replica: one request at a time, only what is certainly a read, and
 * only where the session's own writes are. The answer is held back until it is certain that the
 * replica gives one; what it refuses the primary gets, unseen by the client.
 */
final class ReplicaSide implements LinkOwner {
    private static final long PATIENCE_MILLIS = 100;
    private static final long AVOIDED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long FRESH_MILLIS = 2;
    private static final long FRESH_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SessionContext session;
    private final ListenerContext listener;
    private final ClientConnection client;
    private final Restoring restoring;
    private final Loss loss;
    private final SessionEvents events;

    private final Borrowing borrowing;
    private final ReplicaChoice choice;

    private @Nullable ServerLink link;
    private @Nullable Batch asked;
    private boolean busy;
    private boolean waited;
    private boolean unfit;
    private String whyNotNow = "";
    private long avoidedUntilNanos;

    ReplicaSide(SessionContext session, Restoring restoring, Loss loss, SessionEvents events) {
        this.session = session;
        this.listener = session.listener();
        this.client = session.client();
        this.restoring = restoring;
        this.loss = loss;
        this.events = events;
        this.borrowing = new Borrowing(session, this, this::use, events::connected);
        this.choice = new ReplicaChoice(listener.freshness());
        this.avoidedUntilNanos = listener.clock().nanos();
    }

    /** Connects, so that the first read need not wait. */
    void begin() {
        if (listener.readsFromReplicas()) {
            connect(listener.topology(), listener.clock().nanos());
        }
    }

    /** Whether it has a request: the next one has to wait. */
    boolean isBusy() {
        return busy;
    }

    // ------------------------------------------------------------------ requests

    /** Why a request may not go to a replica at all; null: it may. */
    @Nullable String against(Batch batch) {
        if (!listener.readsFromReplicas()) {
            return "the listener has no 'reads: replicas'";
        }
        if (!batch.allReads) {
            return batch.hinted
                    ? "a comment in it wants it there"
                    : "it is not certain that it only reads";
        }
        if (!batch.ended || batch.missingBytes > 0) {
            return "it came without its end, or is very long";
        }
        if (session.state().pin().isPresent() || unfit) {
            return "the session has something that only its connection there has";
        }
        if (batch.attempts > 0) {
            return LastRoute.REFUSED;
        }
        return listener.isPaused(session.identity()) || loss.isInFailedTransaction()
                ? LastRoute.IN_TRANSACTION
                : null;
    }

    /** Why the last request that might have gone there did not. */
    String whyNotNow() {
        return whyNotNow;
    }

    /** Sends a request, or waits a moment for a connection that is just being opened. */
    Dispatch send(Batch batch) {
        DatabaseTopology topology = listener.topology();
        retireUnlessServing(topology);
        if (batch.triedNanos == 0) {
            batch.triedNanos = listener.clock().nanos();
        }
        leaveIfStale(topology, batch);
        if (link == null) {
            connect(topology, batch.triedNanos);
        }
        ServerLink chosen = link;
        if (chosen == null) {
            whyNotNow =
                    topology.replicas().isEmpty()
                            ? "no replica serves"
                            : "no replica could be used a moment ago";
            return borrowing.isQueued() ? Dispatch.QUEUED : Dispatch.NOT_NOW;
        }
        if (!chosen.isUsable()) {
            whyNotNow = "no connection to a replica is open yet";
            return waitOnce();
        }
        if (!session.reads().holds(chosen, batch.triedNanos)) {
            whyNotNow = session.reads().whyNot();
            return waitsForFresh(batch) ? Dispatch.WAITS : Dispatch.NOT_NOW;
        }
        if (chosen.conversation().isRestoring() || restoring.settings(chosen)) {
            return Dispatch.WAITS;
        }
        listener.counters().onReplicas.increment();
        if (chosen.conversation().isQuiet()) {
            chosen.gate().beginRequest(true, batch.executes());
        }
        restoring.prepareFor(chosen, batch);
        busy = true;
        ByteBuf bytes = batch.takeBytes();
        batch.bytes = bytes.retainedDuplicate();
        batch.attempts++;
        asked = batch;
        chosen.write(bytes);
        return Dispatch.SENT;
    }

    private Dispatch waitOnce() {
        if (waited) {
            return Dispatch.NOT_NOW;
        }
        waited = true;
        events.retryIn(PATIENCE_MILLIS);
        return Dispatch.WAITS;
    }

    /** How fresh a replica is becomes known every few milliseconds. */
    private boolean waitsForFresh(Batch batch) {
        boolean waits =
                session.reads().comesSoon()
                        && listener.clock().nanos() - batch.triedNanos < FRESH_NANOS_MAX;
        if (waits) {
            events.retryIn(FRESH_MILLIS);
        }
        return waits;
    }

    /** Whoever has a connection of his own has it to a replica that has fallen behind, too. */
    private void leaveIfStale(DatabaseTopology topology, Batch batch) {
        ServerLink own = link;
        if (own == null || topology.replicas().size() < 2 || !own.isUsable()) {
            return;
        }
        boolean stale =
                listener.freshness().lagNanos(own.member().name()).orElse(0) > STALE_NANOS
                        && !session.reads().holds(own, batch.triedNanos);
        if (stale
                && topology.replicas().stream()
                        .anyMatch(other -> mayRead(other, batch.triedNanos))) {
            drop();
        }
    }

    private boolean mayRead(MemberSpec member, long cameNanos) {
        return session.reads().mayHold(member.name(), cameNanos);
    }

    private void connect(DatabaseTopology topology, long cameNanos) {
        List<MemberSpec> candidates = topology.replicas();
        if (candidates.isEmpty() || listener.clock().nanos() - avoidedUntilNanos < 0) {
            // The primary can answer, too.
            borrowing.stopWaiting();
            return;
        }
        MemberSpec chosen =
                choice.of(
                        candidates,
                        member -> mayRead(member, cameNanos),
                        ThreadLocalRandom.current());
        waited = false;
        borrowing.borrow(chosen, topology.epoch()).ifPresent(this::use);
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
    PoolBound bound() {
        return borrowing.bound();
    }

    /** The request that waited for one is given up. */
    void stopWaiting() {
        borrowing.stopWaiting();
    }

    /** Gives the server connection back, if others may have it. */
    void giveBackIfFree() {
        ServerLink free = link;
        if (free != null && borrowing.isShared() && !busy && free.isFit()) {
            // Whoever has it next does not flush what it has for this client.
            client.flush();
            forgetLink(free);
            borrowing.giveBack(free);
        }
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
        if (!busy || link == null) {
            return false;
        }
        link.canceling();
        listener.cancel(client.loop(), link);
        return true;
    }

    // ------------------------------------------------------------------ which replica

    /** A replica of another epoch, or one that serves no more, is left between two requests. */
    void retireUnlessServing(DatabaseTopology topology) {
        if (link != null && !busy && !isServing(link, topology)) {
            drop();
        }
    }

    private static boolean isServing(ServerLink link, DatabaseTopology topology) {
        return link.epoch() == topology.epoch() && topology.replicas().contains(link.member());
    }

    /**
     * A replica that is no member of the database's service any more may never answer; what it was
     * asked, the primary is asked. One that has become the primary still answers.
     */
    void leaveIfGone(DatabaseTopology topology) {
        if (link != null
                && busy
                && !topology.replicas().contains(link.member())
                && !topology.primary().equals(Optional.of(link.member()))) {
            link.close();
        }
    }

    /** The connection is not what the client believes: the next read gets another. */
    void drop() {
        ServerLink dropped = link;
        if (dropped != null) {
            forgetLink(dropped);
            dropped.close();
        }
    }

    private void forgetLink(ServerLink gone) {
        link = null;
        restoring.detach(gone);
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
        return false;
    }

    @Override
    public boolean passesNotification(ByteBuf in, int at) {
        return false;
    }

    @Override
    public void parameterChanged(String name, String value) {
        // The client's settings are those of the primary.
    }

    @Override
    public PreparedStatements statements() {
        return session.statements();
    }

    @Override
    public void ready(ServerLink opened) {
        opened.readyAt(listener.clock().nanos());
        opened.setReading(client.isWritable());
        events.connected();
    }

    @Override
    public void restored(ServerLink restored) {
        if (restored.conversation().takeOwnFailure().isPresent()) {
            unfit = true;
            drop();
        }
        events.changed();
    }

    @Override
    public boolean mayOpenBlocks() {
        return true;
    }

    @Override
    public void openedBlock(ServerLink answering) {
        throw new IllegalStateException("a replica is not asked to begin a transaction");
    }

    @Override
    public void answered(ServerLink answering) {
        if (answering.equals(link)) {
            Optional<Batch> done = takeBack();
            listener.counters().transactions.increment();
            done.ifPresent(
                    batch ->
                            listener.counters()
                                    .transactionNanos
                                    .add(listener.timer().now() - batch.triedNanos));
            done.ifPresent(Batch::release);
        }
        events.answered();
    }

    /** What was asked, which is nobody's any more. */
    private Optional<Batch> takeBack() {
        Optional<Batch> batch = Optional.ofNullable(asked);
        asked = null;
        busy = false;
        return batch;
    }

    /** The primary is asked, and the replica prepares it anew before the next time. */
    @Override
    public boolean asksAnew(ServerLink answering) {
        if (asked != null) {
            asked.markStaleOn(answering.conversation().prepared());
        }
        return false;
    }

    @Override
    public void refused(boolean writes) {
        takeBack().ifPresent(batch -> askPrimary(batch, writes));
        events.answered();
    }

    private void askPrimary(Batch batch, boolean writes) {
        if (writes && batch.bytes != null) {
            listener.learned().addAll(batch.bytes);
            batch.needs().forEach(statement -> listener.learned().add(statement.textHash()));
        }
        batch.attempts++;
        batch.allReads = false;
        batch.repeatable = false;
        batch.writes = true;
        events.goesToPrimary(batch, LastRoute.REFUSED);
    }

    @Override
    public void answeredAgain(ServerLink answering) {
        throw new IllegalStateException("a replica is not asked again");
    }

    @Override
    public void differs(ServerLink answering) {
        throw new IllegalStateException("the answers of a replica are not compared");
    }

    @Override
    public void copies(ServerLink answering) {
        // It is not remembered what it answers.
    }

    @Override
    public void streams(ServerLink answering) {
        // A switchover does not wait for replicas.
    }

    @Override
    public void failed() {
        // A read that fails changes nothing.
    }

    @Override
    public void completed(ServerLink answering, ByteBuf in, int at, int length) {
        // A read changes nothing.
    }

    @Override
    public void writabilityChanged() {
        events.writabilityChanged();
    }

    // ------------------------------------------------------------------ loss

    @Override
    public void connectFailed(ServerLink failed) {
        closed(failed);
    }

    @Override
    public void closed(ServerLink closed) {
        if (!closed.equals(link)) {
            return;
        }
        forgetLink(closed);
        avoidedUntilNanos = listener.clock().nanos() + AVOIDED_NANOS;
        if (!busy) {
            events.changed();
            return;
        }
        Optional<Batch> batch = takeBack();
        boolean unheard = !closed.isInsideMessage() && !closed.gate().answerBegan();
        if (batch.isPresent() && unheard) {
            events.goesToPrimary(batch.get(), LastRoute.REFUSED);
        } else {
            batch.ifPresent(Batch::release);
            loss.ofReplica(closed);
        }
        events.answered();
    }

    /** The client is gone. */
    void end() {
        takeBack().ifPresent(Batch::release);
        borrowing.end();
        giveBackIfFree();
        ServerLink last = link;
        if (last != null) {
            forgetLink(last);
            last.end();
        }
    }
}
