package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Pause;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.MemberName;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Makes a server the primary of an epoch, and says for whom its commits wait. */
final class MariaDbPrimary {
    private static final int ANSWER_SECONDS = 5;
    private static final long APPLY_SECONDS = 60;
    private static final int CONFIRM_SECONDS = 5;
    private static final int LOOK_AGAIN_MILLIS = 3;

    private final MariaDbServer server;
    private final MariaDbStartup startup;
    private final Shutdown shutdown;
    private final RelayLog relayLog;

    MariaDbPrimary(
            MariaDbServer server, MariaDbStartup startup, Shutdown shutdown, RelayLog relayLog) {
        this.server = server;
        this.startup = startup;
        this.shutdown = shutdown;
        this.relayLog = relayLog;
    }

    /**
     * Promotes a replica, which is started first if it is stopped. All that it received is applied
     * before it takes writes; commits wait for nobody.
     */
    String promote(long epoch) throws DatabaseException {
        return become(epoch, Set.of(), "is");
    }

    /** Starts a stopped member as a primary whose commits wait for {@code synchronous}. */
    String start(long epoch, Set<MemberName> synchronous) throws DatabaseException {
        return become(epoch, synchronous, "runs as");
    }

    private String become(long epoch, Set<MemberName> synchronous, String verb)
            throws DatabaseException {
        if (server.process().isEmpty()) {
            startStopped();
        }
        return server.ask(
                ANSWER_SECONDS,
                connection -> {
                    applyAll(connection);
                    open(connection, epoch, synchronous);
                    return "Member "
                            + server.name()
                            + " "
                            + verb
                            + " the primary of epoch "
                            + epoch
                            + ", after "
                            + loggedBy(connection)
                            + ".";
                });
    }

    private static String loggedBy(ServerConnection connection) throws IOException, MysqlException {
        return connection.ask("SELECT @@global.gtid_binlog_pos").getFirst().getFirst();
    }

    private void startStopped() throws DatabaseException {
        shutdown.fence();
        startup.start(ServerOptions.Tail.KEPT);
        server.ask(
                ANSWER_SECONDS,
                connection -> {
                    MutualFollowing.forget(connection);
                    return "";
                });
        relayLog.apply();
    }

    /** What was received and may have been acknowledged is applied, and never skipped. */
    private void applyAll(ServerConnection connection)
            throws IOException, MysqlException, DatabaseException {
        if (!ReplicaStatus.read(connection).configured()) {
            return;
        }
        // When it stops to receive it says good-bye to the old primary, who may be dead: 5 s.
        connection.run("SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 1");
        connection.run("STOP SLAVE IO_THREAD");
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(APPLY_SECONDS);
        ReplicaStatus status = ReplicaStatus.read(connection);
        if (status.delaySeconds() > 0) {
            connection.run("STOP SLAVE");
            applyFromFiles(status);
            connection.run("RESET SLAVE ALL");
            return;
        }
        while (status.applies() && !(status.idle() && hasApplied(connection, status))) {
            if (server.clock().nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " has not applied all that it received within "
                                + APPLY_SECONDS
                                + " s; it is tried again.");
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
            status = ReplicaStatus.read(connection);
        }
        connection.run("STOP SLAVE");
        // A server that was started again does not know itself what it had received.
        if (!status.applies()) {
            applyFromFiles(status);
        }
        connection.run("RESET SLAVE ALL");
    }

    /** It does not apply by itself; to start that again would throw away what it has to apply. */
    private void applyFromFiles(ReplicaStatus status) throws DatabaseException {
        try {
            relayLog.apply();
        } catch (DatabaseException e) {
            throw new DatabaseException(
                    "Member "
                            + server.name()
                            + " cannot be promoted, because it cannot apply what it received: "
                            + (status.applyError().isEmpty() ? e.sentence() : status.applyError())
                            + " Mend it there (with SET sql_log_bin = 0); it is tried again. Do not"
                            + " say START SLAVE: MariaDB would throw away what it received.",
                    e);
        }
    }

