package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.SessionChange;
import io.shoestring.proxy.mysql.statement.PinReason;

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
    private final Turn turn;
    private final Welcome welcome;
    private final TransactionReplay replay;
    private final Losses losses;
    private final Departure departure;
    private boolean ended;

    Session(MysqlContext listener, ClientConnection client, ClientIdentity identity) {
        this.context = SessionContext.of(listener, client, identity);
        this.listener = listener;
        this.client = client;
        this.state = context.state();
        this.statements = context.statements();
        this.reader =
                new CommandReader(
                        listener.statementsOn(client.loop()), statements, state, context.shares());
        this.restoring = new Restoring(client.allocator(), this);
        this.reads = new ReadRule(listener);
        this.primary = new PrimarySide(context, this, restoring, this::go);
        this.replica = new ReplicaSide(context, this, restoring, reads, this::go);
        this.waiting = new Waiting(listener, client.loop(), this::go, this::waitedTooLong);
        this.pins = new Pins(state, listener.counters());
        this.open = new OpenCount(listener.counters().openTransactions);
        this.conclusion = new Conclusion(context, pins, reads);
        this.turn = new Turn(client, listener.clock().nanos());
        this.welcome = new Welcome(context, conclusion);
        this.replay = new TransactionReplay(context, restoring, new Carried());
        this.route = new Route(context, primary, replica, reads, open, waiting, replay);
        this.losses = new Losses(context, primary, replica, turn, replay, open);
        this.intake = new CommandIntake(context, reader, this, route.lastRoute());
        this.departure =
                new Departure(
                        context,
                        primary,
                        replica,
                        restoring,
                        replay,
                        waiting,
                        turn,
                        route,
                        conclusion,
                        this::fail);
    }

    private final class Carried implements TransactionReplay.Events {
        @Override
        public void goesOn() {
            go();
        }

        @Override
        public void retryLater() {
            waiting.retryLater();
        }

        @Override
        public void refuses(ErrorPacket error) {
            tell(losses.notCarriedOver(error));
        }
    }

    /** Connects to the primary; the client gets its OK when that lets it in. */
    void begin() {
        go();
    }

    // ------------------------------------------------------------------ from the client

    /** Whether the next command may come, or a file. */
    boolean isReading() {
        return welcome.isOver()
                && !ended
                && !intake.isBusy()
                && (turn.request() == null || wantsFile());
    }

    boolean wantsFile() {
        ServerLink link = primary.get();
        return turn.isSent() && link != null && link.wantsFile();
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
        turn.begin(next);
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
        if (ended || turn.isSent() || restoring.isBusy() || hasNothingToDo()) {
            return;
        }
        if (primary.isOutdated()) {
            dropPrimary("it is not the primary any more", false);
        }
        Request next = turn.request();
        if (ended || refusesNow(next)) {
            return;
        }
        ServerLink link = next == null ? route.toPrimary() : route.of(next);
        if (link == null && route.waitsForFresh()) {
            client.loop().schedule(this::go, FRESH_MILLIS, TimeUnit.MILLISECONDS);
        } else if (link == null) {
            open.now(state.isInTransaction() && !replay.isToBegin());
            boolean queued = primary.isQueued() || replica.isQueued();
            waiting.begin(queued ? Waiting.For.CONNECTION : Waiting.For.PRIMARY);
        } else if (link.isReady() && next != null) {
            if (departure.leave(link, next)) {
                done();
            }
        } else if (link.isReady()) {
            enter(link);
        }
    }

    private boolean hasNothingToDo() {
        return welcome.isOver() && turn.request() == null;
    }

    private boolean refusesNow(@Nullable Request next) {
        if (next == null) {
            return false;
        }
        Optional<ErrorPacket> refusal =
                losses.refusal(next)
                        .or(
                                () ->
                                        route.asksElsewhere(next)
                                                ? Optional.of(Refusals.lastIsElsewhere())
                                                : Optional.empty());
        refusal.ifPresent(this::fail);
        return refusal.isPresent();
    }

    private void done() {
        turn.end();
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
        if (welcome.isOver()) {
            tell(losses.waitedTooLong(error));
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
            if (!turn.isSent()) {
                dropPrimary("it is not the primary any more", false);
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
        if (link == primary.get() && !welcome.isOver()) {
            welcome.answered(ok);
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
        if (turn.request() == null && welcome.isOver()) {
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
        } else if (!welcome.isOver()) {
            primary.drop();
            client.refuse(why);
        } else {
            primary.drop();
            fatal(Refusals.notRestored(link, why));
        }
    }

    @Override
    public void notPrepared(ServerLink link) {
        if (replay.isPending()) {
            tell(losses.notCarriedOver(Loss.transactionLost(Refusals.notPrepared(link).message())));
        } else {
            fail(Refusals.notPrepared(link));
        }
    }

    /** A connection that was there before has to have the client's default schema. */
    private void enter(ServerLink link) {
        welcome.isServedBy(link);
        if (restoring.hasShape(link, state.shape())) {
            waiting.end();
            welcome.say(link);
            open.now(false);
            giveBackIfFree();
            client.resume();
        }
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
            if (welcome.isOver()) {
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
        Request waits = turn.request();
        if (waits != null) {
            waits.onlyOnPrimary();
        }
    }

    /** The connection goes, and nothing is on its way on it. */
    private void dropPrimary(String why, boolean byServer) {
        ServerLink gone = primary.get();
        if (gone != null) {
            losses.ofIdle(gone, why, byServer).ifPresent(this::tell);
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
        Request running = turn.request();
        if (running != null && turn.isSent() && exchange != null) {
            losses.ofBusy(link, exchange, running, why).ifPresent(this::tell);
        } else if (replica.has(link)) {
            giveUpReplica(why);
        } else {
            dropPrimary(why, true);
        }
        if (!ended && !turn.isSent()) {
            waiting.retryLater();
            go();
        }
    }

    /** The client hears what has become of what it had. */
    private void tell(Losses.Word word) {
        switch (word) {
            case Losses.Word.Answer(ErrorPacket error) -> fail(error);
            case Losses.Word.Fatal(ErrorPacket error, int number) -> {
                waiting.end();
                client.fail(error, number);
            }
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
            conclusion.changed(turn.request(), changes);
            link.hasShape(state.shape());
            heard(link, changes);
        }
        return conclusion.shown(changes);
    }

    private void heard(ServerLink link, List<SessionChange> changes) {
        for (SessionChange change : changes) {
            if (change instanceof SessionChange.Variable(String name, String value, _)
                    && name.equals("last_gtid")) {
                listener.lastCommit().heard(link.epoch(), value);
            }
        }
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

    private void measure(ServerLink link, Exchange exchange, boolean fromReplica) {
        exchange.measure(listener.members().of(link.member().name().value()), fromReplica);
        boolean refused = fromReplica && AnswerReader.isReadOnly(exchange.errorCode());
        if (exchange.errorCode() != 0 && !refused) {
            listener.counters().errors.countNumber(exchange.errorCode());
        }
    }

    @Override
    public void answered(ServerLink link, Exchange exchange) {
        Request done = turn.request();
        if (done == null) {
            return;
        }
        boolean fromReplica = replica.has(link);
        measure(link, exchange, fromReplica);
        if (fromReplica && !exchange.isBegun() && AnswerReader.isReadOnly(exchange.errorCode())) {
            listener.learned().add(done);
            done.onlyOnPrimary();
            turn.isBack();
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
        done();
    }

    private void concluded(ServerLink link, Request done, Exchange exchange) {
        conclusion.answered(done, exchange);
        replay.answered(done, exchange);
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
        replay.refused();
        open.now(state.isInTransaction());
        turn.fail(error, 1);
        giveBackIfFree();
        client.resume();
    }

    private void fatal(ErrorPacket error) {
        client.fail(error, turn.request() == null ? 0 : 1);
    }

    private Optional<ServerLink> busyLink() {
        return Optional.ofNullable(primary.get())
                .filter(link -> turn.isSent() && link.clients() != null)
                .or(
                        () ->
                                Optional.ofNullable(replica.get())
                                        .filter(link -> turn.isSent() && link.clients() != null));
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

    /** What the operator is told of it. */
    Census.ClientRow row() {
        return new Census.ClientRow(
                client.connectionId(),
                identity().user(),
                state.schema(),
                client.host(),
                client.port(),
                turn.state(),
                turn.cameNanos(),
                state.isInTransaction(),
                state.keeps(),
                Census.ServerRow.of(primary.get()),
                Census.ServerRow.of(replica.get()));
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
        replay.giveUp();
        turn.end();
    }
}
