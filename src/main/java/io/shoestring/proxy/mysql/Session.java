package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.ChangeUser;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.SessionChange;
import io.shoestring.protocol.mysql.SqlState;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.PinReason;
import io.shoestring.proxy.mysql.statement.StatementKind;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One client's session: which server gets its command, and when; what becomes of a command whose
 * server dies ({@link Loss}). One command at a time. On the client's event loop.
 */
final class Session implements LinkOwner {
    private static final long FIRST_RETRY_MILLIS = 50;
    private static final long RETRY_MILLIS_MAX = 1_000;

    private final MysqlContext context;
    private final ClientConnection client;
    private final ClientIdentity identity;
    private final SessionState state;
    private final Statements statements = new Statements();
    private final CommandReader reader;
    private final Kill kill;
    private @Nullable ServerLink primary;
    private @Nullable ServerLink replica;
    private @Nullable ServerLink lastAnswered;
    private @Nullable Request request;
    private @Nullable Prepared preparing;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ScheduledFuture<?> retry;
    private boolean welcomed;
    private boolean sent;
    private boolean restoring;
    private boolean ended;
    private boolean transactionLost;
    private boolean transactionCounted;
    private boolean wrote;
    private long lastWriteNanos;
    private long retryMillis = FIRST_RETRY_MILLIS;
    private int fileLeft;

    Session(MysqlContext context, ClientConnection client, ClientIdentity identity) {
        this.context = context;
        this.client = client;
        this.identity = identity;
        this.state = new SessionState(identity.schema());
        this.reader = new CommandReader(context.meterOn(client.loop()), statements, state);
        this.kill = new Kill(context, client, identity);
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
        return sent && request != null && primary != null && primary.wantsFile();
    }

    /** The client's file, as it comes; an empty packet ends it. */
    boolean readFile(ByteBuf in) {
        ServerLink link = primary;
        if (link == null || !in.isReadable()) {
            return false;
        }
        int from = in.readerIndex();
        int at = from;
        boolean whole = false;
        while (!whole) {
            int part = Math.min(fileLeft, in.writerIndex() - at);
            fileLeft -= part;
            at += part;
            if (fileLeft > 0 || in.writerIndex() - at < Packet.HEADER_BYTES) {
                break;
            }
            fileLeft = Packet.length(in, at);
            whole = fileLeft == 0;
            at += Packet.HEADER_BYTES;
        }
        if (at == from) {
            return false;
        }
        if (whole) {
            link.fileSent();
        }
        link.sendMore(in.readRetainedSlice(at - from));
        client.setReading(link.isWritable() || whole);
        return true;
    }

    /** A whole command. Takes it over. */
    void command(ByteBuf bytes) {
        Optional<Command> known = CommandReader.command(bytes);
        if (known.isEmpty()) {
            bytes.release();
            client.error(
                    new ErrorPacket(
                            ErrorCode.UNKNOWN_COMMAND, SqlState.CONNECTION, "Unknown command"),
                    1);
            return;
        }
        switch (known.get()) {
            case QUIT -> {
                bytes.release();
                client.close();
            }
            case CHANGE_USER -> changeUser(bytes);
            case STATEMENT_CLOSE -> closeStatement(bytes);
            case STATEMENT_SEND_LONG_DATA -> sendLongData(bytes);
            default -> take(known.get(), bytes);
        }
    }

    private void take(Command command, ByteBuf bytes) {
        Request next = orReleased(bytes, () -> reader.read(command, bytes));
        if (next == null) {
            bytes.release();
            client.error(
                    new ErrorPacket(
                            ErrorCode.UNKNOWN_STATEMENT,
                            SqlState.GENERAL,
                            "Unknown prepared statement handler"),
                    1);
            return;
        }
        if (command == Command.STATEMENT_PREPARE && !statements.hasRoom(bytes.readableBytes())) {
            next.release();
            client.error(
                    new ErrorPacket(
                            ErrorCode.UNKNOWN,
                            SqlState.GENERAL,
                            "the prepared statements of this session have more than "
                                    + Statements.BYTES_MAX
                                    + " bytes; close some"),
                    1);
            return;
        }
        if (kill.isOurs(next)) {
            int target = kill.target(next);
            next.release();
            kill.send(target, kill.isQueryOnly(), this::killed);
            return;
        }
        request = next;
        sent = false;
        go();
    }

