package io.shoestring.database.mysql;

import io.shoestring.model.Delay;
import io.shoestring.model.MemberState;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a server says of its own following, {@code SHOW SLAVE STATUS}.
 *
 * @param configured whether it was ever told whom to follow
 * @param upstream {@code host:port}; empty if it follows nobody
 * @param receives whether it receives, or tries to
 * @param connected whether it is connected to the one that it follows
 * @param applies whether it applies what it received
 * @param idle whether it has applied all that it received
 * @param received what it has received since it was started
 * @param receiveError why it does not receive; empty if nothing is wrong
 * @param receiveErrorCode the number of that error; 0 if nothing is wrong
 * @param applyError why it does not apply; empty if nothing is wrong
 * @param trouble the same in words, if it does not follow
 * @param delaySeconds how much later it is told to apply what it received; 0: at once
 * @param holdsBack whether it does not apply what is next because that is too young
 */
record ReplicaStatus(
        boolean configured,
        String upstream,
        boolean receives,
        boolean connected,
        boolean applies,
        boolean idle,
        GtidState received,
        String receiveError,
        int receiveErrorCode,
        String applyError,
        Optional<ReplicationTrouble> trouble,
        int delaySeconds,
        boolean holdsBack) {
    private static final String HOLDS_BACK = "MASTER_DELAY";
    private static final String ALL_APPLIED = "has read all relay log";

    /** Asks. */
    static ReplicaStatus read(ServerConnection connection) throws IOException, MysqlException {
        List<Map<String, String>> rows = connection.table("SHOW SLAVE STATUS");
        if (rows.isEmpty()) {
            return new ReplicaStatus(
                    false,
                    "",
                    false,
                    false,
                    false,
                    true,
                    GtidState.EMPTY,
                    "",
                    0,
                    "",
                    Optional.empty(),
                    0,
                    false);
        }
        Map<String, String> row = rows.getFirst();
        String host = text(row, "Master_Host");
        String receiving = text(row, "Slave_IO_Running");
        return new ReplicaStatus(
                !host.isEmpty(),
                host.isEmpty() ? "" : host + ":" + text(row, "Master_Port"),
                !receiving.equals("No"),
                receiving.equals("Yes"),
                text(row, "Slave_SQL_Running").equals("Yes"),
                text(row, "Slave_SQL_Running_State").contains(ALL_APPLIED),
                GtidState.parse(text(row, "Gtid_IO_Pos")),
                text(row, "Last_IO_Error"),
                Integer.parseInt("0" + text(row, "Last_IO_Errno")),
                text(row, "Last_SQL_Error"),
                host.isEmpty()
                        ? Optional.empty()
                        : ReplicationTrouble.of(ReplicationSource.of(row)),
                Integer.parseInt("0" + text(row, "SQL_Delay")),
                text(row, "Slave_SQL_Running_State").contains(HOLDS_BACK));
    }

    /** Whether it follows, and nothing is in its way. */
    boolean streams() {
        return connected && applies;
    }

    /** How it holds back what it received, if it is told to. */
    Optional<MemberState.Held> held() {
        return delaySeconds == 0
                ? Optional.empty()
                : Optional.of(new MemberState.Held(new Delay(delaySeconds), holdsBack));
    }

    private static String text(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }
}
