package io.shoestring.doctor.facts;

import io.shoestring.doctor.facts.ReplicationFacts.Archiver;
import io.shoestring.doctor.facts.ReplicationFacts.Receiver;
import io.shoestring.doctor.facts.ReplicationFacts.Sender;
import io.shoestring.doctor.facts.ReplicationFacts.Slot;

import java.sql.Connection;
import java.sql.SQLException;

/** Asks a server how its log comes and goes. */
final class ReplicationSurvey {
    private static final String HERE =
            "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()"
                    + " ELSE pg_current_wal_lsn() END";

    private static final String SLOTS =
            """
            SELECT slot_name, slot_type = 'logical' AS logical, active, wal_status,
                   coalesce((to_jsonb(s) ->> 'failover')::bool, false) AS follows,
                   greatest(0, pg_wal_lsn_diff(%s, restart_lsn))::bigint AS held
            FROM pg_replication_slots s WHERE NOT temporary ORDER BY slot_name
            """
                    .formatted(HERE);

    private static final String SENDERS =
            """
            SELECT application_name, state,
                   greatest(0, pg_wal_lsn_diff(%s, replay_lsn))::bigint AS behind
            FROM pg_stat_replication ORDER BY application_name
            """
                    .formatted(HERE);

    private static final String RECEIVER =
            """
            SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS streams,
                   pg_is_wal_replay_paused() AS paused,
                   greatest(0, pg_wal_lsn_diff(pg_last_wal_receive_lsn(),
                                               pg_last_wal_replay_lsn()))::bigint AS behind,
                   CASE WHEN pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()
                        THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8
                   END AS age,
                   EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup'
                           AND wait_event = 'RecoveryApplyDelay') AS holds
            WHERE pg_is_in_recovery()
            """;

    private static final String ARCHIVER =
            """
            SELECT failed_count, last_failed_wal,
                   coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
                   AS failing
            FROM pg_stat_archiver
            """;

    private ReplicationSurvey() {}

    static ReplicationFacts ask(Connection connection) throws SQLException {
        return new ReplicationFacts(
                Rows.list(
                        connection,
                        SLOTS,
                        row ->
                                new Slot(
                                        row.getString("slot_name"),
                                        row.getBoolean("logical"),
                                        row.getBoolean("follows"),
                                        row.getBoolean("active"),
                                        Rows.text(row, "wal_status"),
                                        row.getLong("held"))),
                Rows.list(
                        connection,
                        SENDERS,
                        row ->
                                new Sender(
                                        Rows.text(row, "application_name"),
                                        Rows.text(row, "state"),
                                        row.getLong("behind"))),
                Rows.first(
                        connection,
                        RECEIVER,
                        row ->
                                new Receiver(
                                        row.getBoolean("streams"),
                                        row.getBoolean("paused"),
                                        row.getLong("behind"),
                                        Rows.seconds(row, "age"),
                                        row.getBoolean("holds"))),
                Rows.one(
                        connection,
                        ARCHIVER,
                        row ->
                                new Archiver(
                                        row.getBoolean("failing"),
                                        row.getLong("failed_count"),
                                        Rows.text(row, "last_failed_wal"))));
    }
}