    /** Malformed bytes end the connection, and are still ours. */
    private static <T extends @Nullable Object> T orReleased(ByteBuf bytes, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (MysqlViolation violation) {
            bytes.release();
            throw violation;
        }
    }

    private void killed(Optional<ErrorPacket> error) {
        if (!ended) {
            error.ifPresentOrElse(
                    it -> client.error(it, 1),
                    () -> client.ok(io.shoestring.protocol.mysql.ServerStatus.AUTOCOMMIT, 1));
        }
    }

    private void changeUser(ByteBuf bytes) {
        try {
            ChangeUser to =
                    ChangeUser.read(
                            bytes,
                            bytes.readerIndex() + Packet.HEADER_BYTES,
                            Packet.length(bytes, bytes.readerIndex()));
            end();
            ClientLogin login = ClientLogin.change(context, client, identity, to);
            client.changeUser(login);
            login.begin();
        } finally {
            bytes.release();
        }
    }

    private void closeStatement(ByteBuf bytes) {
        int id = orReleased(bytes, () -> CommandReader.statementId(bytes));
        statements.remove(id);
        for (ServerLink link : links()) {
            Integer serverId = link.statementIds().remove(id);
            if (serverId != null) {
                ByteBuf own = bytes.copy();
                CommandReader.setStatementId(own, serverId);
                link.send(Exchange.ofClient(Command.Answer.NONE), own);
            }
        }
        bytes.release();
    }

    /** Values sent ahead lie on the primary's connection, where the statement will run. */
    private void sendLongData(ByteBuf bytes) {
        int id = orReleased(bytes, () -> CommandReader.statementId(bytes));
        Prepared statement = statements.find(id);
        Integer serverId =
                statement == null || primary == null
                        ? null
                        : primary.statementIds().get(statement.id());
        if (statement == null || serverId == null || primary == null) {
            bytes.release();
            return;
        }
        statement.longData(true);
        CommandReader.setStatementId(bytes, serverId);
        primary.send(Exchange.ofClient(Command.Answer.NONE), bytes);
    }

    private List<ServerLink> links() {
        return java.util.stream.Stream.of(primary, replica)
                .filter(java.util.Objects::nonNull)
                .map(java.util.Objects::requireNonNull)
                .toList();
    }

    // ------------------------------------------------------------------ where it goes

    /** Does what can be done now for the log-in, or for the command that waits. */
    private void go() {
        if (ended || sent || restoring || (welcomed && request == null)) {
            return;
        }
        Request waiting = request;
        if (waiting != null && transactionLost && waiting.kind() != StatementKind.ROLLBACK) {
            transactionLost = false;
            fail(Loss.transactionLost("its server is gone"));
            return;
        }
        transactionLost &= waiting == null;
        ServerLink link = waiting == null ? primaryLink() : linkFor(waiting);
        if (link == null) {
            hold();
        } else if (link.isReady() && waiting != null) {
            sendWhenRestored(link, waiting);
        }
    }

    private @Nullable ServerLink linkFor(Request waiting) {
        if (waiting.classification().lastAnswer()
                && lastAnswered != null
                && lastAnswered.isReady()
                && lastAnswered == replica) {
            return replica;
        }
        if (mayGoToReplica(waiting)) {
            ServerLink reading = replicaLink();
            if (reading != null) {
                return reading;
            }
        }
        return primaryLink();
    }

    private boolean mayGoToReplica(Request waiting) {
        return context.readsFromReplicas()
                && waiting.kind() == StatementKind.READ
                && waiting.command() == Command.QUERY
                && !waiting.isOnlyOnPrimary()
                && !state.isInTransaction()
                && state.isAutocommit()
                && state.isKnown()
                && state.isReadable()
                && welcomed;
    }

    /** The connection to a replica that has this session's writes; null: there is none. */
    private @Nullable ServerLink replicaLink() {
        DatabaseTopology now = context.topology();
        ServerLink mine = replica;
        if (mine != null && (mine.isEnded() || !now.replicas().contains(mine.member()))) {
            mine.close();
            mine = null;
            replica = null;
        }
        if (mine != null) {
            return !mine.isReady() || hasOwnWrites(mine) ? mine : null;
        }
        if (now.replicas().isEmpty()) {
            return null;
        }
        MemberSpec chosen = now.replicas().get(context.next(now.replicas().size()));
        if (wrote && !context.freshness().covers(chosen.name(), lastWriteNanos)) {
            return null;
        }
        replica = open(chosen, now.epoch());
        return replica;
    }

