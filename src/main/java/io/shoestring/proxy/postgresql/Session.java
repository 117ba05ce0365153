package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.postgresql.BackendBodies;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.proxy.postgresql.statement.Classification;
import io.shoestring.proxy.postgresql.statement.ClientEncoding;
import io.shoestring.proxy.postgresql.statement.StatementUse;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A client that has logged in: where its requests go, what happens to them when a server dies, and
 * what its session is made of. Runs on the client's event loop only.
 *
 * <pre>
 *   request ─► dispatch ─► replica, if certainly a read and the replica has the session's own last write
 *                     └──► primary, of the newest epoch, within its lease; held while there is none
 * </pre>
 *
 * INVARIANT: nothing is sent twice unless it provably left nothing behind the first time.
 */
final class Session {
    private static final int ATTEMPTS_MAX = 3;
    private static final List<String> TELLTALE_TAGS = List.of("SET", "RESET", "LISTEN", "PREPARE");
    private static final long RETRY_MILLIS = 50;
    private static final long RETRY_MILLIS_MAX = 1_000;
    private static final long REPLICA_PATIENCE_MILLIS = 100;
    private static final long REPLICA_AVOIDED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ListenerContext listener;
    private final ClientConnection client;
    private final ClientIdentity identity;
    private final SessionState state = new SessionState();
    private final PreparedStatements statements = new PreparedStatements();
    private final Window window = new Window();

    private @Nullable ServerLink primary;
    private @Nullable ServerLink replica;
    private @Nullable Batch pending;
    private @Nullable Batch repeatable;
    private @Nullable ScheduledFuture<?> holdTimer;
    private @Nullable ScheduledFuture<?> retryTimer;
    private boolean countedHeld;
    private boolean starting = true;
    private boolean onPrimary;
    private boolean replicaBusy;
    private boolean replicaWaited;
    private boolean replicaUnfit;
    private long retryMillis = RETRY_MILLIS;
    private long replicaAvoidedUntilNanos;
    private long lastWriteNanos;
    private boolean wrote;
    private boolean skippingUntilSync;
    private byte statusAfterSkip = 'I';
    private boolean inFailedTransaction;
    private @Nullable String lostTransaction;
    private @Nullable String lostState;
    private boolean leaving;
    private boolean ended;
    private ClientEncoding encoding = ClientEncoding.UNSAFE;

    Session(ListenerContext listener, ClientConnection client, ClientIdentity identity) {
        this.listener = listener;
        this.client = client;
        this.identity = identity;
        this.replicaAvoidedUntilNanos = listener.clock().nanos();
    }

    /** Connects to the primary, which also tells what the client has to know of the server. */
    void begin() {
        if (listener.readsFromReplicas()) {
            connectReplica(listener.topology());
        }
        retry();
    }

    /** Whether the next message of the client can be taken. */
    boolean isAccepting() {
        return pending == null && !starting && !replicaBusy && !leaving && !ended;
    }

    /** Whether more should be read from the client: also not while a server does not take it. */
    boolean isReading() {
        return isAccepting() && (primary == null || primary.isWritable());
    }

    PreparedStatements statements() {
        return statements;
    }

    boolean isSkippingUntilSync() {
        return skippingUntilSync;
    }

    // ------------------------------------------------------------------ requests

    /** The client's Sync after an error that we answered: here the request ends. */
    void skippedUntilSync() {
        skippingUntilSync = false;
        client.write(Answers.ready(client.allocator(), statusAfterSkip));
        client.flush();
    }

    /** A complete batch. Takes it over. */
    void take(Batch batch) {
        retirePrimaryUnlessServing(listener.topology(), false);
        if (skippingUntilSync) {
            ignore(batch);
        } else if (lostState != null) {
            batch.release();
            endWith(Answers.sessionLost(listener.database(), lostState));
        } else if (lostTransaction != null) {
            answerForLostTransaction(batch, lostTransaction);
        } else {
            dispatch(batch);
        }
    }

