package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * Has a running replica get its log from another replica. All that may be in the way of following
 * is mended while it follows the primary; here it is pointed on, or back.
 */
final class Cascading {
    private static final Logger LOG = LoggerFactory.getLogger(Cascading.class);
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 5;
    private static final long ATTACH_SECONDS = 15;
    private static final long FREE_SECONDS = 5;
    private static final int LOOK_AGAIN_MILLIS = 20;

    private final Server server;
    private final ReplicaFiles files;

    Cascading(Server server) {
        this.server = server;
        this.files = new ReplicaFiles(server);
    }

    /**
     * Does it, and says so. The slot on the primary would keep the log there for nobody.
     *
     * @throws DatabaseException if it gets none there; it is pointed at the primary again
     */
    String cascade(MemberSpec replica, MemberSpec primary, long epoch)
            throws DatabaseException, SQLException {
        try (UpstreamServer source = UpstreamServer.openReplica(replica, server.login());
                Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            refuseOther(connection, source);
            source.keepLogFor(server.name());
            point(connection, replica, epoch);
            if (!attaches(connection, source)) {
                point(connection, primary, epoch);
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " got no log from "
                                + replica.name()
                                + " within "
                                + ATTACH_SECONDS
                                + " s, and gets it from "
                                + primary.name()
                                + " on; its log ("
                                + server.data().log()
                                + ") says why.");
            }
        }
        forgetSlot(primary);
        return "Member " + server.name() + " gets its log from " + replica.name() + ".";
    }

    private void refuseOther(Connection connection, UpstreamServer source)
            throws DatabaseException, SQLException {
        server.checkIdentity(connection);
        if (!Sql.isTrue(connection, "SELECT pg_is_in_recovery()")) {
            throw new DatabaseException("Member " + server.name() + " is no replica.");
        }
        long ours =
                Long.parseLong(
                        Sql.text(connection, "SELECT system_identifier FROM pg_control_system()"));
        if (ours != source.systemIdentifier()) {
            throw new DatabaseException(
                    "Member "
                            + server.name()
                            + " and "
                            + source.name()
                            + " are of different clusters.");
        }
    }

    private void point(Connection connection, MemberSpec to, long epoch)
            throws DatabaseException, SQLException {
        files.writeSettings(to.endpoint(), epoch);
        new RunningSettings(connection, server.clock()).reload();
    }

    private boolean attaches(Connection connection, UpstreamServer source)
            throws SQLException, DatabaseException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(ATTACH_SECONDS);
        while (server.clock().nanos() - deadline < 0) {
            if (isFedBy(connection, source) && source.streamsTo(server.name())) {
                return true;
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
        return false;
    }

    private static boolean isFedBy(Connection connection, UpstreamServer source)
            throws SQLException {
        return Sql.value(
                        connection,
                        "SELECT sender_host || ':' || sender_port FROM pg_stat_wal_receiver"
                                + " WHERE status = 'streaming'")
                .filter(
                        sender ->
                                sender.equals(
                                        source.endpoint().host() + ":" + source.endpoint().port()))
                .isPresent();
    }

    /** The primary sees a little later that nobody reads from it any more. */
    private void forgetSlot(MemberSpec primary) {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(FREE_SECONDS);
        try (UpstreamServer source = UpstreamServer.open(primary, server.login())) {
            while (source.keepsLogFor(server.name()) && server.clock().nanos() - deadline < 0) {
                source.forget(server.name());
                Pause.millis(LOOK_AGAIN_MILLIS);
            }
        } catch (SQLException | DatabaseException e) {
            LOG.warn(
                    "The slot of {} on {} could not be dropped: {}",
                    server.name(),
                    primary.name(),
                    e.getMessage());
        }
    }
}
