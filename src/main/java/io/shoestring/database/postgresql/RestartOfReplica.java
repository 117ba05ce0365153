package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;
import io.shoestring.model.MemberSpec;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What is made sure of before a running replica is stopped in order to be started again. */
final class RestartOfReplica {
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 5;

    /** Queries that are on their way: nothing new comes, because it is out of use. */
    private static final long QUIET_SECONDS = 10;

    private static final int LOOK_AGAIN_MILLIS = 20;

    /** A replica whose value is lower than its primary's does not start. */
    private static final List<String> NOT_LOWER =
            List.of(
                    "max_connections",
                    "max_worker_processes",
                    "max_wal_senders",
                    "max_prepared_transactions",
                    "max_locks_per_transaction");

    private final Server server;

    RestartOfReplica(Server server) {
        this.server = server;
    }

    /**
     * Returns when it may be stopped.
     *
     * @throws DatabaseException if it would not start again, or is still in use; nothing was done
     */
    void prepare(MemberSpec primary) throws DatabaseException, SQLException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            if (!Sql.isTrue(connection, "SELECT pg_is_in_recovery()")) {
                throw new DatabaseException(
                        "Member " + server.name() + " is no replica, so it was not restarted.");
            }
            checkStart(connection, primary);
            awaitQuiet(connection);
        }
    }

    private void checkStart(Connection connection, MemberSpec primary)
            throws DatabaseException, SQLException {
        try (UpstreamServer upstream = UpstreamServer.open(primary, server.login())) {
            for (String name : NOT_LOWER) {
                Optional<String> next = inFiles(connection, name);
                String there = upstream.setting(name);
                if (next.isPresent() && isLower(next.get(), there)) {
                    throw new DatabaseException(
                            "Member "
                                    + server.name()
                                    + " was not restarted: its "
                                    + name
                                    + " would be "
                                    + next.get()
                                    + ", that of the primary "
                                    + primary.name()
                                    + " is "
                                    + there
                                    + ", and PostgreSQL starts no replica with less than its"
                                    + " primary has. Set it to "
                                    + there
                                    + " or more; to lower it, the primary has to be restarted in"
                                    + " place before its replicas are.");
                }
            }
        }
    }

    /** What the next start would take; empty if no file sets it. */
    private static Optional<String> inFiles(Connection connection, String name)
            throws SQLException {
        return Sql.value(
                connection,
                "SELECT setting FROM pg_file_settings WHERE name = ? ORDER BY seqno DESC LIMIT 1",
                name);
    }

    private static boolean isLower(String value, String than) {
        try {
            return Long.parseLong(value.strip()) < Long.parseLong(than.strip());
        } catch (NumberFormatException e) {
            // Not a plain number: the server itself says at its start what it thinks of it.
            return false;
        }
    }

    private void awaitQuiet(Connection connection) throws DatabaseException, SQLException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(QUIET_SECONDS);
        while (true) {
            Optional<String> busy = busy(connection);
            if (busy.isEmpty()) {
                return;
            }
            if (server.clock().nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " was not restarted, because clients are still at work there"
                                + " after "
                                + QUIET_SECONDS
                                + " s: "
                                + busy.get()
                                + ". Wait for their end, or end them by pg_terminate_backend.");
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }

    private static Optional<String> busy(Connection connection) throws SQLException {
        return Sql.value(
                connection,
                """
                SELECT string_agg(concat('process ', pid, ' of ', usename, ' (',
                                         left(regexp_replace(query, '\\s+', ' ', 'g'), 60), ')'),
                                  ', ')
                FROM (SELECT pid, usename, query FROM pg_stat_activity
                      WHERE backend_type = 'client backend' AND state <> 'idle'
                        AND application_name <> 'shoestring' AND pid <> pg_backend_pid()
                      ORDER BY xact_start LIMIT 3) busy
                """);
    }
}