    /** More bytes of a long message: they go where its beginning went. */
    void pass(ByteBuf bytes) {
        if (primary == null) {
            bytes.release();
            return;
        }
        primary.write(bytes);
        stopReadingUnlessWritable(primary);
    }

    /**
     * COPY data begin. The client need not wait for the server to ask for them, so whether they are
     * wanted the server knows; when it certainly has nothing to do they are not.
     *
     * @param isLast CopyDone or CopyFail: no more data follow
     */
    boolean takesCopyData(boolean isLast) {
        boolean taken = primary != null && primary.isUsable() && !primary.isQuiet();
        if (taken && isLast && primary != null) {
            primary.copyEnds();
        }
        return taken;
    }

    /** The client says goodbye: it still gets the answers to what it has asked. */
    void terminate() {
        leaving = true;
        leaveIfAnswered();
    }

    private void leaveIfAnswered() {
        if (leaving && (primary == null || primary.queue().clientEnds() == 0)) {
            client.close();
        }
    }

    private void dispatch(Batch batch) {
        if (batch.isOnlySync() && isIdle()) {
            batch.release();
            client.write(Answers.ready(client.allocator(), (byte) 'I'));
            client.flush();
            return;
        }
        if (!isPrimaryBound() && mayGoToReplica(batch) && sendToReplica(batch)) {
            return;
        }
        sendToPrimary(batch);
    }

    private boolean isIdle() {
        return !isPrimaryBound() && !inFailedTransaction;
    }

    private boolean isPrimaryBound() {
        return primary != null && primary.isUsable() && !primary.isFree();
    }

    private boolean mayGoToReplica(Batch batch) {
        return listener.readsFromReplicas()
                && batch.allReads
                && batch.ended
                && batch.missingBytes == 0
                && state.pin().isEmpty()
                && !replicaUnfit
                && !inFailedTransaction
                && batch.attempts == 0;
    }

    // ------------------------------------------------------------------ replica

    /**
     * Whether the replica has applied this session's last write. What is known of it from before
     * this connection does not count: the server may have crashed in between and come back older.
     */
    private boolean hasOwnWrites(ServerLink link) {
        if (!wrote) {
            return true;
        }
        boolean openedLater = link.readyAtNanos() - lastWriteNanos > 0;
        return listener.freshness()
                .covers(link.member().name(), openedLater ? link.readyAtNanos() : lastWriteNanos);
    }

    /**
     * Sends the batch to a replica, or waits a moment for one that is just being connected; false:
     * not now.
     */
    private boolean sendToReplica(Batch batch) {
        DatabaseTopology topology = listener.topology();
        retireReplicaUnlessServing(topology);
        if (replica == null) {
            connectReplica(topology);
        }
        ServerLink link = replica;
        if (link == null || (link.isUsable() && !hasOwnWrites(link))) {
            return false;
        }
        if (!link.isUsable()) {
            return waitForReplica(batch);
        }
        if (link.isRestoring() || restoreSettings(link)) {
            hold(batch, false);
            return true;
        }
        listener.counters().onReplicas.increment();
        link.beginWindow(true, batch.executes());
        prepareFor(link, batch);
        replicaBusy = true;
        keepForRepeating(batch);
        ByteBuf bytes = batch.takeBytes();
        batch.bytes = bytes.retainedDuplicate();
        link.write(bytes);
        return true;
    }

    private boolean waitForReplica(Batch batch) {
        if (replicaWaited) {
            return false;
        }
        replicaWaited = true;
        hold(batch, false);
        retryIn(REPLICA_PATIENCE_MILLIS);
        return true;
    }

    private void connectReplica(DatabaseTopology topology) {
        List<MemberSpec> candidates = topology.replicas();
        if (candidates.isEmpty() || listener.clock().nanos() - replicaAvoidedUntilNanos < 0) {
            return;
        }
        MemberSpec chosen = candidates.get(ThreadLocalRandom.current().nextInt(candidates.size()));
        replicaWaited = false;
        replica = connect(chosen, topology.epoch(), false);
    }

    private void retireReplicaUnlessServing(DatabaseTopology topology) {
        if (replica != null && !replicaBusy && !isServing(replica, topology)) {
            dropReplica();
        }
    }

