package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.mysql.ReplicationSource.Fault;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why a replica does not go on, in words, and what is to be done about it. Pure.
 *
 * @param found what has happened; a sentence
 * @param cure what helps; without a point at its end
 */
public record ReplicationTrouble(Kind kind, String found, String cure) {
    /** What a thread says that it does. */
    static final String WAITS_FOR_ROOM = "Waiting for someone to free space";

    private static final Pattern TABLE = Pattern.compile("on table ([^;]+);");
    private static final Pattern QUERY = Pattern.compile("Query: '(.*)'$", Pattern.DOTALL);
    private static final int QUERY_CHARS_MAX = 120;
    private static final Pattern ENTRY = Pattern.compile("Duplicate entry '(.*?)' for key '(.*?)'");
    private static final Set<Integer> NO_WAY = Set.of(2002, 2003, 2005, 2006, 2013, 2026);
    private static final Set<Integer> NO_ENTRY = Set.of(1044, 1045, 1130, 1698);
    private static final Set<Integer> FULL = Set.of(1021, 1114, 1026, 1595, 1030, 3);
    private static final Set<Integer> OTHER_SCHEMA =
            Set.of(1007, 1008, 1049, 1050, 1051, 1054, 1060, 1061, 1091, 1146, 1304, 1305, 1677);

    /** What there is. */
    public enum Kind {
        DUPLICATE_KEY,
        MISSING_ROW,
        OTHER_TABLES,
        OUT_OF_ORDER,
        BROKEN_RELAY_LOG,
        MISSING_LOG,
        DIVERGED,
        SAME_SERVER_ID,
        NO_ENTRY,
        NO_REPLICATION_RIGHT,
        NO_CONNECTION,
        DISK_FULL,
        STOPPED,
        OTHER
    }

    public ReplicationTrouble {
        requireNonNull(kind, "kind is null");
        requireNonNull(found, "found is null");
        requireNonNull(cure, "cure is null");
    }

    /** What is wrong there; empty if it follows. */
    public static Optional<ReplicationTrouble> of(ReplicationSource source) {
        if (source.applyError().is()) {
            return Optional.of(applying(source.applyError()));
        }
        if (isFull(source)) {
            return Optional.of(full(source.state()));
        }
        if (source.receiveError().is()) {
            return Optional.of(receiving(source));
        }
        return source.receiving().equals("No") || source.applying().equals("No")
                ? Optional.of(stopped(source))
                : Optional.empty();
    }

    /**
     * Of a server whose replicating thread waits for room: as long as it does, the server does not
     * answer {@code SHOW SLAVE STATUS}.
     */
    static ReplicationTrouble waitsForRoom() {
        return full(WAITS_FOR_ROOM);
    }

    /** What is wrong and what helps. */
    public String sentences() {
        return found + " What helps: " + cure + (cure.endsWith("?") ? "" : ".");
    }

    /** One that waits for room says so as long as it has none, and nothing is wrong with it. */
    private static boolean isFull(ReplicationSource source) {
        return source.state().contains("free space")
                || source.state().contains("enough disk space")
                || noSpace(source.receiveError());
    }

    private static boolean noSpace(Fault fault) {
        String words = fault.words();
        return FULL.contains(fault.code())
                && (words.contains("No space left")
                        || words.contains("Disk full")
                        || words.contains("errno: 28")
                        || words.contains("is full")
                        || fault.code() == 1595);
    }

    private static ReplicationTrouble applying(Fault fault) {
        if (noSpace(fault)) {
            return full(fault.words());
        }
        if (OTHER_SCHEMA.contains(fault.code())) {
            return new ReplicationTrouble(
                    Kind.OTHER_TABLES,
                    "Its tables are not those of the primary: " + fault.words() + ".",
                    "make them alike with SET sql_log_bin = 0, as the primary has them (SHOW CREATE"
                            + " TABLE); then START SLAVE SQL_THREAD, or let the node do it");
        }
        return switch (fault.code()) {
            case 1062, 1586 -> duplicate(fault);
            case 1032 -> missingRow(fault);
            case 1950 ->
                    new ReplicationTrouble(
                            Kind.OUT_OF_ORDER,
                            "It was written to, past its primary: what comes has a number that a"
                                    + " transaction of its own has already ("
                                    + fault.words()
                                    + ").",
                            "let it be copied anew: the node does it and keeps the old data aside;"
                                    + " 'shoestring doctor' names the transactions");
            case 1594, 1593, 1610 ->
                    new ReplicationTrouble(
                            Kind.BROKEN_RELAY_LOG,
                            "What it has received cannot be read: " + fault.words() + ".",
                            "while its primary has the log, STOP SLAVE, RESET SLAVE, START SLAVE"
                                    + " gets it again");
            default ->
                    new ReplicationTrouble(
                            Kind.OTHER,
                            "A change cannot be applied: " + fault.words() + ".",
                            "mend the cause there with SET sql_log_bin = 0; then START SLAVE"
                                    + " SQL_THREAD, or let the node do it");
        };
    }

