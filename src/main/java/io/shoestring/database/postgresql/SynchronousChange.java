package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Changes for whom the commits of a primary wait.
 *
 * <p>That the setting reads back as wanted does not prove that commits wait. INVARIANT: when {@link
 * #change} returns, every commit that was or will be acknowledged is on one of the names, until the
 * next change. The proof:
 *
 * <ol>
 *   <li>A connection that was opened after our session saw the new value was made by the main
 *       process after it had told all its children to read their settings.
 *   <li>The <em>checkpointer</em> arms the waiting in shared memory. A checkpoint may be begun by a
 *       checkpointer that had just looked for such a message, and missed it; the next one cannot:
 *       between two checkpoints it looks.
 *   <li>A replica that was removed may have a walsender which has not read the settings yet and
 *       lets a commit go for which only this replica has stood up: such walsenders are ended.
 *   <li>What was acknowledged before all that lies before the primary's position now: one of the
 *       names has to confirm this position.
 * </ol>
 */
final class SynchronousChange {
    private static final Logger LOG = LoggerFactory.getLogger(SynchronousChange.class);
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 5;
    private static final long CONFIRM_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long ABSENT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int LOOK_AGAIN_MILLIS = 5;
    private static final String SETTING = "synchronous_standby_names";

    private final Server server;
    private volatile Armed armed = new Armed(0, Set.of());

    SynchronousChange(Server server) {
        this.server = server;
    }

    /** Names for which the checkpointer of the server with that main process provably waits. */
    private record Armed(long postmaster, Set<MemberName> names) {}

    /** Sets the names, proves that they are in force, and says so. */
    String change(long epoch, Set<MemberName> names) throws SQLException, DatabaseException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            refuseReplica(connection);
            Set<MemberName> before =
                    SynchronousNames.parse(Sql.text(connection, "SHOW " + SETTING));
            set(connection, epoch, names);
            dropFormerSlots(connection);
            if (names.isEmpty()) {
                armed = new Armed(0, Set.of());
                return "Commits on member " + server.name() + " wait for no replica.";
            }
            boolean unknown = !isKnown() && !before.isEmpty();
            arm(names, () -> absence(connection, names));
            if (unknown || !names.containsAll(before)) {
                endOtherWalsenders(connection, names);
            }
            awaitConfirmation(connection, names);
        }
        return "Commits on member "
                + server.name()
                + " wait for one of "
                + names.stream().sorted().toList()
                + ", which has all of before.";
    }

    /** A slot of a member that was taken out would keep the log for nobody. */
    private void dropFormerSlots(Connection connection) {
        try {
            ReplicationSlots.dropFormer(connection, server.members());
        } catch (SQLException e) {
            LOG.info("old slots of {} are dropped later: {}", server.name(), e.getMessage());
        }
    }

    private void set(Connection connection, long epoch, Set<MemberName> names)
            throws SQLException, DatabaseException {
        new SettingsFile(server)
                .write(Settings.ofPrimary(server.name(), server.port(), epoch, names));
        RunningSettings running = new RunningSettings(connection, server.clock());
        running.reload();
        running.await(
                Map.of(
                        SETTING,
                        SynchronousNames.render(names),
                        "shoestring.epoch",
                        Long.toString(epoch)));
    }

    /**
     * Has commits wait for one of the names although none of them may be there, and says so: no
     * commit is acknowledged any more. What was before it is not asked for.
     */
    String block(long epoch, Set<MemberName> names) throws SQLException, DatabaseException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            refuseReplica(connection);
            set(connection, epoch, names);
            arm(names);
        }
        return "No commit on member "
                + server.name()
                + " is acknowledged until one of "
                + names.stream().sorted().toList()
                + " is its replica.";
    }

    /** Arms the names whose setting is in force, on a server whose replicas are not asked for. */
    void arm(Set<MemberName> names) throws SQLException, DatabaseException {
        if (!names.isEmpty()) {
            arm(names, Optional::empty);
        }
    }

    /**
     * Whether it is known what is armed. That the setting has names proves nothing: an earlier
     * change may have been cut off before its proof.
     */
    private boolean isKnown() {
        long postmaster = armed.postmaster();
        return postmaster != 0 && postmaster == server.processes().postmaster().orElse(-1);
    }

    private void arm(Set<MemberName> names, WatchedCheckpoint.Watch watch)
            throws SQLException, DatabaseException {
        long postmaster = server.processes().postmaster().orElse(0);
        if (!isKnown() || !armed.names().containsAll(names)) {
            try (Connection fresh = server.connect(CONNECT_SECONDS, 0)) {
                new WatchedCheckpoint(fresh, watch).run(2);
            }
        }
        armed = new Armed(postmaster, names);
    }

    /** Commits hang while none of the names is there: then the proof is not worth it. */
    private Optional<String> absence(Connection connection, Set<MemberName> names)
            throws SQLException {
        return attached(connection, names)
                ? Optional.empty()
                : Optional.of("no replica of " + names + " is connected any more.");
    }

    private static boolean attached(Connection connection, Set<MemberName> names)
            throws SQLException {
        return Sql.isTrue(
                connection,
                "SELECT EXISTS (SELECT FROM pg_stat_replication"
                        + " WHERE application_name = ANY (string_to_array(?, E'\\n')))",
                joined(names));
    }

    private void endOtherWalsenders(Connection connection, Set<MemberName> names)
            throws SQLException, DatabaseException {
        Set<MemberName> others = new HashSet<>(server.members());
        others.removeAll(names);
        String pids =
                Sql.value(
                                connection,
                                "SELECT string_agg(pid::text, ',') FROM (SELECT pid,"
                                        + " pg_terminate_backend(pid) FROM pg_stat_replication"
                                        + " WHERE application_name"
                                        + " = ANY (string_to_array(?, E'\\n'))) ended",
                                joined(others))
                        .orElse("");
        long begin = server.clock().nanos();
        while (!pids.isEmpty()
                && Sql.isTrue(
                        connection,
                        "SELECT EXISTS (SELECT FROM pg_stat_replication"
                                + " WHERE pid = ANY (string_to_array(?, ',')::int[]))",
                        pids)) {
            if (server.clock().nanos() - begin > CONFIRM_NANOS) {
                throw new DatabaseException(
                        "Walsenders " + pids + " of member " + server.name() + " do not end.");
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }

    private void awaitConfirmation(Connection connection, Set<MemberName> names)
            throws SQLException, DatabaseException {
        Lsn position = Lsn.parse(Sql.text(connection, "SELECT pg_current_wal_flush_lsn()::text"));
        long begin = server.clock().nanos();
        while (!isConfirmed(connection, names, position)) {
            long waited = server.clock().nanos() - begin;
            boolean absent = waited > ABSENT_NANOS && !attached(connection, names);
            if (absent || waited > CONFIRM_NANOS) {
                throw new DatabaseException(
                        "None of "
                                + names
                                + (absent ? " is connected to " : " has confirmed what ")
                                + server.name()
                                + (absent ? "." : " has at " + position + "."));
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }

    private static boolean isConfirmed(Connection connection, Set<MemberName> names, Lsn position)
            throws SQLException {
        return Sql.isTrue(
                connection,
                "SELECT EXISTS (SELECT FROM pg_stat_replication"
                        + " WHERE application_name = ANY (string_to_array(?, E'\\n'))"
                        + " AND sync_state IN ('sync', 'quorum') AND flush_lsn >= ?::pg_lsn)",
                joined(names),
                position.toString());
    }

    private static String joined(Set<MemberName> names) {
        return String.join("\n", names.stream().map(MemberName::value).toList());
    }

    private void refuseReplica(Connection connection) throws SQLException, DatabaseException {
        if (Sql.isTrue(connection, "SELECT pg_is_in_recovery()")) {
            throw new DatabaseException(
                    "Member " + server.name() + " is a replica: its commits wait for nobody.");
        }
    }
}
