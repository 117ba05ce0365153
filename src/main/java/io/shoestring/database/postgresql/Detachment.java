package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Takes a running replica off its primary: it receives, and acknowledges, nothing any more. */
final class Detachment {
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 2;
    private static final long END_SECONDS = 5;
    private static final int LOOK_AGAIN_MILLIS = 5;

    private final Server server;

    Detachment(Server server) {
        this.server = server;
    }

    /** Does it, reads back that no process receives, and says so. */
    String detach(long epoch) throws DatabaseException, SQLException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            if (!Sql.isTrue(connection, "SELECT pg_is_in_recovery()")) {
                throw new DatabaseException(
                        "Member " + server.name() + " is not a replica: it cannot be detached.");
            }
            new SettingsFile(server)
                    .write(
                            Settings.ofDetached(
                                    server.name(), server.port(), epoch, server.delay()));
            RunningSettings running = new RunningSettings(connection, server.clock());
            running.reload();
            running.await(Map.of("primary_conninfo", ""));
            awaitNoReceiver(connection);
        }
        return "Member " + server.name() + " receives nothing any more.";
    }

    /** The server's start-up process ends the receiver when it has read the new setting. */
    private void awaitNoReceiver(Connection connection) throws DatabaseException, SQLException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(END_SECONDS);
        while (Sql.isTrue(
                connection,
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type ="
                        + " 'walreceiver')")) {
            if (server.clock().nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " still receives from its primary, "
                                + END_SECONDS
                                + " s after it was told not to.");
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }
}
