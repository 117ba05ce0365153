package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shoestring.monitoring.digest.Shape;
import io.shoestring.protocol.postgresql.BindBody;
import io.shoestring.protocol.postgresql.ExecuteBody;
import io.shoestring.protocol.postgresql.FrontendType;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.protocol.postgresql.ParseBody;
import io.shoestring.protocol.postgresql.QueryBody;
import io.shoestring.protocol.postgresql.TargetBody;
import io.shoestring.proxy.postgresql.statement.Classification;
import io.shoestring.proxy.postgresql.statement.ListenOrder;
import io.shoestring.proxy.postgresql.statement.PinReason;
import io.shoestring.proxy.postgresql.statement.StatementKind;
import io.shoestring.proxy.postgresql.statement.StatementUse;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks at a client's messages one after the other and says what they are together. */
final class BatchBuilder {
    private final PreparedStatements statements;
    private final ClientSql sql;
    private Batch batch = new Batch();
    private boolean unnamedPortalBound;
    private @Nullable Effect boundEffect;
    private @Nullable PreparedStatement bound;

    BatchBuilder(PreparedStatements statements, ClientSql sql) {
        this.statements = statements;
        this.sql = sql;
    }

    /** The batch as it is; the next message begins another. */
    Batch take() {
        Batch taken = batch;
        batch = new Batch();
        unnamedPortalBound = false;
        boundEffect = null;
        bound = null;
        return taken;
    }

    void addSimple(byte type, ByteBuf in, int body, int length) {
        if (type == FrontendType.QUERY) {
            QueryBody query = QueryBody.read(in, body, length);
            Shape shape = sql.known().shape(in, query.sqlIndex(), query.sqlLength());
            Classification meaning = sql.classify(shape, in, query.sqlIndex(), query.sqlLength());
            Effect effect = effectOf(meaning, in, query.sqlIndex(), query.sqlLength());
            apply(meaning, effect);
            batch.lastIsPlain =
                    PlainText.isPlain(meaning.kind(), in, query.sqlIndex(), query.sqlLength());
            if (meaning.kind() == StatementKind.READ && !sql.learned().isEmpty()) {
                unlessLearned(Learned.hash(in, query.sqlIndex(), query.sqlLength()));
            }
            batch.asksForRoute =
                    batch.isEmpty() && LastRoute.isAsked(in, query.sqlIndex(), query.sqlLength());
            batch.ordersReads = ReadsOrder.of(in, query.sqlIndex(), query.sqlLength()).orElse(null);
            destroysUnnamed();
            batch.beganNanos = sql.now();
            batch.add(OutstandingQueue.QUERY, subjectOf(effect), sql.known().figures(shape));
        } else {
            unknown();
            batch.keeps = "a call by FunctionCall";
            batch.add(OutstandingQueue.FUNCTION, null);
        }
        batch.ended = true;
    }

    void addExtended(byte type, ByteBuf in, int at, int total) {
        int body = at + MessageHeader.BYTES;
        int length = total - MessageHeader.BYTES;
        switch (type) {
            case FrontendType.PARSE -> parse(in, at, total, ParseBody.read(in, body, length));
            case FrontendType.BIND -> bind(in, BindBody.read(in, body, length));
            case FrontendType.DESCRIBE -> describe(in, TargetBody.read(in, body, length));
            case FrontendType.EXECUTE -> execute(ExecuteBody.read(in, body, length));
            case FrontendType.CLOSE -> close(in, TargetBody.read(in, body, length));
            default -> throw new IllegalArgumentException("type " + type);
        }
    }

    void addEnd(byte type) {
        if (type == FrontendType.SYNC) {
            batch.add(OutstandingQueue.SYNC, null);
            batch.ended = true;
        }
    }

    /**
     * Whether the beginning of a message that is too long to be looked at shows what it is about:
     * the names that a Parse and a Bind begin with.
     *
     * @param body where its body begins
     */
    static boolean showsNames(byte type, ByteBuf in, int body) {
        return switch (type) {
            case FrontendType.PARSE -> nameEnd(in, body) >= 0;
            case FrontendType.BIND ->
                    nameEnd(in, body) >= 0 && nameEnd(in, nameEnd(in, body) + 1) >= 0;
            default -> true;
        };
    }

