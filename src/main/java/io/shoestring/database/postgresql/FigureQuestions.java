package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Behind;
import io.shoestring.model.MemberFigures.Checkpoints;
import io.shoestring.model.MemberFigures.Contents;
import io.shoestring.model.MemberFigures.Sessions;
import io.shoestring.model.MemberFigures.Slot;
import io.shoestring.model.MemberFigures.Standby;
import io.shoestring.model.MemberFigures.Wait;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The questions for a server's figures, on one connection. Each has a bound on its rows, which is
 * larger than what a person reads. Not thread-safe.
 */
final class FigureQuestions implements AutoCloseable {
    private static final long BUDGET_NANOS = Duration.ofSeconds(2).toNanos();
    private static final int VERSION_WITH_CHECKPOINTER = 170_000;

    private static final String SESSIONS =
            """
            SELECT coalesce(state, 'other'), count(*),
                   count(*) FILTER (WHERE wait_event_type = 'Lock'),
                   coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            GROUP BY 1
            """;

    /** Only asked when somebody waits: it takes every lock of the lock manager. */
    private static final String WAITS =
            """
            WITH waiting AS (
              SELECT *, pg_blocking_pids(pid) AS blockers FROM pg_stat_activity
              WHERE wait_event_type = 'Lock' ORDER BY query_start LIMIT 20)
            SELECT coalesce(w.datname, ''), coalesce(w.usename, ''), w.application_name, w.pid,
                   coalesce(extract(epoch FROM clock_timestamp() - w.query_start), 0)::float8,
                   coalesce(w.wait_event, ''), left(w.query, 2000), w.blockers,
                   coalesce(left(b.query, 2000), '')
            FROM waiting w LEFT JOIN pg_stat_activity b ON b.pid = w.blockers[1]
            """;

    private static final String CONTENTS =
            """
            SELECT d.datname, s.numbackends, s.xact_commit, s.xact_rollback, s.blks_read,
                   s.blks_hit, s.tup_returned, s.tup_fetched, s.tup_inserted, s.tup_updated,
                   s.tup_deleted, s.conflicts, s.deadlocks, s.temp_files, s.temp_bytes,
                   age(d.datfrozenxid)
            FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid
            WHERE d.datallowconn ORDER BY s.blks_hit + s.blks_read DESC, d.datname LIMIT 50
            """;

    private static final String CHECKPOINTS_BEFORE_17 =
            """
            SELECT checkpoints_timed, checkpoints_req, checkpoint_write_time / 1000,
                   checkpoint_sync_time / 1000, buffers_checkpoint
            FROM pg_stat_bgwriter
            """;

    private static final String CHECKPOINTS =
            """
            SELECT num_timed, num_requested, write_time / 1000, sync_time / 1000, buffers_written
            FROM pg_stat_checkpointer
            """;

    private static final String STANDBYS =
            """
            SELECT application_name, coalesce(host(client_addr), 'local'), coalesce(state, ''),
                   coalesce(sync_state, ''),
                   pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                                        ELSE pg_current_wal_lsn() END, replay_lsn)::int8,
                   extract(epoch FROM write_lag)::float8, extract(epoch FROM flush_lag)::float8,
                   extract(epoch FROM replay_lag)::float8
            FROM pg_stat_replication ORDER BY application_name, pid LIMIT 50
            """;

    /** What has been applied wholly is new, however long ago the last commit was. */
    private static final String BEHIND =
            """
            SELECT greatest(0, pg_wal_lsn_diff(pg_last_wal_receive_lsn(),
                                               pg_last_wal_replay_lsn()))::int8,
                   CASE WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0
                        ELSE greatest(0, coalesce(extract(epoch FROM clock_timestamp()
                             - pg_last_xact_replay_timestamp()), 0)) END::float8
            WHERE pg_is_in_recovery() AND pg_last_wal_receive_lsn() IS NOT NULL
            """;

    private static final String SLOTS =
            """
            SELECT slot_name, slot_type, active,
                   pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                                        ELSE pg_current_wal_lsn() END, restart_lsn)::int8,
                   coalesce(wal_status, '')
            FROM pg_replication_slots ORDER BY slot_name LIMIT 50
            """;

