package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Lsn;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * Waits until a running replica gets the primary's log. It is given up as hopeless only on positive
 * evidence: a replica may have much to replay before it asks for more.
 */
final class Attachment {
    private static final long ATTACH_SECONDS = 60;
    private static final long EVIDENCE_AFTER_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int LOOK_AGAIN_MILLIS = 20;

    private static final String QUESTION =
            """
            SELECT coalesce(r.status = 'streaming', false),
                   coalesce(r.sender_host, ''), coalesce(r.sender_port, 0),
                   coalesce(r.flushed_lsn > r.receive_start_lsn, false),
                   greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), '0/0')::text,
                   pg_is_wal_replay_paused(),
                   coalesce((SELECT wait_event IN ('RecoveryWalStream',
                                                   'RecoveryRetrieveRetryInterval')
                             FROM pg_stat_activity WHERE backend_type = 'startup'), false),
                   coalesce((SELECT wait_event = 'RecoveryApplyDelay'
                             FROM pg_stat_activity WHERE backend_type = 'startup'), false),
                   (SELECT greatest(c.timeline_id, e.min_recovery_end_timeline)
                    FROM pg_control_checkpoint() c, pg_control_recovery() e)
            FROM (SELECT) one LEFT JOIN pg_stat_wal_receiver r ON true
            """;

    /** How it ended. */
    enum End {
        /** The primary's log flows in. */
        ATTACHED,
        /**
         * It holds back what it has, on purpose, and asks for more only when it has applied that.
         */
        HOLDS_BACK,
        /** The replica has log that is not in the primary's history. */
        DIVERGED,
        /** The primary has not kept the log that the replica needs. */
        LOG_GONE
    }

    private record Look(
            boolean streaming,
            Endpoint sender,
            boolean flows,
            Lsn position,
            boolean paused,
            boolean waiting,
            boolean holdsBack,
            int knownTimeline) {}

    private final Server server;
    private final UpstreamServer upstream;
    private final LocalLog log;

    Attachment(Server server, UpstreamServer upstream, LocalLog log) {
        this.server = server;
        this.upstream = upstream;
        this.log = log;
    }

    /**
     * Waits.
     *
     * @throws DatabaseException if it is not attached after a minute, without evidence why
     */
    End await() throws SQLException, DatabaseException {
        long begin = server.clock().nanos();
        try (Connection replica = server.connect(2, 5);
                PreparedStatement question = replica.prepareStatement(QUESTION)) {
            while (true) {
                Look look = look(question);
                if (isAttached(look)) {
                    return End.ATTACHED;
                }
                long waited = server.clock().nanos() - begin;
                if (waited > EVIDENCE_AFTER_NANOS && look.waiting() && isDiverged(look)) {
                    return End.DIVERGED;
                }
                if (waited > EVIDENCE_AFTER_NANOS && look.waiting() && isLogGone(look)) {
                    return End.LOG_GONE;
                }
                if (waited > EVIDENCE_AFTER_NANOS && look.holdsBack()) {
                    return isDiverged(look) ? End.DIVERGED : End.HOLDS_BACK;
                }
                if (waited > TimeUnit.SECONDS.toNanos(ATTACH_SECONDS)) {
                    throw new DatabaseException(problem(look));
                }
                Pause.millis(LOOK_AGAIN_MILLIS);
            }
        }
    }

    private static Look look(PreparedStatement question) throws SQLException {
        try (ResultSet row = question.executeQuery()) {
            row.next();
            return new Look(
                    row.getBoolean(1),
                    new Endpoint(row.getString(2), row.getInt(3)),
                    row.getBoolean(4),
                    Lsn.parse(row.getString(5)),
                    row.getBoolean(6),
                    row.getBoolean(7),
                    row.getBoolean(8),
                    row.getInt(9));
        }
    }

    /**
     * A connection that streams is not enough: PostgreSQL accepts a request for log that it has
     * removed, and breaks it off a moment later.
     */
    private boolean isAttached(Look look) throws SQLException {
        return look.streaming()
                && look.sender().equals(upstream.endpoint())
                && (look.flows() || upstream.streamsTo(server.name()));
    }

    private boolean isDiverged(Look look) throws SQLException, DatabaseException {
        int timeline = log.files().timelineOf(look.position(), look.knownTimeline());
        Lsn fork = log.timelines(timeline).forkPoint(upstream.timelines());
        return look.position().compareTo(fork) > 0;
    }

    private boolean isLogGone(Look look) throws SQLException {
        return look.position().compareTo(upstream.position()) < 0
                && !upstream.hasSegment(log.files().nameOf(0, look.position()).substring(8));
    }

    private String problem(Look look) {
        String start = "Member " + server.name() + " does not follow " + upstream.name() + " yet: ";
        if (look.paused()) {
            return start + "its replay is paused; resume it by SELECT pg_wal_replay_resume().";
        }
        return look.waiting()
                ? start
                        + "it is not connected to "
                        + upstream.endpoint()
                        + "; its log ("
                        + server.data().log()
                        + ", or where log_directory points) says why."
                : start + "it still replays what it has, at " + look.position() + ".";
    }
}