    private static int nameEnd(ByteBuf in, int at) {
        return in.indexOf(at, in.writerIndex(), (byte) 0);
    }

    private static String nameAt(ByteBuf in, int at) {
        return in.toString(at, nameEnd(in, at) - at, StandardCharsets.ISO_8859_1);
    }

    /**
     * The first part of a message that is too long to be looked at. Its names are there, unless
     * they alone are too long for anything that was prepared.
     *
     * @param body where its body begins
     */
    void addLong(byte type, ByteBuf in, int body) {
        if (type == FrontendType.BIND && showsNames(type, in, body)) {
            bindLong(in, body);
            return;
        }
        addOpaque(type);
        if (type != FrontendType.PARSE) {
            return;
        }
        batch.pins = "a prepared statement of more than 64 KiB";
        if (showsNames(type, in, body)) {
            // What was prepared under this name before is not what the name means now.
            statements.remove(nameAt(in, body));
        }
    }

    /** The values are long, but what is done with them is known. */
    private void bindLong(ByteBuf in, int body) {
        int portalEnd = nameEnd(in, body);
        String name = nameAt(in, portalEnd + 1);
        Optional<PreparedStatement> statement = statements.find(name);
        if (statement.isPresent()) {
            need(statement.get());
            apply(statement.get().meaning(), statement.get().effect());
        } else {
            batch.unknownName(name);
        }
        unknown();
        if (portalEnd > body) {
            batch.keeps = "a long Bind to a named portal";
        } else {
            unnamedPortalBound = true;
            boundEffect = statement.map(PreparedStatement::effect).orElse(null);
            bound = statement.orElse(null);
        }
        batch.add(OutstandingQueue.BIND, null);
    }

    /** A message whose body breaks the protocol: what is wrong with it the server says best. */
    void addMalformed(byte type) {
        addOpaque(type);
        if (type == FrontendType.PARSE) {
            batch.pins = "a prepared statement that nobody understood";
        }
    }

    private void addOpaque(byte type) {
        unknown();
        batch.keeps = "a message that was not looked at";
        switch (type) {
            case FrontendType.QUERY -> {
                destroysUnnamed();
                endWith(OutstandingQueue.QUERY);
            }
            case FrontendType.FUNCTION_CALL -> endWith(OutstandingQueue.FUNCTION);
            case FrontendType.PARSE -> batch.add(OutstandingQueue.PARSE, null);
            case FrontendType.BIND -> batch.add(OutstandingQueue.BIND, null);
            case FrontendType.DESCRIBE -> batch.add(OutstandingQueue.DESCRIBE, null);
            case FrontendType.EXECUTE -> batch.add(OutstandingQueue.EXECUTE, null);
            case FrontendType.CLOSE -> batch.add(OutstandingQueue.CLOSE, null);
            default -> {}
        }
    }

    private void destroysUnnamed() {
        statements.remove("");
        batch.destroysUnnamed = true;
    }

    private void endWith(byte kind) {
        batch.add(kind, null);
        batch.ended = true;
    }

    // ------------------------------------------------------------------ extended query

    private void parse(ByteBuf in, int at, int total, ParseBody body) {
        String name = body.name(in);
        Shape shape = sql.known().shape(in, body.sqlIndex(), body.sqlLength());
        Classification meaning = sql.classify(shape, in, body.sqlIndex(), body.sqlLength());
        // The server shall see the name that it has already, and refuse it in its own words.
        if (!name.isEmpty()) {
            statements.find(name).ifPresent(this::need);
        }
        if (!statements.hasRoomFor(total)) {
            parseUnknown(name);
            return;
        }
        byte[] message = ByteBufUtil.getBytes(in, at, total);
        PreparedStatement statement =
                new PreparedStatement(
                        name,
                        message,
                        meaning,
                        Learned.hash(in, body.sqlIndex(), body.sqlLength()),
                        effectOf(meaning, in, body.sqlIndex(), body.sqlLength()),
                        sql.known().row(message, body.sqlIndex() - at, body.sqlLength()));
        statements.put(statement);
        batch.prepares(statement);
        batch.add(OutstandingQueue.PARSE, statement);
        if (meaning.kind() != StatementKind.READ && meaning.kind() != StatementKind.EMPTY) {
            batch.allReads = false;
        }
    }

