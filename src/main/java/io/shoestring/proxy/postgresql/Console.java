package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.base.WallClock;
import io.shoestring.protocol.postgresql.BackendMessages;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.FrontendType;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.protocol.postgresql.ProtocolViolation;
import io.shoestring.protocol.postgresql.QueryBody;
import io.shoestring.protocol.postgresql.SqlState;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The administration console: a database that is none, which answers PgBouncer's commands in
 * PgBouncer's columns, so that what reads those reads this. Simple queries only. Runs on the
 * client's event loop.
 */
final class Console {
    /** The names by which clients reach it. */
    static final Set<String> DATABASES = Set.of("shoestring", "pgbouncer");

    private static final Set<String> SETTINGS =
            Set.of("application_name", "client_encoding", "datestyle", "extra_float_digits");
    private static final int QUERY_BYTES_MAX = 8_192;
    private static final long DRAIN_LOOK_MILLIS = 20;
    private static final Map<String, String> PARAMETERS =
            Map.of(
                    "server_version", "15.0",
                    "client_encoding", "UTF8",
                    "server_encoding", "UTF8",
                    "DateStyle", "ISO, MDY",
                    "TimeZone", "GMT",
                    "integer_datetimes", "on",
                    "standard_conforming_strings", "on",
                    "is_superuser", "off");

    private final Entrance listener;
    private final ClientConnection client;
    private final ConsoleTables tables;
    private final ConsoleOrders orders;
    private boolean busy;
    private boolean skipping;

    Console(Entrance listener, ClientConnection client) {
        this.listener = listener;
        this.client = client;
        this.tables = new ConsoleTables(listener, WallClock.system());
        this.orders = new ConsoleOrders(listener);
    }

    void begin(ClientIdentity identity) {
        client.welcome(PARAMETERS, identity);
    }

    /** Takes one message; false: it needs more bytes, or is still answering. */
    boolean read(ByteBuf in) {
        int at = in.readerIndex();
        if (busy || in.readableBytes() < MessageHeader.BYTES) {
            return false;
        }
        int length = MessageHeader.bodyLength(in, at, QUERY_BYTES_MAX);
        if (length == MessageHeader.INCOMPLETE) {
            return false;
        }
        byte type = MessageHeader.type(in, at);
        in.skipBytes(MessageHeader.BYTES + length);
        if (type == FrontendType.TERMINATE) {
            client.close();
        } else if (type == FrontendType.SYNC) {
            skipping = false;
            ready();
        } else if (!skipping) {
            take(type, in, at + MessageHeader.BYTES, length);
        }
        return true;
    }

    private void take(byte type, ByteBuf in, int body, int length) {
        if (type == FrontendType.QUERY) {
            QueryBody query = QueryBody.read(in, body, length);
            run(in.toString(query.sqlIndex(), query.sqlLength(), StandardCharsets.UTF_8));
        } else if (FrontendType.isKnown(type)) {
            skipping = true;
            error(SqlState.FEATURE_NOT_SUPPORTED, "the console answers simple queries only");
            client.flush();
        } else {
            throw new ProtocolViolation(
                    "invalid frontend message type " + MessageHeader.describe(type));
        }
    }

    private void run(String text) {
        String command = text.strip().replaceAll("\\s*;$", "").strip();
        List<String> words = List.of(command.toLowerCase(Locale.ROOT).split("\\s+"));
        switch (words.getFirst()) {
            case "" -> {
                ByteBuf out = client.allocator().buffer(8);
                BackendMessages.emptyQueryResponse(out);
                client.write(out);
                ready();
            }
            case "show" -> show(words);
            case "pause", "resume", "kill", "reconnect", "disable", "enable", "reload" ->
                    order(words, command);
            case "set" -> set(words, command);
            default -> refuse(command);
        }
    }

    private void order(List<String> words, String command) {
        if (words.size() > 2) {
            refuse(command);
            return;
        }
        Optional<String> database =
                words.size() == 1
                        ? Optional.empty()
                        : Optional.of(command.split("\\s+", 2)[1].replace("\"", ""));
        switch (words.getFirst()) {
            case "pause" -> pause(database);
            case "resume" -> resume(database);
            case "disable" -> admit("DISABLE", database);
            case "enable" -> admit("ENABLE", database);
            case "kill" -> {
                orders.kill(database);
                done("KILL");
            }
            case "reconnect" -> {
                orders.reconnect(database);
                done("RECONNECT");
            }
            default -> reload();
        }
    }

