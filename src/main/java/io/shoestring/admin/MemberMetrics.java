package io.shoestring.admin;

import io.shoestring.admin.Metrics.Kind;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Checkpoints;
import io.shoestring.model.MemberFigures.Contents;
import io.shoestring.model.MemberFigures.Flushing;
import io.shoestring.model.MemberFigures.Slot;
import io.shoestring.model.MemberFigures.Standby;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The figures of the database servers on this node's machine. */
final class MemberMetrics {
    private static final String PREFIX = "shoestring_member_";

    private final Metrics metrics;
    private final MemberFigures member;

    private MemberMetrics(Metrics metrics, MemberFigures member) {
        this.metrics = metrics;
        this.member = member;
    }

    static void addTo(Metrics metrics, List<MemberFigures> members) {
        for (MemberFigures each : members) {
            var made = new MemberMetrics(metrics, each);
            made.gauge("up", "Whether the server answers.", each.problem().isPresent() ? 0 : 1);
            if (each.problem().isEmpty()) {
                made.all();
            }
        }
    }

    private void all() {
        sessions();
        member.contents().forEach(this::contents);
        member.checkpoints().ifPresent(this::checkpoints);
        member.flushing().ifPresent(this::flushing);
        standbys();
        member.slots().forEach(this::slot);
    }

    private void sessions() {
        var sessions = member.sessions();
        sessions.byState()
                .forEach(
                        (state, count) ->
                                gauge(
                                        "connections",
                                        "Clients' connections, by what they do.",
                                        count,
                                        "state",
                                        state));
        gauge("connections_limit", "Connections that the server accepts.", sessions.max());
        gauge("lock_waits", "Sessions that wait for a lock.", sessions.waiting());
        gauge(
                "oldest_transaction_seconds",
                "For how long the oldest transaction has been open.",
                sessions.oldestTransactionSeconds());
    }

    private void contents(Contents each) {
        ofDatabase("commits_total", "Transactions committed.", each.commits(), each);
        ofDatabase("rollbacks_total", "Transactions rolled back.", each.rollbacks(), each);
        ofDatabase("blocks_read_total", "Blocks that were not in memory.", each.blocksRead(), each);
        ofDatabase("blocks_hit_total", "Blocks that were in memory.", each.blocksHit(), each);
        rows(each, "returned", each.rowsReturned());
        rows(each, "fetched", each.rowsFetched());
        rows(each, "inserted", each.rowsInserted());
        rows(each, "updated", each.rowsUpdated());
        rows(each, "deleted", each.rowsDeleted());
        ofDatabase("deadlocks_total", "Deadlocks.", each.deadlocks(), each);
        ofDatabase(
                "conflicts_total",
                "Queries that a replica gave up for its replication.",
                each.conflicts(),
                each);
        ofDatabase(
                "temporary_bytes_total",
                "Bytes written to temporary files.",
                each.temporaryBytes(),
                each);
        gauge(
                "transaction_age",
                "How many transactions ago the oldest number was given that is still in use.",
                each.transactionAge(),
                "datname",
                each.name());
    }

    private void rows(Contents each, String operation, long count) {
        counter("rows_total", "Rows.", count, "datname", each.name(), "operation", operation);
    }

    private void flushing(Flushing now) {
        gauge("dirty_bytes", "Pages in memory that are newer than the disk's.", now.dirtyBytes());
        counter("flushed_pages_total", "Pages written to the tables.", now.flushedPages());
        gauge(
                "checkpoint_age_bytes",
                "Log that a restart after a crash would go through.",
                now.checkpointAgeBytes());
        gauge(
                "checkpoint_age_limit_bytes",
                "Age of the checkpoint at which commits wait.",
                now.checkpointAgeMaxBytes());
        counter("log_waits_total", "Waits for room in the log's memory.", now.logWaits());
        gauge(
                "history_length",
                "Transactions whose old rows are kept for somebody who reads.",
                now.historyLength());
    }

    private void checkpoints(Checkpoints points) {
        String help = "Checkpoints, by what made them begin.";
        counter("checkpoints_total", help, points.timed(), "cause", "time");
        counter("checkpoints_total", help, points.requested(), "cause", "request");
        counter(
                "checkpoint_write_seconds_total",
                "Time in which checkpoints wrote.",
                points.writeSeconds());
        counter(
                "checkpoint_sync_seconds_total",
                "Time in which checkpoints waited for the disk.",
                points.syncSeconds());
        counter(
                "checkpoint_buffers_total",
                "Blocks that checkpoints wrote.",
                points.buffersWritten());
    }

    private void standbys() {
        // Two of one name would be one figure twice, and nothing would be read of all of them.
        Map<String, Standby> byName = new TreeMap<>();
        member.standbys()
                .forEach(
                        each ->
                                byName.merge(
                                        each.name(),
                                        each,
                                        (a, b) ->
                                                a.lagBytes().orElse(0) > b.lagBytes().orElse(0)
                                                        ? a
                                                        : b));
        byName.values().forEach(this::standby);
        member.behind()
                .ifPresent(
                        behind -> {
                            gauge(
                                    "replay_lag_bytes",
                                    "Log that the replica has and has not applied.",
                                    behind.bytes());
                            behind.seconds()
                                    .ifPresent(
                                            seconds ->
                                                    gauge(
                                                            "replay_lag_seconds",
                                                            "How old what the replica shows is.",
                                                            seconds));
                        });
    }

    private void standby(Standby each) {
        each.lagBytes()
                .ifPresent(
                        bytes ->
                                gauge(
                                        "standby_lag_bytes",
                                        "Log that a standby has not applied, as its primary sees"
                                                + " it.",
                                        bytes,
                                        "standby",
                                        each.name()));
        each.replayLagSeconds()
                .ifPresent(
                        seconds ->
                                gauge(
                                        "standby_lag_seconds",
                                        "Between a commit and its being seen at a standby.",
                                        seconds,
                                        "standby",
                                        each.name()));
    }

    private void slot(Slot slot) {
        gauge(
                "slot_active",
                "Whether somebody reads from the replication slot.",
                slot.active() ? 1 : 0,
                "slot",
                slot.name());
        slot.retainedBytes()
                .ifPresent(
                        bytes ->
                                gauge(
                                        "slot_retained_bytes",
                                        "Log that is kept for the replication slot.",
                                        bytes,
                                        "slot",
                                        slot.name()));
    }

    private void ofDatabase(String name, String help, long value, Contents each) {
        counter(name, help, value, "datname", each.name());
    }

    private void gauge(String name, String help, Number value, String... labels) {
        metrics.add(PREFIX + name, Kind.GAUGE, help, value, labels(labels));
    }

    private void counter(String name, String help, Number value, String... labels) {
        metrics.add(PREFIX + name, Kind.COUNTER, help, value, labels(labels));
    }

    private List<String> labels(String... further) {
        List<String> labels = new ArrayList<>();
        labels.add("database");
        labels.add(member.database());
        labels.add("member");
        labels.add(member.member());
        labels.addAll(List.of(further));
        return labels;
    }
}
