package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The primary that a member shall follow, asked from the member's node. */
final class UpstreamServer implements AutoCloseable {
    private static final int CONNECT_SECONDS = 3;
    private static final int ANSWER_SECONDS = 5;

    private final MemberSpec spec;
    private final ServerLogin login;
    private final Connection connection;

    private UpstreamServer(MemberSpec spec, ServerLogin login, Connection connection) {
        this.spec = spec;
        this.login = login;
        this.connection = connection;
    }

    /**
     * Connects, and makes sure that it is a primary.
     *
     * @throws DatabaseException if it cannot be reached or is none
     */
    static UpstreamServer open(MemberSpec spec, ServerLogin login) throws DatabaseException {
        return open(spec, login, false);
    }

    /**
     * Connects, and makes sure that it is a replica.
     *
     * @throws DatabaseException if it cannot be reached or is none
     */
    static UpstreamServer openReplica(MemberSpec spec, ServerLogin login) throws DatabaseException {
        return open(spec, login, true);
    }

    private static UpstreamServer open(MemberSpec spec, ServerLogin login, boolean replica)
            throws DatabaseException {
        String role = replica ? "replica" : "primary";
        Connection connection = null;
        try {
            connection = login.connect(List.of(spec.endpoint()), CONNECT_SECONDS, ANSWER_SECONDS);
            if (Sql.isTrue(connection, "SELECT pg_is_in_recovery()") == replica) {
                return new UpstreamServer(spec, login, connection);
            }
        } catch (SQLException e) {
            Server.closeQuietly(connection);
            throw new DatabaseException(
                    "The "
                            + role
                            + " "
                            + spec.name()
                            + " at "
                            + spec.endpoint()
                            + " cannot be asked: "
                            + e.getMessage(),
                    e);
        }
        Server.closeQuietly(connection);
        throw new DatabaseException(
                "Member " + spec.name() + " at " + spec.endpoint() + " is no " + role + ".");
    }

    MemberName name() {
        return spec.name();
    }

    Endpoint endpoint() {
        return spec.endpoint();
    }

    long systemIdentifier() throws SQLException {
        return Long.parseLong(
                Sql.text(connection, "SELECT system_identifier FROM pg_control_system()"));
    }

    /** About how much a copy of its data takes. */
    long bytes() throws SQLException {
        return Long.parseLong(
                Sql.text(
                        connection,
                        "SELECT (SELECT sum(pg_database_size(oid)) FROM pg_database)::bigint"
                                + " + (SELECT sum(size) FROM pg_ls_waldir())::bigint"));
    }