    private static ReplicationTrouble duplicate(Fault fault) {
        Matcher entry = ENTRY.matcher(fault.words());
        String row =
                entry.find()
                        ? "a row with '" + entry.group(1) + "' in key " + entry.group(2)
                        : "a row with the same key";
        return new ReplicationTrouble(
                Kind.DUPLICATE_KEY,
                "The primary has added "
                        + row
                        + " to "
                        + where(fault)
                        + ", and here there is one already: somebody wrote to this replica.",
                "compare the row on both servers; then delete the one here (SET sql_log_bin = 0;"
                        + " DELETE FROM "
                        + table(fault)
                        + " …): the change is tried again");
    }

    private static ReplicationTrouble missingRow(Fault fault) {
        return new ReplicationTrouble(
                Kind.MISSING_ROW,
                "The primary has changed or deleted a row of "
                        + table(fault)
                        + " that is not here: somebody deleted it on this replica, or it was never"
                        + " copied.",
                "'shoestring replication event' shows the change; put the row as it was on the"
                    + " primary before (SET sql_log_bin = 0; INSERT …); if more is missing, have"
                    + " the member copied anew");
    }

    private static String table(Fault fault) {
        Matcher table = TABLE.matcher(fault.words());
        return table.find() ? table.group(1) : "…";
    }

    /** What was to be changed: rows are logged with their table, statements as they are. */
    private static String where(Fault fault) {
        Matcher query = QUERY.matcher(fault.words());
        if (!query.find()) {
            return table(fault);
        }
        String text = query.group(1).replaceAll("\\s+", " ");
        return "the table of \""
                + (text.length() > QUERY_CHARS_MAX
                        ? text.substring(0, QUERY_CHARS_MAX) + "…"
                        : text)
                + "\"";
    }

    private static ReplicationTrouble full(String words) {
        return new ReplicationTrouble(
                Kind.DISK_FULL,
                "Its disk is full ("
                        + words.replaceAll("^; |; $", "")
                        + "): what the primary sends cannot be kept.",
                "make room on the disk of its data and its logs; it goes on by itself, or with"
                        + " START SLAVE");
    }

    private static ReplicationTrouble receiving(ReplicationSource source) {
        Fault fault = source.receiveError();
        String words = fault.words();
        if (words.contains("equal MariaDB server ids")
                || words.contains("equal MySQL server ids")
                || words.contains("same server_id")
                || words.contains("same server_uuid")) {
            return new ReplicationTrouble(
                    Kind.SAME_SERVER_ID,
                    "It has the same server_id as "
                            + (words.contains("equal") ? "its primary" : "another replica")
                            + ", so neither can tell whose changes are whose.",
                    "give each server another server_id (SET GLOBAL server_id, and in its settings"
                            + " file), then START SLAVE");
        }
        if (fault.code() == 1236) {
            return log(fault);
        }
        if (words.contains("REPLICATION SLAVE") || words.contains("COM_REGISTER_SLAVE")) {
            return new ReplicationTrouble(
                    Kind.NO_REPLICATION_RIGHT,
                    "The user "
                            + source.user()
                            + " may not replicate from "
                            + source.upstream()
                            + ".",
                    "on the primary: GRANT REPLICATION SLAVE ON *.* TO '"
                            + source.user()
                            + "'@'%'");
        }
        if (NO_ENTRY.contains(fault.code()) || words.contains("Access denied")) {
            return new ReplicationTrouble(
                    Kind.NO_ENTRY,
                    source.upstream()
                            + " does not let the user "
                            + source.user()
                            + " in: the password is another there, or there is no such user for"
                            + " this machine ("
                            + words
                            + ").",
                    "on the primary: SELECT user, host FROM mysql.user; then set the password with"
                            + " ALTER USER there, or with CHANGE MASTER TO master_password here");
        }
        if (NO_WAY.contains(fault.code())) {
            return new ReplicationTrouble(
                    Kind.NO_CONNECTION,
                    source.upstream() + " cannot be reached: " + words + ".",
                    "see that the server runs, listens at that address (bind_address) and that no"
                            + " firewall is between; is it the right host and port?");
        }
        return new ReplicationTrouble(
                Kind.OTHER,
                "It receives nothing: " + words + ".",
                "mend the cause; then START SLAVE IO_THREAD, or let the node do it");
    }

    private static ReplicationTrouble log(Fault fault) {
        if (fault.words().contains("not in the master's binlog")) {
            return new ReplicationTrouble(
                    Kind.DIVERGED,
                    "It has transactions that its primary has not (" + fault.words() + ").",
                    "let it be copied anew: the node does it and keeps the old data aside;"
                            + " 'shoestring doctor' names the transactions");
        }
        return new ReplicationTrouble(
                Kind.MISSING_LOG,
                "Its primary no longer has the part of the log that it needs next ("
                        + fault.words()
                        + ").",
                "have it copied anew (a running node does it by itself); and keep the log for"
                        + " longer than a replica is away: binlog_expire_logs_seconds");
    }

    private static ReplicationTrouble stopped(ReplicationSource source) {
        boolean both = source.receiving().equals("No") && source.applying().equals("No");
        return new ReplicationTrouble(
                Kind.STOPPED,
                both
                        ? "Somebody has stopped it: STOP SLAVE."
                        : "Somebody has stopped its "
                                + (source.applying().equals("No") ? "SQL" : "IO")
                                + " thread.",
                "START SLAVE while its primary runs; a running node does it by itself");
    }
}