    private static boolean isServing(ServerLink link, DatabaseTopology topology) {
        return link.epoch() == topology.epoch() && topology.replicas().contains(link.member());
    }

    private void dropReplica() {
        ServerLink link = replica;
        replica = null;
        if (link != null) {
            link.close();
        }
    }

    /**
     * The replica could not answer, because it is a replica: the primary can.
     *
     * @param writes what we took for a read wants to write; that is remembered
     */
    void replicaRefused(boolean writes) {
        replicaBusy = false;
        Batch batch = repeatable;
        repeatable = null;
        if (batch != null) {
            if (writes && batch.bytes != null) {
                listener.learned().addAll(batch.bytes);
                batch.needs().forEach(statement -> listener.learned().add(statement.textHash()));
            }
            batch.attempts++;
            batch.allReads = false;
            batch.repeatable = false;
            batch.writes = true;
            sendToPrimary(batch);
        }
        client.resume();
    }

    // ------------------------------------------------------------------ primary

    private void sendToPrimary(Batch batch) {
        boolean begins = !isPrimaryBound();
        if (begins) {
            enterPrimary();
        }
        ServerLink link = readyPrimary(begins);
        if (link == null) {
            if (begins) {
                leavePrimary();
            }
            hold(batch, true);
            return;
        }
        if (link.isRestoring() || restoreIfNeeded(link)) {
            hold(batch, false);
            return;
        }
        listener.counters().onPrimary.increment();
        if (link.takeFirstUse()) {
            tellChangedParameters(link);
        }
        send(link, batch);
    }

    /**
     * The connection on which a request may leave now: of the newest epoch, within the lease, not
     * held.
     */
    private @Nullable ServerLink readyPrimary(boolean begins) {
        DatabaseTopology topology = listener.topology();
        boolean outdated = primary != null && primary.epoch() != topology.epoch();
        if (outdated
                || topology.primary().isEmpty()
                || (begins && topology.holdWrites())
                || listener.clock().nanos() - topology.leaseDeadlineNanos() > 0) {
            return null;
        }
        if (primary == null) {
            primary = connect(topology.primary().orElseThrow(), topology.epoch(), true);
        }
        return primary != null && primary.isUsable() ? primary : null;
    }

    /** A connection of an older epoch must not be used any more, whatever its server says. */
    private void retirePrimaryUnlessServing(DatabaseTopology topology, boolean mayRepeat) {
        ServerLink link = primary;
        if (link != null && link.epoch() != topology.epoch()) {
            link.close();
            primaryLost(
                    link,
                    "another member became the primary of database " + listener.database(),
                    mayRepeat);
        }
    }

    /**
     * Puts a new server connection into the state that the client believes to be in; true: it is on
     * its way.
     */
    private boolean restoreIfNeeded(ServerLink link) {
        boolean settings = restoreSettings(link);
        if (!settings && !inFailedTransaction) {
            return false;
        }
        if (inFailedTransaction) {
            // The server itself then answers everything as in any failed transaction block.
            link.write(Requests.failedTransaction(client.allocator()));
            link.expectRestoring(false);
            link.expectRestoring(true);
        }
        return true;
    }

    /** Sends what the connection lacks of the session's settings; false: nothing. */
    private boolean restoreSettings(ServerLink link) {
        if (link.settingsApplied() == state.version()) {
            return false;
        }
        List<byte[]> missing = state.settingsSince(link.settingsApplied());
        for (byte[] setting : missing) {
            link.write(Requests.query(client.allocator(), setting));
            link.expectRestoring(false);
        }
        link.settingsAppliedUpTo(state.version());
        return !missing.isEmpty();
    }

    /** Everything of ours on a server connection is answered. */
    void ownRequestsDone(ServerLink link) {
        Optional<ErrorFields> failure = link.takeOwnFailure();
        if (failure.isPresent()) {
            restoringFailed(link, failure.get());
            return;
        }
        if (link == primary && link.status() == 'E') {
            inFailedTransaction = false;
        }
        retry();
    }