    /**
     * Whether the replica has applied this session's last write. What is known of it from before
     * this connection does not count: the server may have crashed in between and come back older.
     */
    private boolean hasOwnWrites(ServerLink link) {
        if (!wrote) {
            return true;
        }
        boolean openedLater = link.readyAtNanos() - lastWriteNanos > 0;
        return context.freshness()
                .covers(link.member().name(), openedLater ? link.readyAtNanos() : lastWriteNanos);
    }

    /** The connection to the primary; null: there is none, or it may not be used now. */
    private @Nullable ServerLink primaryLink() {
        DatabaseTopology now = context.topology();
        ServerLink mine = primary;
        boolean stale =
                mine != null
                        && (mine.isEnded()
                                || mine.epoch() != now.epoch()
                                || !now.isPrimary(mine.member()));
        if (stale && mine != null) {
            dropPrimary("it is not the primary any more");
            if (ended || transactionLost) {
                return null;
            }
            mine = null;
        }
        if (mine != null) {
            return mine;
        }
        if (now.primary().isEmpty() || now.holdWrites() || retry != null) {
            return null;
        }
        primary = open(now.primary().get(), now.epoch());
        return primary;
    }

    private ServerLink open(MemberSpec member, long epoch) {
        ServerLink link =
                new ServerLink(this, member, epoch, new ServerLogin(identity, state.schema()));
        context.connect(client.loop(), member, link);
        return link;
    }

    /** Makes the connection what the client believes its own to be, and then sends. */
    private void sendWhenRestored(ServerLink link, Request waiting) {
        boolean isLast = link == replica && waiting.classification().lastAnswer();
        if (link.stateVersion() != state.version() && !isLast) {
            if (link == primary && link.stateVersion() >= 0) {
                // It made the change itself.
                link.hasState(state.version());
            } else {
                restore(link);
                return;
            }
        }
        Prepared statement = waiting.statement();
        boolean runs = waiting.command() == Command.STATEMENT_EXECUTE;
        if (statement != null && !link.statementIds().containsKey(statement.id())) {
            if (!runs) {
                fail(
                        new ErrorPacket(
                                ErrorCode.UNKNOWN_STATEMENT,
                                SqlState.GENERAL,
                                "what the statement had open is gone with its server"));
                return;
            }
            prepareAgain(link, statement);
            return;
        }
        send(link, waiting);
    }

    private void restore(ServerLink link) {
        long version = state.version();
        String sql = state.restoring();
        restoring = true;
        // A connection that has just logged in has the schema already.
        if (link.stateVersion() >= 0 && !state.schema().isEmpty()) {
            link.send(
                    Exchange.ours(Command.Answer.RESULT, _ -> {}),
                    SessionState.use(client.allocator(), state.schema()));
        }
        link.send(
                Exchange.ours(Command.Answer.RESULT, done -> restored(link, version, done)),
                SessionState.query(client.allocator(), sql.isEmpty() ? "DO 0" : sql));
    }

    private void restored(ServerLink link, long version, boolean done) {
        restoring = false;
        if (done) {
            link.hasState(version);
        } else if (link == replica) {
            giveUpReplica("it does not take the session's variables");
        } else {
            link.close();
            fatal(
                    new ErrorPacket(
                            ErrorCode.SERVER_SHUTDOWN,
                            SqlState.CONNECTION,
                            "the session cannot be made anew on "
                                    + link.member().name()
                                    + ": it does not take the session's variables"));
            return;
        }
        go();
    }

    private void prepareAgain(ServerLink link, Prepared statement) {
        if (statement.hasLongData()) {
            statement.longData(false);
            fail(
                    new ErrorPacket(
                            ErrorCode.UNKNOWN,
                            SqlState.GENERAL,
                            "values that were sent ahead are gone with their server; send them"
                                    + " again"));
            return;
        }
        restoring = true;
        preparing = statement;
        link.send(
                Exchange.ours(
                        Command.Answer.PREPARED,
                        done -> {
                            restoring = false;
                            preparing = null;
                            if (done) {
                                go();
                            } else {
                                fail(
                                        new ErrorPacket(
                                                ErrorCode.UNKNOWN_STATEMENT,
                                                SqlState.GENERAL,
                                                "the statement cannot be prepared again on "
                                                        + link.member().name()));
                            }
                        }),
                statement.preparing(client.allocator()));
    }

