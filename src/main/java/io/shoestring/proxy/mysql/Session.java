package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.ServerStatus;
import io.shoestring.protocol.mysql.SessionChange;
import io.shoestring.protocol.mysql.SqlState;
import io.shoestring.proxy.mysql.statement.PinReason;
import io.shoestring.proxy.mysql.statement.StatementKind;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One client's session: which server gets its command, and when; what becomes of a command whose
 * server dies ({@link Loss}). One command at a time. On the client's event loop.
 */
final class Session implements LinkOwner, Restoring.Events {
    /** How fresh a replica is becomes known every few milliseconds. */
    private static final long FRESH_MILLIS = 5;

    private final SessionContext context;
    private final MysqlContext listener;
    private final ClientConnection client;
    private final SessionState state;
    private final Statements statements;
    private final CommandReader reader;
    private final Restoring restoring;
    private final PrimarySide primary;
    private final ReplicaSide replica;
    private final ReadRule reads;
    private final Waiting waiting;
    private final Pins pins;
    private final OpenCount open;
    private final Conclusion conclusion;
    private final FileTransfer file = new FileTransfer();
    private final CommandIntake intake;
    private final Route route;
    private @Nullable Request request;
    private Optional<OkPacket> firstOk = Optional.empty();
    private boolean welcomed;
    private boolean sent;
    private boolean ended;
    private boolean transactionLost;

    Session(MysqlContext listener, ClientConnection client, ClientIdentity identity) {
        this.context = SessionContext.of(listener, client, identity);
        this.listener = listener;
        this.client = client;
        this.state = context.state();
        this.statements = context.statements();
        this.reader =
                new CommandReader(
                        listener.meterOn(client.loop()), statements, state, context.shares());
        this.restoring = new Restoring(client.allocator(), this);
        this.reads = new ReadRule(listener);
        this.primary = new PrimarySide(context, this, restoring, this::go);
        this.replica = new ReplicaSide(context, this, restoring, reads, this::go);
        this.waiting = new Waiting(listener, client.loop(), this::go, this::waitedTooLong);
        this.pins = new Pins(state, listener.counters());
        this.open = new OpenCount(listener.counters().openTransactions);
        this.conclusion = new Conclusion(context, pins, reads);
        this.intake = new CommandIntake(context, reader, this);
        this.route = new Route(context, primary, replica, reads, open, waiting);
    }

    /** Connects to the primary; the client gets its OK when that lets it in. */
    void begin() {
        go();
    }

    // ------------------------------------------------------------------ from the client

    /** Whether the next command may come, or a file. */
    boolean isReading() {
        return welcomed && !ended && (request == null || wantsFile());
    }

    boolean wantsFile() {
        ServerLink link = primary.get();
        return sent && request != null && link != null && link.wantsFile();
    }

    /** The client's file, as it comes; an empty packet ends it. */
    boolean readFile(ByteBuf in) {
        ServerLink link = primary.get();
        return link != null && in.isReadable() && file.read(in, link, client);
    }

    /** A whole command. Takes it over. */
    void command(ByteBuf bytes) {
        intake.command(bytes);
    }

    /** The client's next command. */
    void begin(Request next) {
        request = next;
        sent = false;
        go();
    }

    /** The client does not need the statement any more. */
    void closed(Prepared gone) {
        CommandIntake.closeAt(primary.get(), gone);
        CommandIntake.closeAt(replica.get(), gone);
        conclusion.pinOpen();
        giveBackIfFree();
    }

    // ------------------------------------------------------------------ where it goes

    /** Does what can be done now for the log-in, or for the command that waits. */
    private void go() {
        if (ended || sent || restoring.isBusy() || (welcomed && request == null)) {
            return;
        }
        if (primary.isOutdated()) {
            dropPrimary("it is not the primary any more");
        }
        Request next = request;
        if (ended || refusesNow(next)) {
            return;
        }
        ServerLink link = next == null ? route.toPrimary() : route.of(next);
        if (link == null && route.waitsForFresh()) {
            client.loop().schedule(this::go, FRESH_MILLIS, TimeUnit.MILLISECONDS);
        } else if (link == null) {
            open.now(state.isInTransaction());
            boolean queued = primary.isQueued() || replica.isQueued();
            waiting.begin(queued ? Waiting.For.CONNECTION : Waiting.For.PRIMARY);
        } else if (link.isReady() && next != null) {
            sendWhenRestored(link, next);
        } else if (link.isReady()) {
            enter(link);
        }
    }