    private void restoringFailed(ServerLink link, ErrorFields failure) {
        if (link.isToPrimary()) {
            endWith(
                    Answers.sessionLost(
                            listener.database(),
                            "a SET could not be repeated: " + failure.message()));
        } else {
            replicaUnfit = true;
            dropReplica();
            retry();
        }
    }

    private void send(ServerLink link, Batch batch) {
        boolean first = link.isQuiet() && !link.isIgnoring();
        link.beginWindow(false, 0);
        window.add(batch, link.status());
        if (!batch.pins.isEmpty()) {
            state.pin(batch.pins);
        }
        if (batch.listens) {
            state.listen();
        }
        prepareFor(link, batch);
        releaseRepeatable();
        ByteBuf bytes = batch.takeBytes();
        if (first && batch.repeatable && batch.ended && batch.attempts < ATTEMPTS_MAX) {
            batch.bytes = bytes.retainedDuplicate();
            keepForRepeating(batch);
        }
        link.setUnsynced(link.isCopyingIn() || leavesUnsynced(link, batch));
        link.write(bytes);
        stopReadingUnlessWritable(link);
    }

    /** A Flush alone begins nothing. */
    private static boolean leavesUnsynced(ServerLink link, Batch batch) {
        return batch.isEmpty() ? link.isUnsynced() : !batch.ended;
    }

    private void stopReadingUnlessWritable(ServerLink link) {
        if (!link.isWritable()) {
            client.setReading(false);
        }
    }

    /**
     * A new primary may have other settings than the one before: the client is told, as a server
     * would.
     */
    private void tellChangedParameters(ServerLink link) {
        link.login()
                .parameters()
                .forEach(
                        (name, value) -> {
                            if (!value.equals(identity.known().put(name, value))) {
                                client.write(Answers.parameter(client.allocator(), name, value));
                            }
                        });
    }

    private void keepForRepeating(Batch batch) {
        releaseRepeatable();
        batch.attempts++;
        repeatable = batch;
    }

    private void prepareFor(ServerLink link, Batch batch) {
        if (link.isIgnoring()) {
            ignoredBy(link, batch);
            return;
        }
        for (String name : link.takeStale()) {
            link.write(Requests.closeStatement(client.allocator(), name));
            link.expectOwn(OutstandingQueue.CLOSE, null);
        }
        for (PreparedStatement statement : batch.needs()) {
            prepareOn(link, statement);
        }
        batch.enqueueOn(link);
        closeStatements(batch, link);
    }

    /** The server ignores the batch, except that a Sync is always answered. */
    private void ignoredBy(ServerLink link, Batch batch) {
        batch.undo(statements);
        if (batch.endsWithSync()) {
            link.expectSync();
        }
    }

    private void prepareOn(ServerLink link, PreparedStatement statement) {
        if (link.has(statement)) {
            return;
        }
        if (link.hasName(statement.name()) && !statement.name().isEmpty()) {
            link.write(Requests.closeStatement(client.allocator(), statement.name()));
            link.expectOwn(OutstandingQueue.CLOSE, null);
        }
        link.write(
                client.allocator().buffer(statement.parse().length).writeBytes(statement.parse()));
        link.expectOwn(OutstandingQueue.PARSE, statement);
    }

    private void enterPrimary() {
        if (!onPrimary) {
            onPrimary = true;
            // INVARIANT: counted before the topology is read; the node publishes a hold before it
            // reads the count.
            listener.counters().openTransactions.incrementAndGet();
        }
    }

    private void leavePrimary() {
        if (onPrimary) {
            onPrimary = false;
            listener.counters().openTransactions.decrementAndGet();
        }
    }

    // ------------------------------------------------------------------ waiting

    private void hold(Batch batch, boolean forPrimary) {
        pending = batch;
        if (forPrimary) {
            beginHold();
        }
        client.setReading(false);
    }

    private void beginHold() {
        if (holdTimer == null) {
            holdTimer =
                    client.loop()
                            .schedule(
                                    this::holdTimedOut,
                                    listener.holdMillis(),
                                    TimeUnit.MILLISECONDS);
        }
        if (!countedHeld && listener.topology().primary().isEmpty()) {
            countedHeld = true;
            listener.counters().held.incrementAndGet();
        }
    }

