package io.shoestring.doctor.facts;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Asks a server who it is, and what time it is there. */
final class IdentitySurvey {
    private static final int TIMES = 5;

    private static final String QUESTION =
            """
            SELECT s.system_identifier, current_setting('server_version_num')::int AS version,
                   pg_is_in_recovery() AS replica, current_setting('data_directory') AS data,
                   current_setting('config_file') AS config,
                   i.data_page_checksum_version > 0 AS checksums,
                   current_setting('shoestring.epoch', true) IS NOT NULL AS adopted
            FROM pg_control_system() s, pg_control_init() i
            """;

    private final Clock clock;
    private final WallClock wallClock;

    IdentitySurvey(Clock clock, WallClock wallClock) {
        this.clock = clock;
        this.wallClock = wallClock;
    }

    IdentityFacts ask(Connection connection, Endpoint reached, Optional<String> addressProblem)
            throws SQLException {
        TimeOfDay time = time(connection);
        return Rows.one(
                connection,
                QUESTION,
                row ->
                        new IdentityFacts(
                                row.getLong("system_identifier"),
                                row.getInt("version"),
                                row.getBoolean("replica"),
                                Path.of(row.getString("data")),
                                Path.of(row.getString("config")),
                                row.getBoolean("checksums"),
                                row.getBoolean("adopted"),
                                reached,
                                addressProblem,
                                time.ahead(),
                                time.roundTrip()));
    }

    private record TimeOfDay(Duration ahead, Duration roundTrip) {}

    /** The shortest of some round trips says most of the other clock. */
    private TimeOfDay time(Connection connection) throws SQLException {
        TimeOfDay best = askTime(connection);
        for (int i = 1; i < TIMES; i++) {
            TimeOfDay next = askTime(connection);
            best = next.roundTrip().compareTo(best.roundTrip()) < 0 ? next : best;
        }
        return best;
    }

    private TimeOfDay askTime(Connection connection) throws SQLException {
        long begin = clock.nanos();
        double epoch =
                Rows.one(
                        connection,
                        "SELECT extract(epoch FROM clock_timestamp())::float8",
                        row -> row.getDouble(1));
        Duration trip = Duration.ofNanos(clock.nanos() - begin);
        Instant middle = wallClock.now().minus(trip.dividedBy(2));
        Instant theirs = Instant.ofEpochMilli((long) (epoch * 1000));
        return new TimeOfDay(Duration.between(middle, theirs), trip);
    }
}
