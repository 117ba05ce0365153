package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.ServerStatus;
import io.shoestring.protocol.mysql.SessionChange;
import io.shoestring.proxy.mysql.statement.PinReason;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a client has made of its session, by the word of the server: default schema, variables,
 * transaction. On one event loop.
 */
final class SessionState {
    /** The variable that says which variables are reported. */
    private static final String REPORTED = "session_track_system_variables";

    /** What no session sets, or what comes with the default schema, or is for one statement. */
    private static final Set<String> NOT_REPEATED =
            Set.of(
                    "autocommit",
                    "character_set_database",
                    "collation_database",
                    "last_gtid",
                    "gtid_executed",
                    "last_insert_id",
                    "insert_id",
                    "identity",
                    "timestamp",
                    "warning_count",
                    "error_count",
                    "in_transaction",
                    "rand_seed1",
                    "rand_seed2",
                    "pseudo_thread_id");

    /** What changes how a session's transactions are logged. */
    private static final Set<String> LOGGING =
            Set.of("sql_log_bin", "gtid_domain_id", "gtid_seq_no", "server_id", "skip_replication");

    /** Encodings in which no byte of a letter looks like one of ASCII. */
    private static final Set<String> READABLE =
            Set.of("utf8", "utf8mb3", "utf8mb4", "latin1", "ascii", "binary", "latin2", "latin5");

    private static final String TRACK =
            "SET SESSION session_track_schema=1, session_track_state_change=1,"
                    + " session_track_transaction_info='STATE',"
                    + " session_track_system_variables="
                    + "IF(@@session_track_system_variables LIKE '%*%',"
                    + " @@session_track_system_variables,"
                    + " CONCAT(@@session_track_system_variables, ',*'))";

    private static final int VALUE_CHARACTERS_MAX = 4_096;

    private final Map<String, String> variables = new TreeMap<>();
    private final Set<PinReason> pins = EnumSet.noneOf(PinReason.class);
    private Set<String> reported = Set.of();
    private String schema;
    private boolean inTransaction;
    private boolean autocommit = true;
    private boolean uncertain;
    private boolean changedForGood;
    private long insertId;
    private SessionShape shape;

    SessionState(String schema) {
        this.schema = schema;
        this.shape = SessionShape.fresh(schema, true);
    }

    String schema() {
        return schema;
    }

    /** What another connection can be made like. */
    SessionShape shape() {
        return shape;
    }

    private void changed() {
        shape = new SessionShape(schema, autocommit, variables);
    }

    /** The number that was given last to a row that this session inserted; 0: none. */
    long insertId() {
        return insertId;
    }

    /** A statement has given that number. */
    void inserted(long id) {
        insertId = id;
    }

    boolean isInTransaction() {
        return inTransaction;
    }

    /** Whether the open transaction has changed a table whose engine knows no transactions. */
    boolean hasChangedForGood() {
        return changedForGood;
    }

    /** Whether what it changes goes into the log in the way of the server. */
    boolean isLoggedAsUsual() {
        return Collections.disjoint(variables.keySet(), LOGGING);
    }

    /** Whether each statement is a transaction. */
    boolean isAutocommit() {
        return autocommit;
    }

    /** What ties the session to its connection. */
    Set<PinReason> pins() {
        return Set.copyOf(pins);
    }

    boolean isPinned() {
        return pins.stream().anyMatch(PinReason::isLost);
    }

    /** Of these, the first that nobody can make anew; empty: there is none. */
    String lostPin() {
        for (PinReason pin : pins) {
            if (pin.isLost()) {
                return pin.text();
            }
        }
        return "";
    }

    /** Whether the session is known, so that another connection can be made like it. */
    boolean isKnown() {
        return !isPinned() && !uncertain;
    }

    /** Why no other client can have its connection to the primary now; empty: another can. */
    Optional<String> keeps() {
        if (!pins.isEmpty()) {
            return Optional.of(pins.iterator().next().text());
        }
        return uncertain ? Optional.of("a statement that may have changed it") : Optional.empty();
    }

    /** Whether the client's statements can be read byte by byte. */
    boolean isReadable() {
        String encoding = variables.get("character_set_client");
        return encoding == null || READABLE.contains(encoding);
    }