    private void send(ServerLink link, Request waiting) {
        endWaiting();
        sent = true;
        boolean reads = link == replica;
        Exchange exchange = Exchange.ofClient(waiting.command().answer());
        if (waiting.figures() != null) {
            exchange.measured(waiting.figures(), context.timer().now());
        }
        if (reads) {
            exchange.holdingReadOnly();
            context.counters().onReplicas.increment();
        } else {
            context.counters().onPrimary.increment();
            countTransaction(true);
            remember(waiting.classification());
        }
        link.send(exchange, bytes(link, waiting));
    }

    private ByteBuf bytes(ServerLink link, Request waiting) {
        Prepared statement = waiting.statement();
        Integer serverId = statement == null ? null : link.statementIds().get(statement.id());
        if (statement == null || serverId == null) {
            return waiting.forSending();
        }
        ByteBuf own;
        if (waiting.command() == Command.STATEMENT_EXECUTE) {
            statement.longData(false);
            own = statement.withTypes(client.allocator(), waiting.bytes());
        } else {
            own = waiting.bytes().copy();
        }
        CommandReader.setStatementId(own, serverId);
        return own;
    }

    private void remember(Classification what) {
        what.pins().forEach(this::pin);
        if (what.calls()) {
            state.doubt();
        }
    }

    private void pin(PinReason reason) {
        if (state.pin(reason)) {
            context.counters().pinned(reason.text());
        }
    }

    private void unpinAll() {
        state.pins().forEach(reason -> context.counters().unpinned(reason.text()));
    }

    // ------------------------------------------------------------------ waiting

    private void hold() {
        if (deadline == null) {
            context.counters().held.incrementAndGet();
            deadline =
                    client.loop()
                            .schedule(
                                    this::waitedTooLong,
                                    context.config().hold().toMillis(),
                                    TimeUnit.MILLISECONDS);
        }
    }

