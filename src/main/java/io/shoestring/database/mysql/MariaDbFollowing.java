package io.shoestring.database.mysql;

import io.shoestring.base.WallClock;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Aside;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Pause;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.Delay;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Makes a member a running replica of a primary, by the cheapest way that is sound.
 *
 * <pre>
 *   empty ──────────────────────────────────────────► copy ─► follow
 *   running primary ─► fence ─┐
 *   stopped ──────────────────┴► start read-only ─► apply what was received ─┐
 *   running replica ─► stop receiving ─► apply what was received ────────────┤
 *                                                                            ▼
 *            compare histories ─ the same ─► follow ─ the primary's log lacks a part ─┐
 *                  │ it has what the primary has not                                  │
 *                  └──► move the data aside ─► copy ─► follow ◄───────────────────────┘
 * </pre>
 *
 * <p>A primary that crashed has no acknowledged commit that the next one lacks, if they waited for
 * it; what nobody had acknowledged is cut off when it starts again (see {@link ServerOptions}).
 */
final class MariaDbFollowing {
    private static final Logger LOG = LoggerFactory.getLogger(MariaDbFollowing.class);
    private static final int ANSWER_SECONDS = 5;
    private static final int STOP_SECONDS = 60;
    private static final long APPLY_SECONDS = 300;
    private static final long ATTACH_SECONDS = 15;
    private static final int LOOK_AGAIN_MILLIS = 20;
    private static final int HEARTBEAT_SECONDS = 1;

    /** The primary's log does not have what the replica asks for, or has it otherwise. */
    private static final int NOT_IN_THE_LOG = 1236;

    private final MariaDbServer server;
    private final MariaDbStartup startup;
    private final Shutdown shutdown;
    private final RelayLog relayLog;
    private final Aside aside;
    private final MemberCopy copy;

    MariaDbFollowing(
            MariaDbServer server,
            MariaDbStartup startup,
            Shutdown shutdown,
            RelayLog relayLog,
            MemberCopy copy,
            WallClock wallClock) {
        this.server = server;
        this.startup = startup;
        this.shutdown = shutdown;
        this.relayLog = relayLog;
        this.copy = copy;
        this.aside = new Aside(server.data(), wallClock);
    }

    /** Does it and says how. */
    String follow(MemberSpec primary, long epoch) throws DatabaseException {
        String password = server.password();
        allow(primary, password);
        if (isEmpty()) {
            return cloned(primary, password, "It had no data");
        }
        String kept = keepTail(primary, epoch);
        Optional<String> obstacle = attachCheaply(primary, password);
        return obstacle.isEmpty()
                ? "Member "
                        + server.name()
                        + " follows "
                        + primary.name()
                        + server.delay().map(it -> ", delayed by " + it).orElse("")
                        + "."
                        + kept
                : replaced(primary, password, epoch, obstacle.get());
    }

    private void allow(MemberSpec primary, String password) throws DatabaseException {
        server.ask(
                primary,
                ANSWER_SECONDS,
                connection -> {
                    ReplicationAccount.allow(connection, server.name(), password);
                    return "";
                });
    }

    /** Nothing is in it, or only a copy that did not end. */
    private boolean isEmpty() throws DatabaseException {
        try {
            return Files.exists(server.cloning()) || server.hasNoFiles();
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot read " + server.data() + ": " + FileProblem.describe(e), e);
        }
    }

    private Optional<String> attachCheaply(MemberSpec primary, String password)
            throws DatabaseException {
        if (server.process().isPresent() && isRunningPrimary()) {
            shutdown.fence();
        }
        if (server.process().isEmpty()) {
            startup.start(tail());
            if (!isDelayed() && !has(primary, relayLog.received())) {
                relayLog.apply();
            }
        }
        refuseOtherCluster(primary);
        return server.ask(
                ANSWER_SECONDS,
                connection -> {
                    // So that it does not come up writable if somebody looks in between.
                    connection.run("SET GLOBAL read_only = ON");
                    connection.run("SET GLOBAL rpl_semi_sync_master_enabled = OFF");
                    MutualFollowing.forget(connection);
                    stopReceiving(connection);
                    // Before the rest is applied: what was written here past the primary may be
                    // what is in its way.
                    Optional<String> diverged = diverged(connection, primary);
                    if (diverged.isEmpty()) {
                        finishApplying(connection, primary);
                        diverged = diverged(connection, primary);
                    }
                    return diverged.isPresent() ? diverged : attach(connection, primary, password);
                });
    }