    /** The directories outside of its data directory in which it has data. */
    List<Tablespaces.Tablespace> tablespaces() throws SQLException {
        List<Tablespaces.Tablespace> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT oid::text, pg_tablespace_location(oid),"
                                        + " pg_tablespace_size(oid) FROM pg_tablespace"
                                        + " WHERE pg_tablespace_location(oid) <> ''"
                                        + " ORDER BY oid")) {
            while (rows.next()) {
                found.add(
                        new Tablespaces.Tablespace(
                                rows.getString(1), Path.of(rows.getString(2)), rows.getLong(3)));
            }
        }
        return found;
    }

    /** What a setting is there, in the unit in which it is shown. */
    String setting(String name) throws SQLException {
        return Sql.text(connection, "SELECT current_setting(?)", name);
    }

    /** What is on its disk. */
    Lsn position() throws SQLException {
        return Lsn.parse(Sql.text(connection, "SELECT pg_current_wal_flush_lsn()::text"));
    }

    Timelines timelines() throws SQLException {
        String name = Sql.text(connection, "SELECT pg_walfile_name(pg_current_wal_lsn())");
        String timeline = name.substring(0, 8);
        String history =
                Sql.value(
                                connection,
                                "SELECT pg_read_file('pg_wal/' || ? || '.history', 0, 1000000,"
                                        + " true)",
                                timeline)
                        .orElse("");
        return Timelines.parse(Integer.parseInt(timeline, 16), history);
    }

    /** Makes sure that it keeps the log for {@code follower} from now on. */
    void keepLogFor(MemberName follower) throws SQLException {
        ReplicationSlots.ensure(connection, SlotName.of(follower));
    }

    /** Whether it has a slot for {@code follower}. */
    boolean keepsLogFor(MemberName follower) throws SQLException {
        return Sql.value(
                        connection,
                        "SELECT slot_name FROM pg_replication_slots WHERE slot_name = ?",
                        SlotName.of(follower))
                .isPresent();
    }

    /** Keeps no log for {@code follower} any more, unless that one reads it at this moment. */
    void forget(MemberName follower) throws SQLException {
        ReplicationSlots.drop(connection, SlotName.of(follower));
    }

    /** {@code pg_rewind} reads the source's timeline from its last checkpoint. */
    void checkpointOnItsTimeline() throws SQLException, DatabaseException {
        try (Connection patient = login.connect(List.of(spec.endpoint()), CONNECT_SECONDS, 0)) {
            new WatchedCheckpoint(patient, this::problem).run(1);
        }
    }

    private Optional<String> problem() throws SQLException {
        return Sql.isTrue(connection, "SELECT pg_is_in_recovery()")
                ? Optional.of(spec.name() + " is no primary any more.")
                : Optional.empty();
    }

    /** Whether {@code follower} is connected and has caught up. */
    boolean streamsTo(MemberName follower) throws SQLException {
        return Sql.isTrue(
                connection,
                "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = ?"
                        + " AND state = 'streaming')",
                follower.value());
    }

    /**
     * Whether it still has the segment whose name ends so, on whatever timeline.
     *
     * @param segment the name without the timeline: 16 digits
     */
    boolean hasSegment(String segment) throws SQLException {
        return Sql.isTrue(
                connection,
                "SELECT EXISTS (SELECT FROM pg_ls_waldir() WHERE length(name) = 24"
                        + " AND right(name, 16) = ?)",
                segment);
    }

    /** The table that has this file, as {@code database: schema.table}; empty if none has it. */
    Optional<String> tableOf(DivergentLog.Relation relation)
            throws SQLException, DatabaseException {
        Optional<String> database =
                Sql.value(
                        connection,
                        "SELECT datname FROM pg_database WHERE oid = ?::bigint",
                        Long.toString(relation.database()));
        if (database.isEmpty()) {
            return database;
        }
        try (Connection inside =
                login.connectToRead(spec.endpoint(), database.get(), ANSWER_SECONDS)) {
            return Sql.value(
                    inside,
                    "SELECT current_database() || ': ' || n.nspname || '.' || c.relname"
                            + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                            + " WHERE c.oid = pg_filenode_relation(?::oid, ?::oid)",
                    Long.toString(relation.tablespace()),
                    Long.toString(relation.file()));
        }
    }

    /** For what libpq's programs would do, where they are not installed. */
    ReplicationConnection replicate(MemberName follower) throws DatabaseException {
        return login.replicate(spec.endpoint(), applicationName(follower));
    }

    private static String applicationName(MemberName follower) {
        return follower.value() + " joining";
    }

    /** For libpq's programs, without the password. */
    String connectionInfo(MemberName follower) {
        return ConnectionInfo.render(
                Map.of(
                        "host",
                        spec.endpoint().host(),
                        "port",
                        Integer.toString(spec.endpoint().port()),
                        "user",
                        login.user(),
                        "dbname",
                        ServerLogin.MAINTENANCE_DATABASE,
                        "application_name",
                        applicationName(follower),
                        "connect_timeout",
                        "5"));
    }

    /** The environment of libpq's programs: the password. */
    Map<String, String> environment() throws DatabaseException {
        return Map.of("PGPASSWORD", login.password());
    }

    @Override
    public void close() {
        Server.closeQuietly(connection);
    }
}