    private void endWaiting() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
            context.counters().held.decrementAndGet();
        }
    }

    private void waitedTooLong() {
        DatabaseTopology now = context.topology();
        String why =
                now.primary()
                        .flatMap(member -> context.complaints().of(member))
                        .orElse(now.reason());
        ErrorPacket error =
                new ErrorPacket(
                        ErrorCode.UNKNOWN,
                        SqlState.GENERAL,
                        "no primary for %s s: %s"
                                .formatted(context.config().hold().toSeconds(), why));
        endWaiting();
        if (welcomed) {
            fail(error);
        } else {
            client.refuse(error);
        }
    }

    /** Who is what has changed. */
    void topologyChanged() {
        if (ended) {
            return;
        }
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
        retryMillis = FIRST_RETRY_MILLIS;
        if (primary != null && (request == null || !sent)) {
            DatabaseTopology now = context.topology();
            if (primary.epoch() != now.epoch() || !now.isPrimary(primary.member())) {
                dropPrimary("it is not the primary any more");
            }
        } else if (primary != null
                && sent
                && request != null
                && primary.current() != null
                && primary.epoch() != context.topology().epoch()) {
            ServerLink gone = primary;
            gone.close();
            lost(gone, "it is not the primary any more");
        }
        go();
    }

    private void retryLater() {
        if (retry == null && !ended) {
            retry =
                    client.loop()
                            .schedule(
                                    () -> {
                                        retry = null;
                                        go();
                                    },
                                    retryMillis,
                                    TimeUnit.MILLISECONDS);
            retryMillis = Math.min(2 * retryMillis, RETRY_MILLIS_MAX);
        }
    }

    // ------------------------------------------------------------------ from the servers

    @Override
    public long now() {
        return context.clock().nanos();
    }

    @Override
    public void ready(ServerLink link, OkPacket ok) {
        if (ended) {
            link.close();
            return;
        }
        track(link);
        if (link == primary && !welcomed) {
            welcome(link, ok);
        }
        go();
    }

    /** From the answer on, the server says what changes. */
    private void track(ServerLink link) {
        if (!link.isTracking()) {
            trackedAs(link, false);
            return;
        }
        Exchange asking = Exchange.ours(Command.Answer.RESULT, _ -> {});
        restoring = true;
        link.send(asking, SessionState.askTracked(client.allocator()));
        link.send(
                Exchange.ours(
                        Command.Answer.RESULT,
                        done -> {
                            restoring = false;
                            trackedAs(link, done);
                            if (link == primary) {
                                state.tracked(asking.value());
                            }
                            go();
                        }),
                SessionState.track(client.allocator()));
    }

    private void trackedAs(ServerLink link, boolean done) {
        if (!done && link == primary) {
            pin(PinReason.NOT_TRACKED);
        }
    }

    private void welcome(ServerLink link, OkPacket ok) {
        welcomed = true;
        endWaiting();
        link.hasState(state.version());
        state.answered(ok.status(), true);
        if (identity.credentials() instanceof Credentials.Password password) {
            context.passwordCache().keep(identity.user(), password.bytes());
        }
        client.welcomed();
        ByteBuf out = client.allocator().buffer(64);
        ok.with(shown(ok.changes())).write(out, client.nextNumber());
        client.write(out);
        client.flush();
        client.resume();
    }

    private List<SessionChange> shown(List<SessionChange> changes) {
        return Capability.has(identity.capabilities(), Capability.SESSION_TRACK)
                ? state.shown(changes)
                : List.of();
    }

    @Override
    public void refused(ServerLink link, ErrorPacket error) {
        if (link == replica) {
            giveUpReplica("it refuses the log-in: " + error.message());
            go();
        } else if (Loss.isTransient(error)) {
            unreachable(link, error.message());
        } else {
            primary = null;
            context.passwordCache().forget(identity.user());
            if (welcomed) {
                fatal(error);
            } else {
                client.refuse(error);
            }
        }
    }

    @Override
    public void unreachable(ServerLink link, String why) {
        context.complaints().about(link.member(), "cannot be used: " + why);
        if (link == replica) {
            giveUpReplica(why);
            go();
            return;
        }
        primary = null;
        restoring = false;
        hold();
        retryLater();
    }

    /** The command that waits goes to the primary, and this replica is let go. */
    private void giveUpReplica(String why) {
        ServerLink gone = replica;
        if (gone != null) {
            context.complaints().about(gone.member(), "is not read from: " + why);
            gone.close();
        }
        replica = null;
        restoring = false;
        if (request != null) {
            request.onlyOnPrimary();
        }
    }

    /** The connection goes, and nothing is on its way on it. */
    private void dropPrimary(String why) {
        ServerLink gone = primary;
        if (gone == null) {
            return;
        }
        primary = null;
        restoring = false;
        gone.close();
        if (state.isPinned() || statements.haveLongData()) {
            endOf(gone, why);
        } else if (state.isInTransaction()) {
            state.transactionLost();
            countTransaction(false);
            transactionLost = true;
            context.counters().interrupted.increment();
        }
    }

    /** What cannot be made anew is gone: so is the session. */
    private void endOf(ServerLink gone, String why) {
        context.counters().interrupted.increment();
        fatal(Loss.sessionLost(gone, why, state.pins()));
    }

    @Override
    public void lost(ServerLink link, String why) {
        if (ended) {
            return;
        }
        Exchange exchange = link.current();
        Request waiting = request;
        restoring = false;
        if (link != primary && link != replica) {
            return;
        }
        if (waiting == null || !sent || exchange == null || !exchange.isClients()) {
            if (link == replica) {
                giveUpReplica(why);
            } else {
                context.complaints().about(link.member(), "is gone: " + why);
                dropPrimary(why);
                retryLater();
            }
            go();
            return;
        }
        lostWithRequest(link, exchange, waiting, why);
    }

    private void lostWithRequest(ServerLink link, Exchange exchange, Request waiting, String why) {
        context.complaints().about(link.member(), "is gone: " + why);
        boolean reads = link == replica;
        if (reads) {
            replica = null;
        } else {
            primary = null;
        }
        boolean open = state.isInTransaction() || !state.isAutocommit();
        if (!exchange.isBegun()
                && (reads || (!open && waiting.isRepeatable()))
                && !state.isPinned()) {
            waiting.onlyOnPrimary();
            sent = false;
            retryLater();
            go();
            return;
        }
        context.counters().interrupted.increment();
        ErrorPacket error = Loss.of(waiting, open, link, why);
        if (error.sqlState().equals(SqlState.OUTCOME_UNKNOWN)) {
            context.counters().unknownOutcomes.increment();
        }
        state.transactionLost();
        countTransaction(false);
        if (exchange.isBegun()) {
            // The client is inside of an answer that has no end any more.
            client.fail(error, exchange.nextNumber());
        } else if (!reads && state.isPinned()) {
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
        if (exchange.isClients() && link == primary) {
            if (!state.take(changes)) {
                pin(PinReason.UNEXPLAINED);
            }
            link.hasState(state.version());
        }
        return shown(changes);
    }

    @Override
    public int prepared(
            ServerLink link, Exchange exchange, int serverId, ByteBuf packet, int body) {
        Prepared statement = exchange.isClients() ? reader.newest() : preparing;
        if (statement == null) {
            return serverId;
        }
        if (exchange.isClients()) {
            statement.parameters(packet.getUnsignedShortLE(body + 7));
            statements.add(statement);
        }
        link.statementIds().put(statement.id(), serverId);
        return statement.id();
    }

    @Override
    public void fileWanted(ServerLink link) {
        fileLeft = 0;
        client.flush();
        client.resume();
    }

    @Override
    public void answered(ServerLink link, Exchange exchange, int status, boolean named) {
        Request done = request;
        if (done == null) {
            return;
        }
        measure(link, exchange);
        boolean held =
                link == replica
                        && !exchange.isBegun()
                        && ServerLink.isReadOnly(exchange.errorCode());
        if (held) {
            done.onlyOnPrimary();
            sent = false;
            go();
            return;
        }
        lastAnswered = link;
        if (link == primary) {
            concluded(link, done, exchange, status, named);
        }
        request = null;
        sent = false;
        done.release();
        client.resume();
    }

    private void concluded(
            ServerLink link, Request done, Exchange exchange, int status, boolean named) {
        boolean failed = exchange.errorCode() != 0;
        if (!failed) {
            boolean hasStatus =
                    switch (done.command()) {
                        case STATISTICS, STATEMENT_PREPARE -> false;
                        default -> true;
                    };
            if (hasStatus) {
                state.answered(status, named);
            }
            if (done.command() == Command.RESET_CONNECTION) {
                reset(link);
            } else if (done.classification().tracks()) {
                track(link);
            }
        } else if (exchange.errorCode() == ErrorCode.ROLLED_BACK) {
            state.transactionLost();
        }
        if (done.kind() != StatementKind.READ) {
            wrote = true;
            lastWriteNanos = context.clock().nanos();
        }
        countTransaction(state.isInTransaction());
    }

    private void reset(ServerLink link) {
        unpinAll();
        state.reset();
        statements.clear();
        links().forEach(each -> each.statementIds().clear());
        if (replica != null) {
            replica.close();
            replica = null;
        }
        link.hasState(state.version());
        track(link);
    }

    private void measure(ServerLink link, Exchange exchange) {
        if (exchange.figures() != null) {
            context.timer()
                    .ended(
                            exchange.figures(),
                            exchange.beganNanos(),
                            exchange.errorCode() != 0,
                            link == replica,
                            exchange.bytes());
        }
    }

    private void countTransaction(boolean open) {
        if (open != transactionCounted) {
            transactionCounted = open;
            context.counters().openTransactions.addAndGet(open ? 1 : -1);
        }
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
        links().forEach(link -> link.setReading(writable));
    }

    // ------------------------------------------------------------------ ends

    /** The command is answered with an error, and the session goes on. */
    private void fail(ErrorPacket error) {
        endWaiting();
        Request done = request;
        request = null;
        sent = false;
        if (done != null) {
            done.release();
            client.error(error, 1);
        }
        client.resume();
    }

    private void fatal(ErrorPacket error) {
        client.fail(error, request == null ? 0 : 1);
    }

    /** The server's number of the connection on which a command runs, if one does. */
    Optional<ServerLink> busyLink() {
        if (!sent) {
            return Optional.empty();
        }
        return links().stream().filter(link -> link.current() != null).findFirst();
    }

    /** The connection to the primary, if there is one. */
    Optional<ServerLink> primaryConnection() {
        return Optional.ofNullable(primary).filter(ServerLink::isReady);
    }

    /** The client is gone, or goes. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        endWaiting();
        unpinAll();
        countTransaction(false);
        if (retry != null) {
            retry.cancel(false);
        }
        links().forEach(ServerLink::close);
        primary = null;
        replica = null;
        if (request != null) {
            request.release();
            request = null;
        }
    }
}
