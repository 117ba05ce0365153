package io.shoestring.database.postgresql;

import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberState.Standby;
import io.shoestring.model.Position;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that an observation needs of a running server, asked at once by one prepared statement
 * on one connection.
 */
final class ServerQuestion implements AutoCloseable {
    /**
     * The primary's position is what is on its disk: a replica can never have more, and all that
     * was acknowledged is in it. (The insert position can stand behind a page header that nobody
     * has.)
     */
    private static final String QUESTION =
            """
            SELECT s.recovering,
                   CASE WHEN s.recovering THEN '0/0' ELSE pg_current_wal_flush_lsn()::text END,
                   CASE WHEN s.recovering THEN '' ELSE pg_walfile_name(pg_current_wal_lsn()) END,
                   coalesce(pg_last_wal_receive_lsn()::text, '0/0'),
                   coalesce(pg_last_wal_replay_lsn()::text, '0/0'),
                   coalesce((SELECT status FROM pg_stat_get_wal_receiver()), ''),
                   coalesce((SELECT received_tli FROM pg_stat_get_wal_receiver()), 0),
                   (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline)
                    FROM pg_control_checkpoint() c, pg_control_recovery() r),
                   current_setting('primary_conninfo'),
                   current_setting('synchronous_standby_names'),
                   coalesce((SELECT string_agg(concat_ws('|', a.application_name, w.state,
                                      coalesce(w.flush_lsn::text, '0/0'), w.sync_state), E'\\n'
                                      ORDER BY a.backend_start)
                             FROM pg_stat_get_wal_senders() w,
                                  pg_stat_get_activity(w.pid) a), ''),
                   (SELECT system_identifier FROM pg_control_system()),
                   -- Before the first message both times are when the receiver was started.
                   coalesce((SELECT last_msg_send_time::text FROM pg_stat_get_wal_receiver()
                             WHERE last_msg_send_time <> last_msg_receipt_time), ''),
                   coalesce((SELECT latest_end_lsn::text FROM pg_stat_get_wal_receiver()), '0/0'),
                   extract(epoch FROM s.delay::interval),
                   -- Who is not delayed is not asked for his processes.
                   CASE WHEN s.recovering AND s.delay <> '0'
                        THEN coalesce((SELECT bool_or(wait_event = 'RecoveryApplyDelay')
                                       FROM pg_stat_activity WHERE backend_type = 'startup'), false)
                        ELSE false END
            FROM (SELECT pg_is_in_recovery() AS recovering,
                         current_setting('recovery_min_apply_delay') AS delay) s
            """;

    private static final String NOT_IN_THIS_STATE = "55000";

    private final PreparedStatement statement;
    private final Collection<MemberName> members;
    private final Timeline timeline;
    private final Hearing hearing;

    /** On which timeline the log at a position on the server's disk is; else {@code checkpoint}. */
    interface Timeline {
        int of(Lsn onDisk, int checkpoint);
    }

    /**
     * @param members whose connections to a primary are of interest
     * @param hearing is told what a replica hears
     */
    ServerQuestion(
            Connection connection,
            Collection<MemberName> members,
            Timeline timeline,
            Hearing hearing)
            throws SQLException {
        this.statement = connection.prepareStatement(QUESTION);
        this.members = members;
        this.timeline = timeline;
        this.hearing = hearing;
    }

    /**
     * Asks, in a look that began then. A promotion in the middle of the statement makes it fail:
     * then once more.
     */
    MemberState ask(long beginNanos) throws SQLException {
        try {
            return askOnce(beginNanos);
        } catch (SQLException e) {
            if (NOT_IN_THIS_STATE.equals(e.getSQLState())) {
                return askOnce(beginNanos);
            }
            throw e;
        }
    }

    private MemberState askOnce(long beginNanos) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1) ? replica(row, beginNanos) : primary(row);
        }
    }

    private MemberState primary(ResultSet row) throws SQLException {
        Lsn end = Lsn.parse(row.getString(2));
        int current = Integer.parseUnsignedInt(row.getString(3), 0, 8, 16);
        Set<MemberName> synchronous = SynchronousNames.parse(row.getString(10));
        return new MemberState.Primary(
                new Position(current, end),
                standbys(row.getString(11)),
                synchronous,
                row.getLong(12));
    }

    private MemberState replica(ResultSet row, long beginNanos) throws SQLException {
        Lsn replayed = Lsn.parse(row.getString(5));
        // After a restart the received position is unknown, or the beginning of a segment.
        Lsn onDisk = max(Lsn.parse(row.getString(4)), replayed);
        int receiving = row.getInt(7);
        int current = receiving > 0 ? receiving : timeline.of(onDisk, row.getInt(8));
        String upstream =
                ConnectionInfo.upstream(row.getString(9)).map(Endpoint::toString).orElse("");
        return new MemberState.Replica(
                new Position(current, onDisk),
                new Position(current, replayed),
                row.getString(6).equals("streaming"),
                upstream,
                row.getLong(12),
                Optional.empty(),
                hearing.look(
                        beginNanos,
                        upstream,
                        row.getString(13),
                        Lsn.parse(row.getString(14)),
                        onDisk),
                held(Math.round(row.getDouble(15)), row.getBoolean(16)));
    }

    private static Optional<MemberState.Held> held(long seconds, boolean waits) {
        return seconds < 1
                ? Optional.empty()
                : Optional.of(new MemberState.Held(new Delay(seconds), waits));
    }

    private static Lsn max(Lsn one, Lsn other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    /** Of two connections of one member (the older one is dying) the younger one counts. */
    private List<Standby> standbys(String rows) {
        Map<MemberName, Standby> standbys = new LinkedHashMap<>();
        for (String row : rows.lines().toList()) {
            String[] fields = row.split("\\|", -1);
            int count = fields.length;
            if (count >= 4) {
                MemberName member =
                        new MemberName(String.join("|", List.of(fields).subList(0, count - 3)));
                if (members.contains(member)) {
                    standbys.put(
                            member,
                            new Standby(
                                    member,
                                    fields[count - 3].equals("streaming"),
                                    Lsn.parse(fields[count - 2]),
                                    fields[count - 1].equals("sync")
                                            || fields[count - 1].equals("quorum")));
                }
            }
        }
        return List.copyOf(standbys.values());
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