    /** One statement more than can be remembered: only this server connection will know it. */
    private void parseUnknown(String name) {
        unknown();
        batch.pins = "more than 4 MiB of prepared statements";
        if (name.isEmpty()) {
            statements.remove("");
        }
        batch.add(OutstandingQueue.PARSE, null);
    }

    private void bind(ByteBuf in, BindBody body) {
        Optional<PreparedStatement> statement = statements.find(body.statement(in));
        if (statement.isPresent()) {
            need(statement.get());
            apply(statement.get().meaning(), statement.get().effect());
            batch.lastIsPlain = PlainText.isPlain(statement.get());
            unlessLearned(statement.get().textHash());
        } else {
            unknown();
            batch.unknownName(body.statement(in));
        }
        Effect effect = statement.map(PreparedStatement::effect).orElse(null);
        if (body.portalLength() > 0) {
            batch.allReads = false;
            batch.repeatable = false;
            if (effect != null) {
                batch.pins = "SET or LISTEN through a named portal";
                batch.listens |= effect instanceof Effect.Listening;
            }
        } else {
            unnamedPortalBound = true;
            boundEffect = effect;
            bound = statement.orElse(null);
        }
        batch.add(OutstandingQueue.BIND, null);
    }

    private void describe(ByteBuf in, TargetBody body) {
        batch.describes = true;
        if (body.isStatement()) {
            String name = body.name(in);
            statements
                    .find(name)
                    .ifPresentOrElse(
                            this::need,
                            () -> {
                                unknown();
                                batch.unknownName(name);
                            });
        } else if (!unnamedPortalBound || body.nameLength() > 0) {
            unknown();
        }
        batch.add(OutstandingQueue.DESCRIBE, null);
    }

    private void execute(ExecuteBody body) {
        boolean known = unnamedPortalBound && body.portalLength() == 0;
        if (!known) {
            unknown();
        }
        Object subject = known ? subjectOf(boundEffect) : null;
        if (!known || bound == null) {
            batch.add(OutstandingQueue.EXECUTE, subject);
            return;
        }
        batch.beganNanos = batch.beganNanos == 0 ? sql.now() : batch.beganNanos;
        batch.add(OutstandingQueue.EXECUTE, subject, sql.known().figures(bound.row()));
    }

    private void close(ByteBuf in, TargetBody body) {
        PreparedStatement closed = null;
        if (body.isStatement()) {
            String name = body.name(in);
            closed = statements.find(name).orElse(null);
            if (closed == null) {
                batch.unknownName(name);
            }
        } else if (body.nameLength() > 0) {
            batch.allReads = false;
        }
        if (closed != null) {
            statements.remove(closed.name());
            batch.closes(closed);
        }
        batch.add(OutstandingQueue.CLOSE, closed);
    }

    private void need(PreparedStatement statement) {
        batch.need(statement);
    }

    // ------------------------------------------------------------------ meaning

    private void apply(Classification meaning, @Nullable Effect effect) {
        boolean virtual = effect instanceof Effect.Listening;
        if (!meaning.pins().isEmpty()) {
            pin(meaning.pins(), effect);
        }
        if (!meaning.isTraceless()) {
            batch.keeps = "a statement that may leave more behind than is known";
        }
        batch.listens |= !virtual && meaning.pins().contains(PinReason.LISTEN);
        batch.statements++;
        batch.onlyCommits = false;
        switch (meaning.kind()) {
            case READ, EMPTY -> {}
            case PRIMARY_READ -> {
                batch.allReads = false;
                batch.hinted = true;
            }
            case BEGIN -> begin();
            case COMMIT -> commit();
            case ROLLBACK -> rollBack();
            case SAVEPOINT_ROLLBACK, SET_LOCAL -> changesOnlyTheTransaction();
            case SET, SET_ROLE -> batch.allReads = false;
            case DISCARD_ALL, WRITE -> unknown();
            case MULTIPLE -> several();
        }
    }