    private void endHold() {
        if (holdTimer != null) {
            holdTimer.cancel(false);
            holdTimer = null;
        }
        if (countedHeld) {
            countedHeld = false;
            listener.counters().held.decrementAndGet();
        }
    }

    /** Tries again what waits: something has changed. */
    private void retry() {
        if (ended) {
            return;
        }
        if (starting) {
            start();
            return;
        }
        if (pending == null) {
            return;
        }
        // While it waits nothing behind it is taken: answers that this may give come first.
        retirePrimaryUnlessServing(listener.topology(), false);
        Batch batch = pending;
        pending = null;
        take(batch);
        if (pending == null) {
            endHold();
            client.resume();
        }
        flushServers();
    }

    private void retryIn(long millis) {
        if (retryTimer == null) {
            retryTimer =
                    client.loop()
                            .schedule(
                                    () -> {
                                        retryTimer = null;
                                        retry();
                                    },
                                    millis,
                                    TimeUnit.MILLISECONDS);
        }
    }

    private void start() {
        ServerLink link = readyPrimary(false);
        if (link == null) {
            beginHold();
            return;
        }
        endHold();
        starting = false;
        client.welcome(link.login(), identity);
        encoding = identity.encoding();
        client.resume();
    }

    private void holdTimedOut() {
        holdTimer = null;
        endHold();
        DatabaseTopology topology = listener.topology();
        ErrorFields error =
                Answers.noPrimary(
                        listener.database(),
                        listener.holdMillis(),
                        topology,
                        topology.primary().flatMap(listener.complaints()::of));
        listener.counters().interrupted.increment();
        if (starting) {
            endWith(error);
            return;
        }
        refusePending(error);
    }

    /**
     * What waits will not be run. Whatever the client has open on the primary goes with it, because
     * its next requests must not land in a transaction that lacks this one; and what was sent
     * before is answered before.
     */
    private void refusePending(ErrorFields error) {
        ServerLink link = primary;
        if (link != null && isPrimaryBound()) {
            link.close();
            primaryLost(link, error.message(), false);
        }
        Batch batch = pending;
        pending = null;
        endHold();
        if (batch == null) {
            return;
        }
        if (skippingUntilSync) {
            ignore(batch);
        } else if (lostState != null) {
            batch.release();
            endWith(Answers.sessionLost(listener.database(), lostState));
        } else {
            answer(batch, error, statusAfterRefusal(batch));
        }
        client.resume();
    }