    private boolean refusesNow(@Nullable Request next) {
        if (next == null) {
            return false;
        }
        boolean lost = transactionLost && next.kind() != StatementKind.ROLLBACK;
        transactionLost = false;
        if (lost) {
            fail(Loss.transactionLost("its server is gone"));
        } else if (route.asksElsewhere(next)) {
            lost = true;
            fail(Refusals.lastIsElsewhere());
        }
        return lost;
    }

    /** Makes the connection what the client believes its own to be, and then sends. */
    private void sendWhenRestored(ServerLink link, Request next) {
        boolean isLast = link == replica.get() && next.classification().lastAnswer();
        Prepared statement = next.statement();
        if (statement != null && link.statements().find(statement) == null) {
            if (statement.hasLongData()) {
                statement.longData(false);
                fail(Refusals.longDataGone());
            } else if (!next.mayPrepareAgain()) {
                fail(Refusals.openIsGone());
            } else {
                restoring.hasPrepared(link, statement);
            }
            return;
        }
        if (isLast || restoring.hasShape(link, state.shape())) {
            send(link, next);
        }
    }

    private void send(ServerLink link, Request next) {
        waiting.end();
        sent = true;
        boolean fromReplica = replica.has(link);
        Exchange exchange = Exchange.ofClient(next.command().answer());
        if (next.figures() != null) {
            exchange.measured(next.figures(), listener.timer().now());
        }
        if (fromReplica) {
            exchange.holdingReadOnly();
            listener.counters().onReplicas.increment();
        } else {
            listener.counters().onPrimary.increment();
            conclusion.sending(next);
            if (context.shares() && next.classification().calls() && link.takeFirstUse()) {
                restoring.giveInsertId(link, state.insertId());
            }
        }
        link.send(exchange, next.bytesFor(link, client.allocator()));
        if (exchange.answer() == Command.Answer.NONE) {
            done(next);
        }
    }

    private void done(Request answered) {
        request = null;
        sent = false;
        answered.release();
        giveBackIfFree();
        client.resume();
    }

    // ------------------------------------------------------------------ waiting

    private void waitedTooLong() {
        ErrorPacket error =
                primary.isQueued() || replica.isQueued()
                        ? Refusals.allInUse(context, primary, replica)
                        : Refusals.noPrimary(listener);
        primary.stopWaiting();
        replica.stopWaiting();
        if (welcomed) {
            fail(error);
        } else {
            waiting.end();
            client.refuse(error);
        }
    }

    /** Who is what has changed. */
    void topologyChanged() {
        if (ended) {
            return;
        }
        waiting.stopPausing();
        if (primary.isOutdated()) {
            ServerLink gone = primary.get();
            if (request == null || !sent) {
                dropPrimary("it is not the primary any more");
            } else if (gone != null && gone.clients() != null) {
                gone.end();
                lost(gone, "it is not the primary any more");
            }
        }
        go();
    }

    // ------------------------------------------------------------------ from the servers

    @Override
    public boolean isClient() {
        return true;
    }

    @Override
    public long now() {
        return listener.clock().nanos();
    }

    @Override
    public void ready(ServerLink link, OkPacket ok) {
        if (ended) {
            link.end();
            return;
        }
        if (link == primary.get() && !welcomed) {
            firstOk = Optional.of(ok);
            state.answered(ok.status(), true);
        }
        restoring.track(link);
        go();
    }

    @Override
    public void restored() {
        if (!ended) {
            go();
            giveBackIfFree();
        }
    }

    private void giveBackIfFree() {
        if (request == null && welcomed) {
            primary.giveBackIfFree();
            replica.giveBackIfFree();
        }
    }

    @Override
    public void notTracked(ServerLink link) {
        if (link == primary.get()) {
            pins.add(PinReason.NOT_TRACKED);
        }
    }

    @Override
    public void notRestored(ServerLink link, ErrorPacket why) {
        if (replica.has(link)) {
            giveUpReplica("it does not take the session's variables: " + why.message());
            go();
        } else if (!welcomed) {
            primary.drop();
            client.refuse(why);
        } else {
            primary.drop();
            fatal(Refusals.notRestored(link, why));
        }
    }

    @Override
    public void notPrepared(ServerLink link) {
        fail(Refusals.notPrepared(link));
    }

