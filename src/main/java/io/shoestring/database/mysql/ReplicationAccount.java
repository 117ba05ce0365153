package io.shoestring.database.mysql;

import io.shoestring.model.MemberName;

import java.io.IOException;

/** The user by which a member follows another, with no more rights than that needs. */
final class ReplicationAccount {
    private ReplicationAccount() {}

    /** Makes it where the data is written, unless it is there. */
    static void allow(ServerConnection primary, MemberName follower, String password)
            throws IOException, MysqlException {
        if (isKnown(primary, follower)) {
            return;
        }
        String user = MariaDbServer.quoted(MariaDbServer.replicationUser(follower)) + "@'%'";
        primary.run(
                "CREATE USER IF NOT EXISTS "
                        + user
                        + " IDENTIFIED BY "
                        + MariaDbServer.quoted(password));
        primary.run("GRANT REPLICATION SLAVE ON *.* TO " + user);
    }

    private static boolean isKnown(ServerConnection connection, MemberName follower)
            throws IOException, MysqlException {
        String count =
                connection
                        .ask(
                                "SELECT count(*) FROM mysql.user WHERE host = '%' AND"
                                        + " repl_slave_priv = 'Y' AND user = "
                                        + MariaDbServer.quoted(
                                                MariaDbServer.replicationUser(follower)))
                        .getFirst()
                        .getFirst();
        return !count.equals("0");
    }
}
