package io.shoestring.database.postgresql;

import io.shoestring.base.WallClock;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Aside;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.ServerProcesses;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a member a running replica of a primary, by the cheapest way that is sound.
 *
 * <pre>
 *   empty ─────────────────────────────────────────────────────────► clone ─► start ─► attach
 *   running primary ─► fence ─┐
 *   stopped primary ──────────┴► compare logs ─ same ─► start ─► attach
 *                                     │ diverged           │ diverged, or it would not start
 *                                     ▼                    ▼
 *                               keep the log aside ─► rewind ─► start ─► attach
 *                                                        │ failed, or cut off earlier
 *                                                        ▼
 *                               move the data aside ─► clone ─► start ─► attach
 *   running replica ─► point ─► attach ─ diverged: keep aside, rewind; log gone: clone
 *   stopped replica ─► start ─► attach ─ the same
 * </pre>
 */
final class Following {
    private static final Logger LOG = LoggerFactory.getLogger(Following.class);
    private static final String STARTING = "57P03";
    private static final int CONNECT_SECONDS = 2;
    private static final int ANSWER_SECONDS = 5;
    private static final int STOP_SECONDS = 120;

    private final Server server;
    private final Startup startup;
    private final Shutdown shutdown;
    private final CloneProgress progress;
    private final ReplicaFiles files;
    private final Aside aside;

    Following(
            Server server,
            Startup startup,
            Shutdown shutdown,
            CloneProgress progress,
            WallClock wallClock) {
        this.server = server;
        this.startup = startup;
        this.shutdown = shutdown;
        this.progress = progress;
        this.files = new ReplicaFiles(server);
        this.aside = new Aside(server.data().path(), wallClock);
    }

    /** What could not be done the cheap way. */
    private sealed interface Obstacle {
        String sentence();

        /** The log must be rewound first; {@code comparison} if it is known from where on. */
        record Diverged(Optional<LocalLog.Comparison> comparison, String sentence)
                implements Obstacle {}

        /** Only a clone helps. */
        record Hopeless(String sentence) implements Obstacle {}
    }

    /**
     * Does it and says how.
     *
     * @param source a replica that is copied, if a copy is needed, rather than the primary
     */
    String follow(MemberSpec primary, Optional<MemberSpec> source, long epoch)
            throws DatabaseException, SQLException {
        try (UpstreamServer upstream = UpstreamServer.open(primary, server.login())) {
            endOwnTools();
            if (isEmpty()) {
                return clone(source).cloned(upstream, epoch, "It had no data");
            }
            refuseOtherCluster(upstream);
            upstream.keepLogFor(server.name());
            Optional<Obstacle> obstacle = attachCheaply(upstream, epoch);
            String how =
                    "Member "
                            + server.name()
                            + " follows "
                            + primary.name()
                            + server.delay().map(it -> ", delayed by " + it).orElse("");
            return obstacle.isEmpty()
                    ? how + "."
                    : overcome(obstacle.get(), upstream, clone(source), epoch);
        }
    }

    private boolean isEmpty() throws DatabaseException {
        try {
            return server.data().isEmpty();
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot read " + server.data() + ": " + FileProblem.describe(e), e);
        }
    }

    /** INVARIANT: nothing is written into another cluster's directory. */
    private void refuseOtherCluster(UpstreamServer upstream)
            throws DatabaseException, SQLException {
        ControlFile control = ControlFile.read(server.data(), server.programs());
        long theirs = upstream.systemIdentifier();
        if (control.systemIdentifier() != theirs) {
            throw new DatabaseException(
                    "The directory "
                            + server.data()
                            + " belongs to another cluster (system identifier "
                            + Long.toUnsignedString(control.systemIdentifier())
                            + ", that of "
                            + upstream.name()
                            + " is "
                            + Long.toUnsignedString(theirs)
                            + "), so nothing was touched: name an empty directory for member "
                            + server.name()
                            + ", or move this one away.");
        }
    }

