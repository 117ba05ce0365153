package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.util.Locale;
import java.util.Map;

/**
 * Whom a server follows, and how it goes: a row of {@code SHOW ALL SLAVES STATUS}.
 *
 * @param name of the connection; empty for the usual one
 * @param upstream who is followed
 * @param user by which it logs in there
 * @param receiving {@code Yes}, {@code No}, {@code Connecting} or {@code Preparing}
 * @param applying the same of the other thread
 * @param state what the applying thread says it does, and after it the receiving one
 * @param receiveError number and words; 0 and empty if nothing is wrong
 * @param applyError the same of the other thread
 * @param behindSeconds how old what is applied is; -1 if it is not known
 * @param delaySeconds how long it is to wait with everything
 * @param gtid {@code Slave_Pos}, {@code Current_Pos} or {@code No}
 * @param received the newest position that it has received
 * @param encrypted whether the connection is
 * @param filters what it leaves out; empty if nothing
 */
public record ReplicationSource(
        String name,
        Endpoint upstream,
        String user,
        String receiving,
        String applying,
        String state,
        Fault receiveError,
        Fault applyError,
        long behindSeconds,
        long delaySeconds,
        String gtid,
        String received,
        boolean encrypted,
        String filters) {
    public ReplicationSource {
        requireNonNull(name, "name is null");
        requireNonNull(upstream, "upstream is null");
        requireNonNull(user, "user is null");
        requireNonNull(receiving, "receiving is null");
        requireNonNull(applying, "applying is null");
        requireNonNull(state, "state is null");
        requireNonNull(receiveError, "receiveError is null");
        requireNonNull(applyError, "applyError is null");
        requireNonNull(gtid, "gtid is null");
        requireNonNull(received, "received is null");
        requireNonNull(filters, "filters is null");
    }

    /** What a thread has stumbled over. */
    public record Fault(int code, String words) {
        /** Nothing is wrong. */
        public static final Fault NONE = new Fault(0, "");

        public Fault {
            requireNonNull(words, "words is null");
        }

        /** Whether something is wrong. */
        public boolean is() {
            return code != 0 || !words.isEmpty();
        }
    }

    /** What a row says. */
    static ReplicationSource of(Map<String, String> row) {
        return new ReplicationSource(
                text(row, "Connection_name"),
                new Endpoint(host(row), Math.clamp(number(row, "Master_Port"), 1, 65_535)),
                text(row, "Master_User"),
                text(row, "Slave_IO_Running"),
                text(row, "Slave_SQL_Running"),
                text(row, "Slave_SQL_Running_State") + "; " + text(row, "Slave_IO_State"),
                fault(row, "Last_IO_Err"),
                fault(row, "Last_SQL_Err"),
                text(row, "Seconds_Behind_Master").isEmpty()
                        ? -1
                        : number(row, "Seconds_Behind_Master"),
                number(row, "SQL_Delay"),
                text(row, "Using_Gtid"),
                text(row, "Gtid_IO_Pos"),
                text(row, "Master_SSL_Allowed").equals("Yes"),
                filters(row));
    }

    private static String host(Map<String, String> row) {
        String host = text(row, "Master_Host");
        return host.isEmpty() ? "nobody" : host;
    }

    private static Fault fault(Map<String, String> row, String prefix) {
        return new Fault((int) number(row, prefix + "no"), text(row, prefix + "or"));
    }

    private static String filters(Map<String, String> row) {
        StringBuilder found = new StringBuilder();
        for (String name :
                new String[] {
                    "Replicate_Do_DB",
                    "Replicate_Ignore_DB",
                    "Replicate_Do_Table",
                    "Replicate_Ignore_Table",
                    "Replicate_Wild_Do_Table",
                    "Replicate_Wild_Ignore_Table"
                }) {
            if (!text(row, name).isEmpty()) {
                found.append(found.isEmpty() ? "" : ", ")
                        .append(name.toLowerCase(Locale.ROOT))
                        .append(" = ")
                        .append(text(row, name));
            }
        }
        return found.toString();
    }

    private static String text(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }

    private static long number(Map<String, String> row, String column) {
        String value = text(row, column);
        return value.matches("\\d{1,18}") ? Long.parseLong(value) : 0;
    }

    /** Whether it is the connection by which a primary follows its successor. */
    public boolean isWayBack() {
        return name.equals(MutualFollowing.CONNECTION);
    }

    /** Whether both threads do their work. */
    public boolean follows() {
        return receiving.equals("Yes") && applying.equals("Yes");
    }
}