    /** The sessions that do the same. */
    private record InState(String state, long count, long waiting, double oldestSeconds) {}

    private final Connection connection;
    private final Clock clock;
    private final int version;
    private long endNanos;

    FigureQuestions(Connection connection, Clock clock) throws SQLException {
        this.connection = connection;
        this.clock = clock;
        this.version = Integer.parseInt(Sql.text(connection, "SHOW server_version_num"));
    }

    /**
     * Asks all of them.
     *
     * @throws SQLException if one is not answered in time, or all together take too long
     */
    MemberFigures ask(String database, String member, Instant at) throws SQLException {
        endNanos = clock.nanos() + BUDGET_NANOS;
        Sessions sessions = sessions();
        return new MemberFigures(
                database,
                member,
                at,
                Optional.empty(),
                sessions,
                sessions.waiting() == 0 ? List.of() : rows(WAITS, FigureQuestions::waiting),
                rows(CONTENTS, FigureQuestions::contents),
                rows(checkpointQuestion(), FigureQuestions::checkpoints).stream().findFirst(),
                rows(STANDBYS, FigureQuestions::standby),
                rows(BEHIND, FigureQuestions::behind).stream().findFirst(),
                rows(SLOTS, FigureQuestions::slot),
                Optional.empty());
    }

    private static Behind behind(ResultSet row) throws SQLException {
        return new Behind(row.getLong(1), OptionalDouble.of(row.getDouble(2)));
    }

    private String checkpointQuestion() {
        return version < VERSION_WITH_CHECKPOINTER ? CHECKPOINTS_BEFORE_17 : CHECKPOINTS;
    }

    private Sessions sessions() throws SQLException {
        List<InState> all =
                rows(
                        SESSIONS,
                        row ->
                                new InState(
                                        row.getString(1),
                                        row.getLong(2),
                                        row.getLong(3),
                                        row.getDouble(4)));
        return new Sessions(
                Integer.parseInt(Sql.text(connection, "SHOW max_connections")),
                all.stream().collect(Collectors.toMap(InState::state, InState::count)),
                all.stream().mapToLong(InState::waiting).sum(),
                all.stream().mapToDouble(InState::oldestSeconds).max().orElse(0));
    }

    private static Wait waiting(ResultSet row) throws SQLException {
        Object[] blockers = (Object[]) row.getArray(8).getArray();
        return new Wait(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getInt(4),
                row.getDouble(5),
                row.getString(6),
                row.getString(7),
                Arrays.stream(blockers).map(Integer.class::cast).distinct().toList(),
                row.getString(9));
    }

    private static Contents contents(ResultSet row) throws SQLException {
        return new Contents(
                row.getString(1),
                row.getLong(2),
                row.getLong(3),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11),
                row.getLong(12),
                row.getLong(13),
                row.getLong(14),
                row.getLong(15),
                row.getLong(16));
    }

    private static Checkpoints checkpoints(ResultSet row) throws SQLException {
        return new Checkpoints(
                row.getLong(1), row.getLong(2), row.getDouble(3), row.getDouble(4), row.getLong(5));
    }

    private static Standby standby(ResultSet row) throws SQLException {
        return new Standby(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                whole(row, 5),
                decimal(row, 6),
                decimal(row, 7),
                decimal(row, 8));
    }

    private static Slot slot(ResultSet row) throws SQLException {
        return new Slot(
                row.getString(1),
                row.getString(2),
                row.getBoolean(3),
                whole(row, 4),
                row.getString(5));
    }

    private static OptionalLong whole(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static OptionalDouble decimal(ResultSet row, int column) throws SQLException {
        double value = row.getDouble(column);
        return row.wasNull() ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    private <T> List<T> rows(String question, PolledServer.Reader<T> reader) throws SQLException {
        if (clock.nanos() - endNanos > 0) {
            throw new SQLException("it takes too long to answer");
        }
        List<T> all = new ArrayList<>();
        try (var statement = connection.prepareStatement(question);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                all.add(reader.read(row));
            }
        }
        return all;
    }

    @Override
    public void close() {
        Server.closeQuietly(connection);
    }
}