    /** A connection that was there before has to have the client's default schema. */
    private void enter(ServerLink link) {
        if (firstOk.isEmpty()) {
            OkPacket ok = OkPacket.plain(link.fresh().autocommit() ? ServerStatus.AUTOCOMMIT : 0);
            firstOk = Optional.of(ok);
            state.answered(ok.status(), true);
        }
        if (restoring.hasShape(link, state.shape())) {
            welcome(link, firstOk.get());
        }
    }

    private void welcome(ServerLink link, OkPacket ok) {
        welcomed = true;
        waiting.end();
        if (context.identity().credentials() instanceof Credentials.Password password) {
            listener.passwordCache().keep(context.identity().user(), password.bytes());
        }
        link.reported().ifPresent(state::tracked);
        client.welcomed();
        ByteBuf out = client.allocator().buffer(64);
        ok.with(conclusion.shown(ok.changes())).write(out, client.nextNumber());
        client.write(out);
        client.flush();
        open.now(false);
        giveBackIfFree();
        client.resume();
    }

    @Override
    public void refused(ServerLink link, ErrorPacket error) {
        if (replica.has(link)) {
            giveUpReplica("it refuses the log-in: " + error.message());
            go();
        } else if (Loss.isTransient(error)) {
            unreachable(link, error.message());
        } else {
            primary.drop();
            listener.passwordCache().forget(context.identity().user());
            if (welcomed) {
                fatal(error);
            } else {
                client.refuse(error);
            }
        }
    }

    @Override
    public void unreachable(ServerLink link, String why) {
        listener.complaints().about(link.member(), "cannot be used: " + why);
        if (ended) {
            return;
        }
        if (replica.has(link)) {
            giveUpReplica(why);
        } else if (link == primary.get()) {
            primary.drop();
            waiting.retryLater();
        }
        go();
    }

    /** The command that waits goes to the primary, and this replica is let go. */
    private void giveUpReplica(String why) {
        ServerLink gone = replica.get();
        if (gone != null) {
            listener.complaints().about(gone.member(), "is not read from: " + why);
        }
        replica.drop();
        if (request != null) {
            request.onlyOnPrimary();
        }
    }

    /** The connection goes, and nothing is on its way on it. */
    private void dropPrimary(String why) {
        ServerLink gone = primary.get();
        if (gone == null) {
            return;
        }
        primary.drop();
        if (state.isPinned()) {
            listener.counters().interrupted.increment();
            fatal(Loss.sessionLost(gone, why, state.pins()));
        } else if (state.isInTransaction()) {
            state.transactionLost();
            open.now(false);
            transactionLost = true;
            listener.counters().interrupted.increment();
        }
    }

    @Override
    public void lost(ServerLink link, String why) {
        if (ended || (link != primary.get() && !replica.has(link))) {
            return;
        }
        restoring.abandon(link);
        listener.complaints().about(link.member(), "is gone: " + why);
        Exchange exchange = link.clients();
        Request running = request;
        if (running != null && sent && exchange != null) {
            lostWithRequest(link, exchange, running, why);
        } else if (replica.has(link)) {
            giveUpReplica(why);
            go();
        } else {
            dropPrimary(why);
            if (!ended) {
                waiting.retryLater();
                go();
            }
        }
    }

    private void lostWithRequest(ServerLink link, Exchange exchange, Request running, String why) {
        boolean fromReplica = replica.has(link);
        if (fromReplica) {
            replica.drop();
        } else {
            primary.drop();
        }
        boolean inside = state.isInTransaction() || !state.isAutocommit();
        if (!exchange.isBegun()
                && (fromReplica || (!inside && running.isRepeatable()))
                && !state.isPinned()) {
            running.onlyOnPrimary();
            sent = false;
            waiting.retryLater();
            go();
            return;
        }
        listener.counters().interrupted.increment();
        ErrorPacket error = Loss.of(running, inside, link, why);
        if (error.sqlState().equals(SqlState.OUTCOME_UNKNOWN)) {
            listener.counters().unknownOutcomes.increment();
        }
        state.transactionLost();
        open.now(false);
        if (exchange.isBegun()) {
            // The client is inside of an answer that has no end any more.
            client.fail(error, exchange.nextNumber());
        } else if (!fromReplica && state.isPinned()) {
            client.fail(error, 1);
        } else {
            fail(error);
        }
    }

    @Override
    public void answer(ByteBuf bytes) {
        client.write(bytes);
    }

