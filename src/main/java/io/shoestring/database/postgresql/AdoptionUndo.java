package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes back what was changed at a member of this machine when Shoestring took it over, so that it
 * runs on as somebody else's: a primary by its own settings, a replica behind the same primary.
 * Nothing is restarted. What {@code shoestring.conf} said stays beside it.
 */
public final class AdoptionUndo {
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 5;
    private static final Set<String> UPSTREAM = Set.of("primary_conninfo", "primary_slot_name");

    private final Server server;

    /**
     * Does nothing yet.
     *
     * @param address of the member's node
     */
    public AdoptionUndo(
            DatabaseConfig database, DatabaseConfig.Member member, String address, Clock clock) {
        this.server = new Server(database, member, address, clock);
    }

    /**
     * Takes it back; no node may run on this machine. Can be repeated.
     *
     * @return what was done, in sentences
     * @throws DatabaseException if it could not be; says what to do
     */
    public List<String> run() throws DatabaseException {
        try {
            if (server.data().isEmpty()) {
                return List.of("Its data directory is empty; there is nothing to undo.");
            }
            if (server.processes().postmaster().isPresent()) {
                return ofRunning();
            }
            if (server.data().isReplica()) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " is a replica that does not run, and only shoestring.conf says"
                                + " whom it follows: start it first.");
            }
            return new SettingsFile(server).remove();
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot change the settings of member "
                            + server.name()
                            + ": "
                            + FileProblem.describe(e),
                    e);
        } catch (SQLException e) {
            throw new DatabaseException(
                    "Member " + server.name() + " answered with an error: " + e.getMessage(), e);
        }
    }

    private List<String> ofRunning() throws SQLException, DatabaseException, IOException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            List<String> done = new ArrayList<>();
            Map<String, String> before = values(connection);
            if (Sql.isTrue(connection, "SELECT pg_is_in_recovery()")) {
                keepUpstream(connection, done);
            } else {
                ReplicationSlots.dropFormer(connection, Set.of());
                done.add("The replication slots shoestring_… that nobody uses were dropped.");
            }
            done.addAll(new SettingsFile(server).remove());
            new RunningSettings(connection, server.clock()).reload();
            awaitReload(connection);
            tellChanges(before, values(connection), done);
            return done;
        }
    }

    /** Else it would follow nobody, or whomever an older setting names. */
    private static void keepUpstream(Connection connection, List<String> done) throws SQLException {
        for (String name : UPSTREAM.stream().sorted().toList()) {
            String value = Sql.text(connection, "SHOW " + name);
            Sql.run(
                    connection,
                    "ALTER SYSTEM SET " + name + " = '" + value.replace("'", "''") + "'");
            done.add(name + " was kept, by ALTER SYSTEM: it goes on following the same primary.");
        }
    }

    private void awaitReload(Connection connection) throws SQLException, DatabaseException {
        new RunningSettings(connection, server.clock()).await(Map.of("shoestring.epoch", ""));
    }

    private static Map<String, String> values(Connection connection) throws SQLException {
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : Settings.NAMES) {
            values.put(name, Sql.text(connection, "SHOW " + name));
        }
        return values;
    }

    private static void tellChanges(
            Map<String, String> before, Map<String, String> after, List<String> done) {
        after.forEach(
                (name, value) -> {
                    if (!value.equals(before.get(name))) {
                        done.add(
                                "%s is '%s' again; it was '%s'."
                                        .formatted(name, value, before.get(name)));
                    }
                });
        done.add(
                "What can only change with a restart (port, hot_standby, wal_log_hints) is as"
                        + " postgresql.conf says from the next one on.");
    }
}
