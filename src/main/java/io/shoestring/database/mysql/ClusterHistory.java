package io.shoestring.database.mysql;

import io.shoestring.model.MemberName;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;

/**
 * The table {@code shoestring.history} in the database itself, one row for each epoch. It is
 * replicated and copied with the data, so that it says of any server to which cluster it belongs
 * and under which epoch its newest data was written, which MariaDB itself does not.
 *
 * @param cluster the cluster's identifier; 0 if the server has no history
 * @param epoch the newest
 */
record ClusterHistory(long cluster, long epoch) {
    private static final ClusterHistory NONE = new ClusterHistory(0, 0);
    private static final int NO_DATABASE = 1049;
    private static final int NO_TABLE = 1146;

    /** What the server has. */
    static ClusterHistory read(ServerConnection connection) throws IOException, MysqlException {
        try {
            List<List<String>> rows =
                    connection.ask(
                            "SELECT cluster, epoch FROM shoestring.history ORDER BY epoch DESC"
                                    + " LIMIT 1");
            return rows.isEmpty()
                    ? NONE
                    : new ClusterHistory(
                            Long.parseLong(rows.getFirst().getFirst()),
                            Long.parseLong(rows.getFirst().getLast()));
        } catch (MysqlException e) {
            if (e.code() == NO_DATABASE || e.code() == NO_TABLE) {
                return NONE;
            }
            throw e;
        }
    }

    /**
     * Writes that the member is the primary of the epoch; the agent may, though it is read-only.
     */
    static void begin(ServerConnection connection, long epoch, MemberName member)
            throws IOException, MysqlException {
        ClusterHistory before = read(connection);
        if (before.epoch() >= epoch) {
            return;
        }
        if (before.cluster() == 0) {
            connection.run("CREATE DATABASE IF NOT EXISTS shoestring");
            connection.run(
                    "CREATE TABLE IF NOT EXISTS shoestring.history (epoch BIGINT PRIMARY KEY,"
                            + " cluster BIGINT NOT NULL, member VARCHAR(64) NOT NULL, since"
                            + " TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB"
                            + " COMMENT='Who was the primary since when; written by Shoestring'");
        }
        long cluster = before.cluster() == 0 ? newIdentifier() : before.cluster();
        connection.run(
                "INSERT IGNORE INTO shoestring.history (epoch, cluster, member) VALUES ("
                        + epoch
                        + ", "
                        + cluster
                        + ", "
                        + MariaDbServer.quoted(member.value())
                        + ")");
    }

    private static long newIdentifier() {
        return 1 + (new SecureRandom().nextLong() >>> 1);
    }
}