    /** What it wrote itself meanwhile is not what it received. */
    private static boolean hasApplied(ServerConnection connection, ReplicaStatus status)
            throws IOException, MysqlException {
        GtidState applied =
                GtidState.parse(
                        connection.ask("SELECT @@global.gtid_slave_pos").getFirst().getFirst());
        return applied.distance() >= status.received().distance();
    }

    /** The history's row first: as soon as somebody else may write, the epoch is on record. */
    private void open(ServerConnection connection, long epoch, Set<MemberName> synchronous)
            throws IOException, MysqlException, DatabaseException {
        connection.run("SET GLOBAL rpl_semi_sync_slave_enabled = OFF");
        connection.run("SET GLOBAL rpl_semi_sync_master_enabled = OFF");
        ClusterHistory.begin(connection, epoch, server.name());
        if (!synchronous.isEmpty()) {
            connection.run("SET GLOBAL rpl_semi_sync_master_enabled = ON");
        }
        connection.run("SET GLOBAL read_only = OFF");
    }

    /** Commits wait for the partner, which is proven, or for nobody. */
    String setSynchronous(long epoch, Set<MemberName> names) throws DatabaseException {
        if (names.isEmpty()) {
            return server.ask(
                    ANSWER_SECONDS,
                    connection -> {
                        refuseReplica(connection);
                        connection.run("SET GLOBAL rpl_semi_sync_master_enabled = OFF");
                        return "Commits on member " + server.name() + " wait for nobody.";
                    });
        }
        if (!server.partner().map(Set::of).orElse(Set.of()).equals(names)) {
            throw new DatabaseException(
                    "Commits on member "
                            + server.name()
                            + " can only wait for "
                            + server.partner().map(MemberName::value).orElse("nobody")
                            + ", not for "
                            + names
                            + ".");
        }
        return server.ask(CONFIRM_SECONDS, connection -> waitFor(connection, epoch, names));
    }

    /**
     * A commit that was on its way when waiting was switched on may not have waited. It is before
     * the barrier's commit in the log, and whoever has acknowledged that one has it too.
     */
    private String waitFor(ServerConnection connection, long epoch, Set<MemberName> names)
            throws IOException, MysqlException, DatabaseException {
        refuseReplica(connection);
        if (!isWaiting(connection)) {
            ClusterHistory.begin(connection, epoch, server.name());
            Barrier.make(connection);
            refuseNobody(connection, names);
            connection.run("SET GLOBAL rpl_semi_sync_master_enabled = ON");
        }
        Barrier.pass(connection);
        if (!status(connection, "Rpl_semi_sync_master_status").equals("ON")) {
            throw new DatabaseException(
                    "Member " + server.name() + " does not wait for anybody's acknowledgement.");
        }
        return "Commits on member " + server.name() + " wait for " + names + ".";
    }

    private static boolean isWaiting(ServerConnection connection)
            throws IOException, MysqlException {
        return connection
                .ask("SELECT @@global.rpl_semi_sync_master_enabled")
                .getFirst()
                .getFirst()
                .equals("1");
    }

    private void refuseNobody(ServerConnection connection, Set<MemberName> names)
            throws IOException, MysqlException, DatabaseException {
        if (status(connection, "Rpl_semi_sync_master_clients").equals("0")) {
            throw new DatabaseException(
                    "None of "
                            + names
                            + " is connected to "
                            + server.name()
                            + " as one that acknowledges.");
        }
    }

    private static String status(ServerConnection connection, String name)
            throws IOException, MysqlException {
        return connection.ask("SHOW GLOBAL STATUS LIKE '" + name + "'").getFirst().getLast();
    }

    private void refuseReplica(ServerConnection connection)
            throws IOException, MysqlException, DatabaseException {
        if (connection.ask("SELECT @@global.read_only").getFirst().getFirst().equals("1")) {
            throw new DatabaseException(
                    "Member " + server.name() + " is a replica: its commits wait for nobody.");
        }
    }
}