    private void refuse(String command) {
        error(
                SqlState.SYNTAX_ERROR,
                "'"
                        + command
                        + "' is no command of the console; it knows SHOW "
                        + String.join("|", ConsoleTables.NAMES)
                        + ", PAUSE, RESUME, KILL, RECONNECT, DISABLE and ENABLE");
        ready();
    }

    // ------------------------------------------------------------------ commands

    private void show(List<String> words) {
        if (words.size() != 2 || !ConsoleTables.NAMES.contains(words.get(1))) {
            refuse(String.join(" ", words));
            return;
        }
        after(
                Census.of(listener),
                census -> {
                    client.write(tables.show(words.get(1), census, client.allocator()));
                    done("SHOW");
                });
    }

    /** Drivers tell these when they connect; nothing that the console shows depends on them. */
    private void set(List<String> words, String command) {
        if (words.size() > 1 && SETTINGS.contains(words.get(1))) {
            done("SET");
        } else {
            refuse(command);
        }
    }

    /** New transactions wait from now on; answered when those that are open have ended. */
    private void pause(Optional<String> database) {
        orders.pause(database);
        awaitDrained(database);
    }

    private void awaitDrained(Optional<String> database) {
        after(
                Census.of(listener),
                census -> {
                    boolean drained =
                            census.clients().stream()
                                    .filter(row -> isOf(row, database))
                                    .noneMatch(row -> row.state().equals(Census.ACTIVE));
                    if (drained || listener.gates().letAllBegin()) {
                        orders.closeIdleServers(database);
                        done("PAUSE");
                    } else if (client.isOpen()) {
                        client.loop()
                                .schedule(
                                        () -> awaitDrained(database),
                                        DRAIN_LOOK_MILLIS,
                                        TimeUnit.MILLISECONDS);
                    }
                });
    }

    private static boolean isOf(Census.ClientRow row, Optional<String> database) {
        return database.isEmpty() || database.get().equals(row.login().database());
    }

    private void resume(Optional<String> database) {
        if (orders.resume(database)) {
            done("RESUME");
            return;
        }
        error(
                SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE,
                database.map(name -> "database " + name)
                                .orElse("listener " + listener.config().name())
                        + " is not paused");
        ready();
    }

    /** DISABLE and ENABLE, which are for one database. */
    private void admit(String order, Optional<String> database) {
        if (database.isEmpty()) {
            error(SqlState.SYNTAX_ERROR, order + " needs the name of a database");
            ready();
            return;
        }
        if (order.equals("DISABLE")) {
            orders.disable(database.get());
        } else {
            orders.enable(database.get());
        }
        done(order);
    }

    /** There is no file of this listener's own that could be read again. */
    private void reload() {
        client.write(
                Answers.error(
                        client.allocator(),
                        ErrorFields.error(
                                        SqlState.FEATURE_NOT_SUPPORTED,
                                        "the configuration is the whole cluster's")
                                .withHint(
                                        "'shoestring apply FILE' gives it another, and disconnects"
                                                + " nobody; certificates are read again by"
                                                + " themselves.")));
        ready();
    }

    /** Does what follows on the client's loop; meanwhile nothing more of it is read. */
    private void after(CompletableFuture<Census> census, Consumer<Census> then) {
        busy = true;
        census.thenAcceptAsync(then, client.loop());
    }

    // ------------------------------------------------------------------ answers

    private void done(String tag) {
        ByteBuf out = client.allocator().buffer(32);
        BackendMessages.commandComplete(out, tag);
        client.write(out);
        ready();
    }

    private void error(String sqlState, String message) {
        client.write(Answers.error(client.allocator(), ErrorFields.error(sqlState, message)));
    }

    private void ready() {
        boolean waited = busy;
        busy = false;
        client.write(Answers.ready(client.allocator(), (byte) 'I'));
        client.flush();
        if (waited) {
            client.resume();
        }
    }
}