    private void pin(Set<PinReason> reasons, @Nullable Effect effect) {
        for (PinReason reason : reasons) {
            if (!isRepeatable(reason, effect)) {
                batch.pins = describe(reason);
            }
        }
    }

    private static boolean isRepeatable(PinReason reason, @Nullable Effect effect) {
        return switch (reason) {
            case LISTEN -> effect instanceof Effect.Listening;
            case SET_AMONG_OTHERS -> effect instanceof Effect.Settings;
            default -> false;
        };
    }

    private static String describe(PinReason reason) {
        return switch (reason) {
            case LISTEN -> "LISTEN";
            case TEMPORARY_OBJECT -> "a temporary object";
            case ADVISORY_LOCK -> "a session's advisory lock";
            case HOLDABLE_CURSOR -> "a cursor WITH HOLD";
            case SQL_PREPARE -> "a PREPARE statement";
            case LOAD -> "a LOADed library";
            case SET_CONFIG -> "a setting made by set_config()";
            case SET_AMONG_OTHERS -> "a SET among other statements in one request";
            case SESSION_FUNCTION -> "a function that changes the session";
        };
    }

    private void begin() {
        batch.begins |= !batch.writes && !batch.mayCommit;
        batch.leavesBlockOpen = true;
        batch.allReads = false;
    }

    private void commit() {
        batch.allReads = false;
        batch.repeatable = false;
        batch.mayCommit = true;
        batch.onlyCommits = batch.statements == 1;
        batch.leavesBlockOpen = false;
    }

    private void rollBack() {
        batch.onlyRollsBack = !batch.writes && !batch.mayCommit && !batch.begins;
        batch.rollsBack = true;
        batch.leavesBlockOpen = false;
        batch.allReads = false;
        batch.repeatable = false;
    }

    private void changesOnlyTheTransaction() {
        batch.allReads = false;
        batch.repeatable = false;
    }

    private void several() {
        unknown();
        batch.mayCommit = true;
        batch.leavesBlockOpen = false;
    }

    private void unknown() {
        batch.allReads = false;
        batch.repeatable = false;
        batch.writes = true;
        batch.onlyRollsBack = false;
        batch.onlyCommits = false;
    }

    private @Nullable Effect effectOf(Classification meaning, ByteBuf in, int at, int length) {
        if (isSetting(meaning)) {
            return new Effect.Setting(ByteBufUtil.getBytes(in, at, length));
        }
        if (meaning.listens()) {
            return sql.listenOrders(in, at, length).map(Effect.Listening::new).orElse(null);
        }
        if (meaning.pins().contains(PinReason.SET_AMONG_OTHERS)) {
            return sql.settingOrders(in, at, length).map(Effect.Settings::new).orElse(null);
        }
        return meaning.kind() == StatementKind.WRITE
                ? sql.statementUse(in, at, length).map(Effect.Use::new).orElse(null)
                : null;
    }

    /**
     * What the queue has to know of a statement that runs: a SET, or the statement that it takes
     * away. What it uses must be prepared first.
     */
    private @Nullable Object subjectOf(@Nullable Effect effect) {
        if (effect instanceof Effect.Listening(List<ListenOrder> orders)) {
            batch.listensOn(orders);
        }
        if (!(effect instanceof Effect.Use(StatementUse use))) {
            return effect;
        }
        PreparedStatement used = statements.find(use.name()).orElse(null);
        if (used == null) {
            batch.unknownName(use.name());
            return null;
        }
        need(used);
        if (!use.deallocates()) {
            return null;
        }
        statements.remove(used.name());
        batch.closes(used);
        return used;
    }

    private static boolean isSetting(Classification meaning) {
        return meaning.kind() == StatementKind.SET || meaning.kind() == StatementKind.SET_ROLE;
    }

    /** A text that looks like a read but was refused by a replica before is none. */
    private void unlessLearned(long textHash) {
        if (!sql.learned().isEmpty() && sql.learned().contains(textHash)) {
            unknown();
        }
    }
}
