package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.ServerGreeting;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.mysql.statement.StatementKind;
import io.shoestring.proxy.mysql.statement.TableName;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Statements that ask the proxy about itself: what they ask for is put into them as a table, and
 * the server does the rest. Everybody may ask where the own last statement went; for the other
 * tables one has to be the user whom {@code console} names. On the client's event loop.
 */
final class Console {
    private static final Pattern LAST_ROUTE =
            Pattern.compile("\\s*SHOW\\s+shoestring\\s*\\.\\s*last_route\\s*;?\\s*", flags());
    private static final Pattern PROCESSES =
            Pattern.compile("\\s*SHOW\\s+(FULL\\s+)?PROCESSLIST\\s*;?\\s*", flags());
    private static final Pattern TABLES =
            Pattern.compile(
                    "\\s*SHOW\\s+(?:FULL\\s+)?TABLES\\s+(?:FROM|IN)\\s+`?shoestring`?\\s*;?\\s*",
                    flags());

    /** What writes is the server's alone. */
    private static final Set<StatementKind> READING =
            EnumSet.of(StatementKind.READ, StatementKind.ROWS, StatementKind.SESSION);

    private final SessionContext context;
    private final MysqlContext listener;
    private final LastRoute lastRoute;
    private boolean busy;

    Console(SessionContext context, LastRoute lastRoute) {
        this.context = context;
        this.listener = context.listener();
        this.lastRoute = lastRoute;
    }

    private static int flags() {
        return Pattern.CASE_INSENSITIVE;
    }

    /** Whether the primary is MariaDB, and not MySQL. */
    static boolean isMariaDb(MysqlContext listener) {
        return version(listener).filter(ServerVersion::isMariaDb).isPresent();
    }

    private static Optional<ServerVersion> version(MysqlContext listener) {
        return listener.servers()
                .greeting()
                .get()
                .map(ServerGreeting::version)
                .map(ServerVersion::of);
    }

    /** Whether a statement is being made ready, and no other may come meanwhile. */
    boolean isBusy() {
        return busy;
    }

    /** Whether the proxy has something to say to it. */
    boolean isAsked(Request next) {
        return !next.classification().tables().isEmpty()
                && next.command() == Command.QUERY
                && READING.contains(next.kind())
                && Packet.length(next.bytes(), next.bytes().readerIndex()) < Packet.PAYLOAD_MAX
                && version(listener).filter(ServerVersion::knowsJsonTable).isPresent()
                && next.classification().tables().stream().anyMatch(it -> isOurs(it, text(next)));
    }

    private boolean isOurs(TableName table, String text) {
        return switch (table.schema()) {
            case TableName.SHOW ->
                    LAST_ROUTE.matcher(text).matches()
                            || PROCESSES.matcher(text).matches()
                            || (mayAsk() && TABLES.matcher(text).matches());
            case "shoestring" ->
                    table.name().equals(OwnTables.LAST_ROUTE)
                            || (mayAsk() && OwnTables.find(table.name()).isPresent());
            default -> table.name().equals("processlist");
        };
    }

    private boolean mayAsk() {
        return listener.config().console().filter(context.identity().user()::equals).isPresent();
    }

    private static String text(Request next) {
        return next.bytes()
                .toString(
                        next.bodyIndex(),
                        next.bytes().writerIndex() - next.bodyIndex(),
                        StandardCharsets.ISO_8859_1);
    }

    /**
     * Puts into it what it asks for.
     *
     * @param asked {@link #isAsked}; taken over
     * @param then gets it on the client's loop
     */
    void complete(Request asked, Consumer<Request> then) {
        busy = true;
        Census.of(listener)
                .thenAcceptAsync(
                        census -> {
                            busy = false;
                            then.accept(completed(asked, census));
                        },
                        context.client().loop());
    }

    private Request completed(Request asked, Census census) {
        byte[] sql = rewritten(asked, census).getBytes(StandardCharsets.ISO_8859_1);
        byte[] payload = new byte[1 + sql.length];
        payload[0] = (byte) Command.QUERY.code();
        System.arraycopy(sql, 0, payload, 1, sql.length);
        ByteBuf bytes = context.client().allocator().buffer(Packet.HEADER_BYTES + payload.length);
        Packet.write(bytes, 0, payload);
        Classification what =
                asked.kind() == StatementKind.SESSION
                        ? Classification.ofConsole()
                        : asked.classification().ofQuestion();
        var whole = new Request(bytes, Command.QUERY, what, asked.figures(), null);
        whole.came(asked.cameNanos());
        asked.release();
        return whole;
    }

    private String rewritten(Request asked, Census census) {
        String text = text(asked);
        var own = new OwnTables(listener, census);
        var processes = new ProcessList(context, census);
        if (LAST_ROUTE.matcher(text).matches()) {
            return "SELECT * FROM " + own.table(OwnTables.LAST_ROUTE, lastRoute).sql() + " AS l";
        }
        var shown = PROCESSES.matcher(text);
        if (shown.matches()) {
            return processes.show(shown.group(1) != null);
        }
        if (mayAsk() && TABLES.matcher(text).matches()) {
            return tables();
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (TableName table : asked.classification().tables()) {
            if (isOurs(table, text)) {
                out.append(text, from, table.from())
                        .append(
                                table.schema().equals("shoestring")
                                        ? own.table(
                                                        OwnTables.find(table.name()).orElseThrow(),
                                                        lastRoute)
                                                .sql()
                                        : processes.table())
                        .append(table.hasAlias() ? "" : " AS `" + table.name() + "`");
                from = table.to();
            }
        }
        return out.append(text, from, text.length()).toString();
    }

    private static String tables() {
        InlineTable names = InlineTable.of("t VARCHAR(64)");
        OwnTables.names().forEach(names::row);
        return "SELECT t AS Tables_in_shoestring FROM "
                + names.sql()
                + " AS n UNION SELECT TABLE_NAME FROM information_schema.TABLES"
                + " WHERE TABLE_SCHEMA='shoestring' ORDER BY 1";
    }
}