    /** Returns whether it is new. */
    boolean pin(PinReason reason) {
        return pins.add(reason);
    }

    /** Returns whether it was there. */
    boolean unpin(PinReason reason) {
        return pins.remove(reason);
    }

    /** Something ran of which it is not known what it did, until the server says so. */
    void doubt() {
        uncertain = true;
    }

    /** An answer was complete. */
    void answered(int status, boolean named) {
        inTransaction = (status & ServerStatus.IN_TRANSACTION) != 0;
        boolean now = (status & ServerStatus.AUTOCOMMIT) != 0;
        if (now != autocommit) {
            autocommit = now;
            changed();
        }
        if (named) {
            uncertain = false;
        }
    }

    /** The transaction is gone with its connection. */
    void transactionLost() {
        inTransaction = false;
        changedForGood = false;
    }

    /**
     * The client wants a new session; the default schema stays.
     *
     * @param commits whether each statement is a transaction then
     */
    void reset(boolean commits) {
        variables.clear();
        pins.clear();
        uncertain = false;
        inTransaction = false;
        autocommit = commits;
        insertId = 0;
        changed();
    }

    /** Takes up what the server says; returns whether it says what it is. */
    boolean take(List<SessionChange> changes) {
        boolean something = false;
        boolean explained = false;
        for (SessionChange change : changes) {
            switch (change) {
                case SessionChange.Variable variable -> {
                    explained = true;
                    take(variable);
                }
                case SessionChange.Schema(String name, _) -> {
                    explained = true;
                    if (!schema.equals(name)) {
                        schema = name;
                        changed();
                    }
                }
                case SessionChange.Something _ -> something = true;
                case SessionChange.Transaction transaction ->
                        changedForGood = transaction.changedForGood();
                case SessionChange.Other _ -> explained = true;
            }
        }
        return !something || explained;
    }

    private void take(SessionChange.Variable variable) {
        if (NOT_REPEATED.contains(variable.name()) || variable.name().startsWith("session_track")) {
            return;
        }
        if (variable.value().length() > VALUE_CHARACTERS_MAX) {
            pins.add(PinReason.UNEXPLAINED);
            return;
        }
        if (!variable.value().equals(variables.put(variable.name(), variable.value()))) {
            changed();
        }
    }

    /**
     * What the server reports without us.
     *
     * @param list of variables; with {@code *} in it, it is ours
     */
    void tracked(String list) {
        if (list.indexOf('*') < 0) {
            reported = Set.copyOf(List.of(list.toLowerCase(Locale.ROOT).split("[\\s,]+", -1)));
        }
    }

    /** The command that asks for that. */
    static ByteBuf askTracked(ByteBufAllocator allocator) {
        return query(allocator, "SELECT @@" + REPORTED);
    }

    /** What of it a client hears that wants to hear what servers report by themselves. */
    List<SessionChange> shown(List<SessionChange> changes) {
        return changes.stream()
                .filter(
                        change ->
                                switch (change) {
                                    case SessionChange.Variable variable ->
                                            reported.contains(variable.name());
                                    case SessionChange.Schema _, SessionChange.Other _ -> true;
                                    case SessionChange.Something _, SessionChange.Transaction _ ->
                                            false;
                                })
                .toList();
    }

    /** The command after which a server says what changes. */
    static ByteBuf track(ByteBufAllocator allocator) {
        return query(allocator, TRACK);
    }

    /** A command of this text. */
    static ByteBuf query(ByteBufAllocator allocator, String sql) {
        return command(allocator, Command.QUERY, sql);
    }

    /** The command that makes a session new, but for its default schema. */
    static ByteBuf reset(ByteBufAllocator allocator) {
        return command(allocator, Command.RESET_CONNECTION, "");
    }

    /** The command that makes a schema the default one. */
    static ByteBuf use(ByteBufAllocator allocator, String schema) {
        return command(allocator, Command.INIT_DB, schema);
    }

    private static ByteBuf command(ByteBufAllocator allocator, Command command, String text) {
        ByteBuf out = allocator.buffer(64 + text.length());
        int at = Packet.begin(out, 0);
        out.writeByte(command.code());
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        Packet.end(out, at);
        return out;
    }
}