    private byte statusAfterRefusal(Batch batch) {
        boolean inBlock = lostTransaction != null || inFailedTransaction;
        lostTransaction = null;
        inFailedTransaction = inBlock && !batch.onlyCommits && !batch.onlyRollsBack;
        return (byte) (inFailedTransaction ? 'E' : 'I');
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

    /** The topology is another one. */
    void topologyChanged() {
        if (ended) {
            return;
        }
        DatabaseTopology topology = listener.topology();
        retryMillis = RETRY_MILLIS;
        retirePrimaryUnlessServing(topology, true);
        retireReplicaUnlessServing(topology);
        leaveReplicaThatIsGone(topology);
        retry();
    }

    /**
     * A replica that is no member of the database's service any more may never answer; what it was
     * asked, the primary is asked. One that has become the primary still answers.
     */
    private void leaveReplicaThatIsGone(DatabaseTopology topology) {
        ServerLink link = replica;
        if (link != null
                && replicaBusy
                && !topology.replicas().contains(link.member())
                && !topology.primary().equals(Optional.of(link.member()))) {
            link.close();
        }
    }

    // ------------------------------------------------------------------ answers

    void toClient(ByteBuf bytes) {
        if (ended) {
            bytes.release();
        } else {
            client.write(bytes);
        }
    }

    /** The client's bytes that came at once are all taken: what goes to a server goes now. */
    void flushServers() {
        if (primary != null) {
            primary.flush();
        }
        if (replica != null) {
            replica.flush();
        }
    }

    void flushClient() {
        client.flush();
    }

    void linkReady(ServerLink link) {
        link.readyAt(listener.clock().nanos());
        retryMillis = RETRY_MILLIS;
        link.setReading(client.isWritable());
        retry();
    }

    /** A request of the client has its last answer. */
    void answered(ServerLink link) {
        if (link == replica) {
            replicaBusy = false;
            releaseRepeatable();
        } else if (link == primary) {
            state.ready(link.status());
            // What was just SET on this very connection need not be repeated on it.
            link.settingsAppliedUpTo(state.version());
            if (link.isQuiet()) {
                windowEnded(link);
            }
            leaveIfAnswered();
        }
        client.resume();
    }

    private void windowEnded(ServerLink link) {
        releaseRepeatable();
        endWindow();
        if (link.status() == 'I') {
            leavePrimary();
        }
    }

    /** Nothing is on its way any more; what was may have written. */
    private void endWindow() {
        if (window.writes()) {
            wrote = true;
            lastWriteNanos = listener.clock().nanos();
        }
        window.clear();
    }

    void errorAnswered(ServerLink link) {
        if (link.isToPrimary()) {
            state.failed();
            window.failed();
        }
    }

    /** A command's tag passes by: some tell that the session has changed. */
    void completed(ServerLink link, ByteBuf in, int at, int length) {
        if (!link.isToPrimary()) {
            return;
        }
        // The first letter is enough for nearly all of them.
        switch (length > 0 ? in.getByte(at) : 0) {
            case 'S', 'R', 'L', 'P' -> changedSession(link, in, at, length);
            case 'C' -> {
                if (BackendBodies.commandTagStartsWith(in, at, length, "COMMIT")) {
                    state.committed();
                }
            }
            case 'D' -> {
                if (BackendBodies.commandTagStartsWith(in, at, length, "DISCARD ALL")) {
                    discardAll(link);
                } else if (BackendBodies.commandTagStartsWith(in, at, length, "DEALLOCATE ALL")) {
                    statements.clear();
                    link.forgetAllPrepared();
                    dropReplica();
                }
            }
            default -> {}
        }
    }

    private void changedSession(ServerLink link, ByteBuf in, int at, int length) {
        if (BackendBodies.commandTagStartsWith(in, at, length, "ROLLBACK")) {
            state.rolledBack();
        } else if (link.queue().subject() instanceof Effect.Setting setting
                && (BackendBodies.commandTagStartsWith(in, at, length, "SET")
                        || BackendBodies.commandTagStartsWith(in, at, length, "RESET"))) {
            state.done(setting.statement());
        } else if (window.hasUnread()) {
            pinByTag(in, at, length);
        }
    }

    /** A statement that was not understood has changed the session, as its answer tells. */
    private void pinByTag(ByteBuf in, int at, int length) {
        for (String tag : TELLTALE_TAGS) {
            boolean whole = length == tag.length() + 1;
            if (whole && BackendBodies.commandTagStartsWith(in, at, length, tag)) {
                state.pin(tag + " in a request that was not understood");
            }
        }
    }

    private void discardAll(ServerLink link) {
        statements.clear();
        state.clear(link.queue().size() > 1);
        link.forgetAllPrepared();
        dropReplica();
    }

    void parsed(PreparedStatement statement) {
        statements.confirm(statement);
    }

    void parseFailed(PreparedStatement statement) {
        statements.undo(statement);
    }

    /** An error made the server ignore the client's Close. */
    void closeIgnored(PreparedStatement statement) {
        statements.putBack(statement);
    }

    /**
     * The client closes statements on one server connection; the other must follow before its next
     * request.
     */
    private void closeStatements(Batch batch, ServerLink on) {
        ServerLink other = on == primary ? replica : primary;
        if (batch.destroysUnnamed) {
            on.forget("");
        }
        if (other == null) {
            return;
        }
        if (batch.destroysUnnamed) {
            other.markStale("");
        }
        for (PreparedStatement closed : batch.closes()) {
            other.markStale(closed.name());
        }
    }

    void parameterForwarded(String name, String value) {
        identity.known().put(name, value);
        encoding = identity.encoding();
    }

    void fakeAnswer(ServerLink link, byte kind) {
        client.write(Answers.fake(client.allocator(), kind, link.status()));
    }

    void linkWritabilityChanged() {
        client.setReading(isReading());
    }

    void clientWritabilityChanged(boolean writable) {
        if (primary != null) {
            primary.setReading(writable);
        }
        if (replica != null) {
            replica.setReading(writable);
        }
    }

    // ------------------------------------------------------------------ loss

    void linkClosed(ServerLink link, boolean expected) {
        if (ended) {
            return;
        }
        if (link == replica) {
            replicaLost(link);
        } else if (link == primary) {
            if (link.login().isDone()) {
                primaryLost(link, lossReason(link), true);
                retryIn(RETRY_MILLIS);
            } else {
                primaryRefused(link);
            }
        }
    }

    /** A connection could not be opened. */
    void connectFailed(ServerLink link) {
        if (ended) {
            return;
        }
        if (link == replica) {
            replicaLost(link);
        } else if (link == primary) {
            primary = null;
            retryLater();
        }
    }

    /** A server that cannot be had is asked again ever more seldom, until something changes. */
    private void retryLater() {
        retryIn(retryMillis);
        retryMillis = Math.min(retryMillis * 2, RETRY_MILLIS_MAX);
    }

    private String lossReason(ServerLink link) {
        return "member "
                + link.member().name()
                + " ("
                + link.member().endpoint()
                + ") "
                + link.complaint().orElse("closed the connection")
                + link.fatal().map(error -> ", saying: " + error.message()).orElse("");
    }

    private void primaryRefused(ServerLink link) {
        primary = null;
        Optional<ErrorFields> refusal = link.login().failure();
        if (refusal.isPresent() && !Answers.passes(refusal.get())) {
            endWith(refusal.get());
        } else {
            retryLater();
        }
    }

    private void replicaLost(ServerLink link) {
        replica = null;
        replicaAvoidedUntilNanos = listener.clock().nanos() + REPLICA_AVOIDED_NANOS;
        if (!replicaBusy) {
            retry();
            return;
        }
        replicaBusy = false;
        Batch batch = repeatable;
        repeatable = null;
        if (link.isInsideMessage()) {
            release(batch);
            client.close();
        } else if (batch != null && !link.answerBegan()) {
            sendToPrimary(batch);
        } else {
            release(batch);
            link.undoRequests();
            listener.counters().interrupted.increment();
            client.write(
                    Answers.error(client.allocator(), Answers.readInterrupted(lossReason(link))));
            client.write(Answers.ready(client.allocator(), (byte) 'I'));
            client.flush();
        }
        client.resume();
    }

    private void primaryLost(ServerLink link, String why, boolean mayRepeat) {
        primary = null;
        Batch batch = repeatable;
        repeatable = null;
        int ends = link.queue().clientEnds();
        boolean unsynced = link.isUnsynced();
        leavePrimary();
        if (link.isInsideMessage()) {
            release(batch);
            client.close();
        } else if (state.pin().isPresent()) {
            release(batch);
            stateLost(
                    ends > 0 || unsynced || state.isListening(),
                    state.pin().orElseThrow() + "; " + why);
        } else if (ends == 0 && !unsynced) {
            release(batch);
            idleLoss(link, why);
        } else if (mayRepeat
                && batch != null
                && pending == null
                && !link.answerBegan()
                && window.isRepeatable()) {
            endWindow();
            hold(batch, true);
        } else {
            release(batch);
            answerInterrupted(link, ends, unsynced, why);
        }
        endWindow();
        state.lost();
        leaveIfAnswered();
        client.resume();
    }

    private void stateLost(boolean clientWaits, String reason) {
        lostState = reason;
        if (clientWaits) {
            endWith(Answers.sessionLost(listener.database(), reason));
        }
    }

    private void idleLoss(ServerLink link, String why) {
        if (link.status() == 'T') {
            lostTransaction = why;
        } else if (link.status() == 'E') {
            inFailedTransaction = true;
        }
    }

    /**
     * Requests were on their way and their answers will not come: say what is known of each, and no
     * more.
     */
    private void answerInterrupted(ServerLink link, int ends, boolean unsynced, String why) {
        link.undoRequests();
        boolean unknown = window.mayHaveCommitted();
        boolean block = !unknown && (link.status() != 'I' || window.began());
        ErrorFields error =
                unknown
                        ? Answers.outcomeUnknown(why)
                        : block ? Answers.transactionLost(why) : Answers.readInterrupted(why);
        (unknown ? listener.counters().unknownOutcomes : listener.counters().interrupted)
                .increment();
        // What the client has in mind: its next requests belong to the block that it began.
        byte status = (byte) (window.isInBlock() ? 'E' : 'I');
        inFailedTransaction = window.isInBlock();
        for (int i = 0; i < ends; i++) {
            client.write(Answers.error(client.allocator(), error));
            client.write(Answers.ready(client.allocator(), status));
        }
        if (link.isIgnoring()) {
            // The client has its error already.
            skippingUntilSync = true;
            statusAfterSkip = status;
        } else if (unsynced) {
            skipUntilSync(error, status);
        }
        client.flush();
        client.resume();
    }

    private void skipUntilSync(ErrorFields error, byte status) {
        client.write(Answers.error(client.allocator(), error));
        skippingUntilSync = true;
        statusAfterSkip = status;
    }

    /** The client's open transaction was lost while it was idle: its next request learns of it. */
    private void answerForLostTransaction(Batch batch, String why) {
        lostTransaction = null;
        if (batch.onlyRollsBack) {
            inFailedTransaction = true;
            dispatch(batch);
            return;
        }
        boolean ends = batch.onlyCommits;
        inFailedTransaction = !ends;
        listener.counters().interrupted.increment();
        answer(batch, Answers.transactionLost(why), (byte) (ends ? 'I' : 'E'));
    }

    /** Answers a batch with an error, in the way of the protocol, and lets it go. */
    private void answer(Batch batch, ErrorFields error, byte status) {
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

    // ------------------------------------------------------------------ connections, cancel, end

    private @Nullable ServerLink connect(MemberSpec member, long epoch, boolean toPrimary) {
        ServerLogin login = new ServerLogin(identity, listener.random());
        ServerLink link = new ServerLink(this, member, epoch, toPrimary, login);
        listener.connect(client.loop(), member, link, () -> connectFailed(link));
        return link;
    }

    /** The client asks to cancel what it runs. */
    void cancel() {
        if (replicaBusy && replica != null) {
            listener.cancel(client.loop(), replica);
        } else if (primary != null && !primary.isQuiet()) {
            if (!primary.isRestoring()) {
                listener.cancel(client.loop(), primary);
            }
        } else if (pending != null && holdTimer != null) {
            refusePending(Answers.canceled());
        }
    }

    private void endWith(ErrorFields error) {
        client.fail(error);
    }

    private void releaseRepeatable() {
        release(repeatable);
        repeatable = null;
    }

    private static void release(@Nullable Batch batch) {
        if (batch != null) {
            batch.release();
        }
    }

    /** The client is gone. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        endHold();
        if (retryTimer != null) {
            retryTimer.cancel(false);
        }
        leavePrimary();
        release(pending);
        pending = null;
        releaseRepeatable();
        if (primary != null && client.isInsideMessage()) {
            // A goodbye would become the end of the message, which the server might run.
            primary.close();
        } else if (primary != null) {
            primary.end();
        }
        if (replica != null) {
            replica.end();
        }
    }

    Complaints complaints() {
        return listener.complaints();
    }

    /** For building a batch: texts that look like reads and have turned out to be none. */
    Learned learned() {
        return listener.learned();
    }

    Optional<StatementUse> statementUse(ByteBuf in, int at, int length) {
        return listener.classifier().statementUse(in, at, length);
    }

    Classification classify(ByteBuf in, int at, int length) {
        return listener.classifier().classify(in, at, length, encoding);
    }
}