    /** Our own log is read first: the primary's only grows meanwhile. */
    private Optional<String> diverged(ServerConnection connection, MemberSpec primary)
            throws IOException, MysqlException, DatabaseException {
        GtidState ours = logged(connection);
        List<String> onlyHere =
                ours.missingFrom(server.ask(primary, ANSWER_SECONDS, MariaDbFollowing::logged));
        return onlyHere.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "It had transactions that the primary has not ("
                                + String.join(", ", onlyHere)
                                + ")");
    }

    /** What is going to be cut off; returns a sentence, after a blank, or nothing. */
    private String keepTail(MemberSpec primary, long epoch) throws DatabaseException {
        if (server.process().isPresent() || tail() != ServerOptions.Tail.CUT_OFF) {
            return "";
        }
        LogTail tail =
                new LogTail(
                        new ServerOptions(server).logIndex(),
                        server.ask(primary, ANSWER_SECONDS, MariaDbFollowing::logged));
        return tail.keep(server, aside.newDirectory(epoch));
    }

    /**
     * Where commits do not wait for the one that it follows now, what only it has is to be seen and
     * kept, though it was never acknowledged by anybody else.
     */
    private ServerOptions.Tail tail() throws DatabaseException {
        boolean waited = server.database().protection().isSynchronous();
        return waited && !server.isReplica() ? ServerOptions.Tail.CUT_OFF : ServerOptions.Tail.KEPT;
    }

    private static GtidState logged(ServerConnection connection)
            throws IOException, MysqlException {
        return GtidState.parse(
                connection.ask("SELECT @@global.gtid_binlog_state").getFirst().getFirst());
    }

    private boolean isRunningPrimary() throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS,
                connection ->
                        connection
                                .ask("SELECT @@global.read_only")
                                .getFirst()
                                .getFirst()
                                .equals("0"));
    }

    /** INVARIANT: nothing of another cluster is touched. */
    private void refuseOtherCluster(MemberSpec primary) throws DatabaseException {
        ClusterHistory theirs = server.ask(primary, ANSWER_SECONDS, ClusterHistory::read);
        ClusterHistory ours = server.ask(ANSWER_SECONDS, ClusterHistory::read);
        if (ours.cluster() != 0 && theirs.cluster() != 0 && ours.cluster() != theirs.cluster()) {
            throw new DatabaseException(
                    "The directory "
                            + server.data()
                            + " belongs to another cluster than "
                            + primary.name()
                            + " (shoestring.history says so), so nothing was touched: name an"
                            + " empty directory for member "
                            + server.name()
                            + ", or move this one away.");
        }
    }

    /** By what its server was told, and not by what it is to be told now. */
    private boolean isDelayed() throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS, connection -> ReplicaStatus.read(connection).delaySeconds() > 0);
    }

    private static void stopReceiving(ServerConnection connection)
            throws IOException, MysqlException {
        if (ReplicaStatus.read(connection).configured()) {
            connection.run("STOP SLAVE IO_THREAD");
        }
    }

    /** Whether the primary has all that was received: it can be had from there again. */
    private boolean has(MemberSpec primary, GtidState received) throws DatabaseException {
        return received.missingFrom(server.ask(primary, ANSWER_SECONDS, MariaDbFollowing::logged))
                .isEmpty();
    }

    /** What it received may be acknowledged, and be nowhere else soon. */
    private void finishApplying(ServerConnection connection, MemberSpec primary)
            throws IOException, MysqlException, DatabaseException {
        if (!ReplicaStatus.read(connection).configured()) {
            return;
        }
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(APPLY_SECONDS);
        ReplicaStatus status = ReplicaStatus.read(connection);
        if (status.delaySeconds() > 0) {
            // No commit ever waited for what it holds back; it is fetched again, and kept back on.
            connection.run("STOP SLAVE");
            return;
        }
        while (status.applies() && !status.idle()) {
            if (server.clock().nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " has not applied what it received within "
                                + APPLY_SECONDS
                                + " s; it is tried again.");
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
            status = ReplicaStatus.read(connection);
        }
        if (!status.applyError().isEmpty() && !has(primary, status.received())) {
            throw new DatabaseException(
                    "Member "
                            + server.name()
                            + " cannot apply what it received. "
                            + words(status, status.applyError())
                            + " Or stop the server and move its data directory away: then it is"
                            + " copied anew.");
        }
        connection.run("STOP SLAVE");
    }

    private Optional<String> attach(
            ServerConnection connection, MemberSpec primary, String password)
            throws IOException, MysqlException, DatabaseException {
        connection.run(
                "SET GLOBAL rpl_semi_sync_slave_enabled = "
                        + (server.mayAcknowledge() ? "ON" : "OFF"));
        // A primary that is not heard any more is noticed after two heartbeats. No longer: while it
        // tries to connect anew it cannot be told to stop, and so not be promoted (since 11).
        connection.run("SET GLOBAL slave_net_timeout = " + 2 * HEARTBEAT_SECONDS);
        String logged = connection.ask("SELECT @@global.gtid_binlog_pos").getFirst().getFirst();
        if (!logged.isEmpty()) {
            connection.run("SET GLOBAL gtid_slave_pos = " + MariaDbServer.quoted(logged));
        }
        connection.run(
                "CHANGE MASTER TO master_host = "
                        + MariaDbServer.quoted(primary.endpoint().host())
                        + ", master_port = "
                        + primary.endpoint().port()
                        + ", master_user = "
                        + MariaDbServer.quoted(MariaDbServer.replicationUser(server.name()))
                        + ", master_password = "
                        + MariaDbServer.quoted(password)
                        + ", master_use_gtid = slave_pos, master_connect_retry = 1,"
                        + " master_delay = "
                        + server.delay().map(Delay::seconds).orElse(0L)
                        + ", master_heartbeat_period = "
                        + HEARTBEAT_SECONDS);
        connection.run("START SLAVE");
        return awaitAttached(connection, primary);
    }

    private Optional<String> awaitAttached(ServerConnection connection, MemberSpec primary)
            throws IOException, MysqlException, DatabaseException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(ATTACH_SECONDS);
        while (true) {
            ReplicaStatus status = ReplicaStatus.read(connection);
            if (status.receiveErrorCode() == NOT_IN_THE_LOG) {
                return Optional.of(
                        "The primary's log does not go on where its own ends ("
                                + status.receiveError()
                                + ")");
            }
            if (status.streams()) {
                return Optional.empty();
            }
            if (!status.applyError().isEmpty() || server.clock().nanos() - deadline > 0) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " does not follow "
                                + primary.name()
                                + ". "
                                + words(status, "not connected after " + ATTACH_SECONDS + " s"));
            }
            Pause.millis(LOOK_AGAIN_MILLIS);
        }
    }

    private static String words(ReplicaStatus status, String otherwise) {
        return status.trouble().map(ReplicationTrouble::sentences).orElse(otherwise + ".");
    }

    private String replaced(MemberSpec primary, String password, long epoch, String why)
            throws DatabaseException {
        LOG.warn("Member {}: {}", server.name(), why);
        end();
        Path kept =
                aside.keepData(
                        epoch,
                        "Member "
                                + server.name()
                                + " was copied from "
                                + primary.name()
                                + " in epoch "
                                + epoch
                                + ". "
                                + why
                                + ".\nWhat only it had is in its binary log: mariadb-binlog shows"
                                + " it.");
        return cloned(primary, password, why + " (kept in " + kept + ")");
    }

    private void end() throws DatabaseException {
        try {
            shutdown.stop(STOP_SECONDS);
        } catch (DatabaseException e) {
            LOG.info("{}", e.sentence());
            shutdown.fence();
        }
    }

    private String cloned(MemberSpec primary, String password, String why)
            throws DatabaseException {
        LOG.info("Copying member {} from {}: {}", server.name(), primary.name(), why);
        shutdown.fence();
        String how = copy.run(primary);
        Optional<String> obstacle =
                server.ask(ANSWER_SECONDS, connection -> attach(connection, primary, password));
        if (obstacle.isPresent()) {
            throw new DatabaseException(
                    "Member "
                            + server.name()
                            + " was copied, but does not follow "
                            + primary.name()
                            + ": "
                            + obstacle.get()
                            + ".");
        }
        return "Member "
                + server.name()
                + " was copied from "
                + primary.name()
                + ", "
                + how
                + ", and follows it. "
                + why
                + ".";
    }

    /**
     * Has it, a running replica of {@code primary}, get its log from another replica.
     *
     * @throws DatabaseException if it gets none there; it gets it from the primary on
     */
    String cascade(MemberSpec replica, MemberSpec primary) throws DatabaseException {
        String password = server.password();
        return server.ask(
                ANSWER_SECONDS,
                connection -> {
                    stopReceiving(connection);
                    finishApplying(connection, replica);
                    Optional<String> obstacle = awaitMore(connection, replica);
                    if (obstacle.isEmpty()) {
                        obstacle = attach(connection, replica, password);
                    }
                    if (obstacle.isPresent()) {
                        attach(connection, primary, password);
                        throw new DatabaseException(
                                "Member %s gets no log from %s, and gets it from %s on: %s."
                                        .formatted(
                                                server.name(),
                                                replica.name(),
                                                primary.name(),
                                                obstacle.get()));
                    }
                    return "Member " + server.name() + " gets its log from " + replica.name() + ".";
                });
    }

    /** A replica may be a moment behind another one. */
    private Optional<String> awaitMore(ServerConnection connection, MemberSpec replica)
            throws IOException, MysqlException, DatabaseException {
        long deadline = server.clock().nanos() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        Optional<String> lacks = diverged(connection, replica);
        while (lacks.isPresent() && server.clock().nanos() - deadline < 0) {
            Pause.millis(LOOK_AGAIN_MILLIS);
            lacks = diverged(connection, replica);
        }
        return lacks;
    }

    /** Receives nothing any more; goes on applying. */
    String detach() throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS,
                connection -> {
                    connection.run("STOP SLAVE IO_THREAD");
                    if (ReplicaStatus.read(connection).receives()) {
                        throw new DatabaseException(
                                "Member " + server.name() + " does not stop receiving.");
                    }
                    return "Member " + server.name() + " receives nothing any more.";
                });
    }
}
