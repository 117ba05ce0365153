package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Brings written settings into force on a running server, and reads them back from it. */
final class RunningSettings {
    private static final long RELOAD_SECONDS = 5;
    private static final int LOOK_AGAIN_MILLIS = 2;

    private final Connection connection;
    private final Clock clock;

    RunningSettings(Connection connection, Clock clock) {
        this.connection = connection;
        this.clock = clock;
    }

    /** Tells the server to read its files again; it does so a little later. */
    void reload() throws SQLException {
        Sql.run(connection, "SELECT pg_reload_conf()");
    }

    /** Whether this session sees every expected value now. */
    boolean inForce(Map<String, String> expected) throws SQLException {
        for (Map.Entry<String, String> setting : expected.entrySet()) {
            if (!value(setting.getKey()).equals(setting.getValue())) {
                return false;
            }
        }
        return true;
    }

    /**
     * Waits until this session sees every expected value.
     *
     * @throws DatabaseException if it does not within five seconds: which one, and where it may
     *     come from
     */
    void await(Map<String, String> expected) throws SQLException, DatabaseException {
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(RELOAD_SECONDS);
        for (Map.Entry<String, String> setting : expected.entrySet()) {
            String seen = value(setting.getKey());
            while (!seen.equals(setting.getValue())) {
                if (clock.nanos() - deadline > 0) {
                    throw new DatabaseException(
                            "The setting "
                                    + setting.getKey()
                                    + " is '"
                                    + seen
                                    + "' instead of '"
                                    + setting.getValue()
                                    + "': "
                                    + source(setting.getKey())
                                    + " overrides shoestring.conf; take it out there.");
                }
                Pause.millis(LOOK_AGAIN_MILLIS);
                seen = value(setting.getKey());
            }
        }
    }

    private String value(String name) throws SQLException {
        return Sql.value(connection, "SELECT current_setting(?, true)", name).orElse("");
    }

    private String source(String name) throws SQLException {
        return Sql.value(
                        connection,
                        "SELECT coalesce(sourcefile || ', line ' || sourceline, source)"
                                + " FROM pg_settings WHERE name = ?",
                        name)
                .orElse("something");
    }
}