    /** A base backup or rewind of a node that was killed goes on without it. */
    private void endOwnTools() throws DatabaseException {
        ServerProcesses.Found found = server.processes().look();
        if (found.tools().isEmpty()) {
            return;
        }
        if (!server.data().isUnfinished()) {
            throw new DatabaseException(
                    "Process "
                            + found.tools().getFirst()
                            + " works on "
                            + server.data()
                            + ": wait for its end.");
        }
        shutdown.killTools();
    }

    private Optional<Obstacle> attachCheaply(UpstreamServer upstream, long epoch)
            throws DatabaseException, SQLException {
        if (server.data().isUnfinishedRewind() || server.data().isDoubtfulClone()) {
            return Optional.of(
                    new Obstacle.Hopeless("A rewind or clone was cut off in the middle"));
        }
        if (server.processes().postmaster().isPresent() && !isRunningPrimary()) {
            files.write(upstream.endpoint(), epoch);
            return reloadAndAttach(upstream);
        }
        // Whoever is left, or runs as a primary without the right to, ends first.
        shutdown.fence();
        return server.data().isReplica()
                ? startAndAttach(upstream, epoch)
                : attachFormerPrimary(upstream, epoch);
    }

    /** Also one that does not answer: nothing less than a fence helps there. */
    private boolean isRunningPrimary() throws DatabaseException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            return !Sql.isTrue(connection, "SELECT pg_is_in_recovery()");
        } catch (SQLException e) {
            if (server.data().isReplica() && STARTING.equals(e.getSQLState())) {
                throw new DatabaseException(
                        "Member " + server.name() + " is still starting: " + e.getMessage(), e);
            }
            LOG.info("Member {} runs but does not answer: {}", server.name(), e.getMessage());
            return true;
        }
    }

    private Optional<Obstacle> attachFormerPrimary(UpstreamServer upstream, long epoch)
            throws DatabaseException, SQLException {
        LocalLog.Comparison comparison = localLog().compare(upstream.timelines());
        if (comparison.mayDiverge()) {
            return Optional.of(
                    new Obstacle.Diverged(
                            Optional.of(comparison), "Its log had left the cluster's history"));
        }
        LOG.info(
                "Member {} needs no rewind: its log ends before {} left it, at {}",
                server.name(),
                upstream.name(),
                comparison.fork());
        return startAndAttach(upstream, epoch);
    }

    private Optional<Obstacle> reloadAndAttach(UpstreamServer upstream)
            throws DatabaseException, SQLException {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            server.checkIdentity(connection);
            RunningSettings running = new RunningSettings(connection, server.clock());
            running.reload();
            awaitDelay(running);
        }
        return attach(upstream);
    }

    /** So that who is seen to be delayed otherwise hears where that comes from. */
    private void awaitDelay(RunningSettings running) throws SQLException, DatabaseException {
        running.await(Map.of(Settings.DELAY, Settings.asShown(server.delay())));
    }

    private Optional<Obstacle> startAndAttach(UpstreamServer upstream, long epoch)
            throws DatabaseException, SQLException {
        files.write(upstream.endpoint(), epoch);
        try {
            Files.deleteIfExists(server.data().cloning());
            startup.start();
        } catch (IOException e) {
            throw new DatabaseException("Cannot remove a marker: " + FileProblem.describe(e), e);
        } catch (Startup.EndedException e) {
            if (e.isEnvironment()) {
                throw new DatabaseException(String.valueOf(e.getMessage()), e);
            }
            return Optional.of(
                    new Obstacle.Diverged(Optional.empty(), String.valueOf(e.getMessage())));
        }
        return attach(upstream);
    }

    private Optional<Obstacle> attach(UpstreamServer upstream)
            throws DatabaseException, SQLException {
        return switch (new Attachment(server, upstream, localLog()).await()) {
            case ATTACHED, HOLDS_BACK -> {
                tidy(upstream.name());
                yield Optional.empty();
            }
            case DIVERGED ->
                    Optional.of(
                            new Obstacle.Diverged(
                                    Optional.empty(), "It had log that the primary has not"));
            case LOG_GONE ->
                    Optional.of(
                            new Obstacle.Hopeless(
                                    "The primary had not kept the log that it needs"));
        };
    }

    private LocalLog localLog() throws DatabaseException {
        return new LocalLog(
                server.data(),
                server.programs(),
                ControlFile.read(server.data(), server.programs()));
    }

    private String overcome(Obstacle obstacle, UpstreamServer upstream, Cloning cloning, long epoch)
            throws DatabaseException, SQLException {
        LOG.info("Member {}: {}", server.name(), obstacle.sentence());
        end();
        return switch (obstacle) {
            case Obstacle.Diverged diverged -> rewound(diverged, upstream, cloning, epoch);
            case Obstacle.Hopeless hopeless ->
                    cloning.replaced(upstream, epoch, hopeless.sentence());
        };
    }

    /** A clean stop, so that it can be rewound; the hard way if that does not work. */
    private void end() throws DatabaseException {
        try {
            shutdown.stop(STOP_SECONDS);
        } catch (DatabaseException e) {
            LOG.info("{}", e.sentence());
            shutdown.fence();
        }
    }

    private String rewound(
            Obstacle.Diverged diverged, UpstreamServer upstream, Cloning cloning, long epoch)
            throws DatabaseException, SQLException {
        Kept kept = keepLog(diverged, upstream, epoch);
        try {
            new Rewind(server, files).run(upstream, epoch);
        } catch (DatabaseException e) {
            return cloning.replaced(upstream, epoch, e.sentence());
        }
        Optional<Obstacle> obstacle = startAndAttach(upstream, epoch);
        if (obstacle.isPresent()) {
            end();
            return cloning.replaced(upstream, epoch, obstacle.get().sentence());
        }
        return "Member "
                + server.name()
                + " was rewound and follows "
                + upstream.name()
                + ": "
                + diverged.sentence()
                + ". What only it had ("
                + kept.what()
                + ") is kept in "
                + kept.directory()
                + ".";
    }

    /** Where it is, and what it is, in few words. */
    private record Kept(Path directory, String what) {}

    private Kept keepLog(Obstacle.Diverged diverged, UpstreamServer upstream, long epoch)
            throws DatabaseException, SQLException {
        LocalLog log = localLog();
        LocalLog.Comparison comparison =
                diverged.comparison().isPresent()
                        ? diverged.comparison().get()
                        : log.compare(upstream.timelines());
        List<String> rows = new DivergentRows(server, upstream).tell(comparison, log.files());
        LOG.warn(
                "Only member {} has, and it is kept aside: {}",
                server.name(),
                String.join("; ", rows));
        Path directory =
                new LogAside(server.data(), aside)
                        .keep(
                                log.files(),
                                comparison,
                                epoch,
                                "Member "
                                        + server.name()
                                        + " was rewound to follow "
                                        + upstream.name()
                                        + " in epoch "
                                        + epoch
                                        + ". "
                                        + diverged.sentence()
                                        + ".\nOnly here: "
                                        + String.join("\n", rows));
        return new Kept(directory, rows.getFirst());
    }

    private Cloning clone(Optional<MemberSpec> source) {
        return new Cloning(
                server,
                aside,
                new BaseBackup(server, files, progress),
                source,
                (upstream, epoch) -> startAndAttach(upstream, epoch).map(Obstacle::sentence));
    }

    /** What is left from its time as a primary; its success does not matter now. */
    private void tidy(MemberName primary) {
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS)) {
            ReplicationSlots.dropFormer(connection, server.followersBehind(primary));
            ReplicationSlots.dropOutlived(connection);
        } catch (SQLException | DatabaseException e) {
            LOG.info("Old slots of {} could not be dropped: {}", server.name(), e.getMessage());
        }
    }
}