    @Override
    public List<SessionChange> changed(
            ServerLink link, Exchange exchange, List<SessionChange> changes) {
        if (exchange.isClients() && link == primary.get()) {
            conclusion.changed(request, changes);
            link.hasShape(state.shape());
        }
        return conclusion.shown(changes);
    }

    @Override
    public int prepared(
            ServerLink link, Exchange exchange, int serverId, ByteBuf packet, int body) {
        Prepared statement = exchange.isClients() ? reader.newest() : restoring.preparing();
        if (statement == null) {
            return serverId;
        }
        if (exchange.isClients()) {
            statement.parameters(packet.getUnsignedShortLE(body + 7));
            statements.add(statement);
        }
        link.closeStatements(link.statements().add(statement, serverId));
        return statement.id();
    }

    @Override
    public void fileWanted(ServerLink link) {
        file.begin();
        client.flush();
        client.resume();
    }

    @Override
    public void answered(ServerLink link, Exchange exchange) {
        Request done = request;
        if (done == null) {
            return;
        }
        boolean fromReplica = replica.has(link);
        exchange.measure(listener.timer(), fromReplica);
        if (fromReplica && !exchange.isBegun() && AnswerReader.isReadOnly(exchange.errorCode())) {
            done.onlyOnPrimary();
            sent = false;
            go();
            return;
        }
        route.answered(link);
        if (!fromReplica) {
            concluded(link, done, exchange);
        }
        if (context.shares()) {
            // Whoever has the connection next does not flush what it has for this client.
            client.flush();
        }
        done(done);
    }

    private void concluded(ServerLink link, Request done, Exchange exchange) {
        conclusion.answered(done, exchange);
        if (done.command() == Command.RESET_CONNECTION && exchange.isDone()) {
            reset(link);
        } else if (done.classification().tracks() && exchange.isDone()) {
            restoring.track(link);
        }
        link.hasShape(state.shape());
        link.gaveInsertId(exchange.insertId());
        open.now(state.isInTransaction());
    }

    private void reset(ServerLink link) {
        pins.clear();
        state.reset(link.fresh().autocommit());
        statements.clear();
        link.statements().clear();
        if (!context.shares()) {
            replica.drop();
        }
        restoring.track(link);
    }

    @Override
    public void flush() {
        client.flush();
    }

    @Override
    public void linkWritabilityChanged(boolean writable) {
        if (wantsFile()) {
            client.setReading(writable);
        }
    }

    /** Whether the client takes what it is sent has changed. */
    void clientWritabilityChanged(boolean writable) {
        Optional.ofNullable(primary.get()).ifPresent(link -> link.setReading(writable));
        Optional.ofNullable(replica.get()).ifPresent(link -> link.setReading(writable));
    }

    // ------------------------------------------------------------------ ends

    /** The command is answered with an error, and the session goes on. */
    private void fail(ErrorPacket error) {
        waiting.end();
        Request failed = request;
        request = null;
        sent = false;
        open.now(state.isInTransaction());
        if (failed != null) {
            Prepared statement = failed.statement();
            if (failed.command().answer() != Command.Answer.NONE) {
                client.error(error, 1);
            } else if (statement != null) {
                statement.longDataFailed(error);
            }
            failed.release();
        }
        giveBackIfFree();
        client.resume();
    }

    private void fatal(ErrorPacket error) {
        client.fail(error, request == null ? 0 : 1);
    }

    private Optional<ServerLink> busyLink() {
        return Optional.ofNullable(primary.get())
                .filter(link -> sent && link.clients() != null)
                .or(
                        () ->
                                Optional.ofNullable(replica.get())
                                        .filter(link -> sent && link.clients() != null));
    }

    /** The server connection that a KILL is about, which nobody else gets after it. */
    Optional<ServerLink> killable() {
        Optional<ServerLink> link =
                busyLink().or(() -> Optional.ofNullable(primary.get()).filter(ServerLink::isReady));
        link.ifPresent(ServerLink::killing);
        return link;
    }

    /** Somebody has killed this session. */
    void killed() {
        if (!ended) {
            fatal(Refusals.killed());
        }
    }

    /** Who is the client. */
    ClientIdentity identity() {
        return context.identity();
    }

    /** Whether the client is gone, or goes. */
    boolean isEnded() {
        return ended;
    }

    /** The client is gone, or goes. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        waiting.end();
        waiting.stopPausing();
        primary.end();
        replica.end();
        pins.clear();
        open.now(false);
        if (request != null) {
            request.release();
            request = null;
        }
    }
}
