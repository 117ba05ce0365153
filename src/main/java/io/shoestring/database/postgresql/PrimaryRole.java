package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.MemberName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Makes a server the primary of an epoch: by promotion, or by a start. */
final class PrimaryRole {
    private static final Logger LOG = LoggerFactory.getLogger(PrimaryRole.class);
    private static final int CONNECT_SECONDS = 2;
    private static final long PROMOTE_SECONDS = 30;
    private static final int LOOK_AGAIN_MILLIS = 2;

    /** What takes longer has a connection of its own, so that no look waits for it. */
    private static final int SHORT_LOOKS = 50;

    private final Server server;
    private final Observer observer;
    private final SettingsFile file;
    private final Startup startup;
    private final Shutdown shutdown;
    private final SynchronousChange synchronousChange;

    PrimaryRole(
            Server server,
            Observer observer,
            Startup startup,
            Shutdown shutdown,
            SynchronousChange synchronousChange) {
        this.server = server;
        this.observer = observer;
        this.file = new SettingsFile(server);
        this.startup = startup;
        this.shutdown = shutdown;
        this.synchronousChange = synchronousChange;
    }

    /**
     * Promotes a replica, which is started first if it is stopped. Commits wait for {@code
     * synchronous}, provably from the end of this on.
     */
    String promote(long epoch, Set<MemberName> synchronous) throws DatabaseException, SQLException {
        refuseUnfinished();
        Settings settings = settings(epoch, synchronous);
        file.write(settings);
        if (server.processes().postmaster().isEmpty()) {
            refuseReplicaLess();
            startStopped();
        }
        String position = promoteRunning(settings);
        synchronousChange.arm(synchronous);
        return "Member "
                + server.name()
                + " is the primary of epoch "
                + epoch
                + ", from "
                + position
                + " on.";
    }

    /** Starts a stopped member as a primary whose commits wait for {@code synchronous}. */
    String start(long epoch, Set<MemberName> synchronous) throws DatabaseException, SQLException {
        refuseUnfinished();
        Settings settings = settings(epoch, synchronous);
        file.write(settings);
        if (server.processes().postmaster().isEmpty()) {
            startStopped();
        }
        // Without an effect on a primary; a stopped replica becomes one only on a new timeline.
        String position = promoteRunning(settings);
        synchronousChange.arm(synchronous);
        return "Member "
                + server.name()
                + " runs as the primary of epoch "
                + epoch
                + ", from "
                + position
                + " on.";
    }

    Settings settings(long epoch, Set<MemberName> synchronous) {
        return Settings.ofPrimary(server.name(), server.port(), epoch, synchronous);
    }

    /** What is left of a dead server is ended first: it could still write. */
    private void startStopped() throws DatabaseException {
        shutdown.fence();
        try {
            startup.start();
        } catch (Startup.EndedException e) {
            throw new DatabaseException(String.valueOf(e.getMessage()), e);
        }
    }

    private String promoteRunning(Settings settings) throws SQLException, DatabaseException {
        try (Conversation conversation = new Conversation(server, observer)) {
            if (conversation.say(this::beginPromotion)) {
                awaitPromotion(conversation);
                tidyLater();
            }
            awaitSettings(conversation, settings);
            return conversation.say(
                    connection ->
                            Sql.text(
                                    connection,
                                    "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()),"
                                            + " 8))::bit(32)::int || ':' ||"
                                            + " pg_current_wal_lsn()"));
        }
    }

    /** Whether it was a replica. */
    private boolean beginPromotion(Connection connection) throws SQLException {
        running(connection).reload();
        boolean replica = isReplica(connection);
        if (replica) {
            // Without waiting: PostgreSQL's own wait looks ten times a second only.
            Sql.run(connection, "SELECT pg_promote(false)");
        }
        return replica;
    }

    private void awaitPromotion(Conversation conversation) throws SQLException, DatabaseException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(PROMOTE_SECONDS);
        while (conversation.say(PrimaryRole::isReplica)) {
            if (server.clock().nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " was told to become primary, but is still a replica after "
                                + PROMOTE_SECONDS
                                + " s; see its log.");
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }

    private void awaitSettings(Conversation conversation, Settings settings)
            throws SQLException, DatabaseException {
        Map<String, String> expected =
                Map.of(
                        "shoestring.epoch",
                        Long.toString(settings.epoch()),
                        "synchronous_standby_names",
                        SynchronousNames.render(settings.synchronous()));
        for (int look = 0; look < SHORT_LOOKS; look++) {
            if (conversation.say(connection -> running(connection).inForce(expected))) {
                return;
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
        running(conversation.alone()).await(expected);
    }

    private RunningSettings running(Connection connection) {
        return new RunningSettings(connection, server.clock());
    }

    private static boolean isReplica(Connection connection) throws SQLException {
        return Sql.isTrue(connection, "SELECT pg_is_in_recovery()");
    }

    private void refuseUnfinished() throws DatabaseException {
        if (server.data().isUnfinished()) {
            throw new DatabaseException(
                    "Member "
                            + server.name()
                            + " cannot be primary: its data directory is half written by a rewind"
                            + " or clone that was cut off, which must be finished first.");
        }
    }

    private void refuseReplicaLess() throws DatabaseException {
        if (!server.data().isReplica()) {
            throw new DatabaseException(
                    "Member " + server.name() + " is stopped and is no replica to promote.");
        }
    }

    /**
     * After a promotion: the log that the others need to come back is kept from here on, also from
     * the checkpoint, which makes the new timeline known to {@code pg_rewind}. A slot for this
     * member itself would keep the log for nobody. Nobody waits for that.
     */
    private void tidyLater() {
        Thread.ofVirtual().name("shoestring-tidy-" + server.name()).start(this::tidy);
    }

    private void tidy() {
        try (Connection connection = server.connect(CONNECT_SECONDS, 0)) {
            ReplicationSlots.drop(connection, SlotName.of(server.name()));
            for (MemberName member : server.followersOfPrimary()) {
                ReplicationSlots.ensure(connection, SlotName.of(member));
            }
            Sql.run(connection, "CHECKPOINT");
        } catch (SQLException | DatabaseException e) {
            LOG.info(
                    "No checkpoint on member {} after it became primary: {}",
                    server.name(),
                    e.getMessage());
        }
    }
}
