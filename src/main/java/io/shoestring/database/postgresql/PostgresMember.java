package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.LocalMember;
import io.shoestring.database.Outcome;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.Action;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A PostgreSQL server on this machine.
 *
 * <p>When its main process dies, what it leaves behind is killed at once: orphaned processes are of
 * no use to anybody, but could still acknowledge a commit.
 */
public final class PostgresMember implements LocalMember {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresMember.class);
    private static final int CONNECT_SECONDS = 2;
    private static final int STOP_SECONDS = 10;

    private final Server server;
    private final ProcessExit exit;
    private final Observer observer;
    private final Shutdown shutdown;
    private final PrimaryRole primaryRole;
    private final SynchronousChange synchronousChange;
    private final Following following;
    private final Detachment detachment;
    private final AtomicLong newestEpoch = new AtomicLong();
    private final ReentrantLock acting = new ReentrantLock();
    private volatile Runnable exitCallback = () -> {};

    /**
     * Nothing is started or connected yet.
     *
     * @param address of the member's node, as in the configuration
     * @param wallClock for the names of what is kept aside
     */
    public PostgresMember(
            DatabaseConfig database,
            DatabaseConfig.Member member,
            String address,
            Clock clock,
            WallClock wallClock) {
        this.server = new Server(database, member, address, clock);
        this.exit = new ProcessExit(member.name().value(), this::ended);
        CloneProgress progress = new CloneProgress();
        this.observer = new Observer(server, exit, clock, progress);
        this.shutdown = server.shutdown();
        Startup startup = new Startup(server, exit);
        this.synchronousChange = new SynchronousChange(server);
        this.primaryRole = new PrimaryRole(server, startup, shutdown, synchronousChange);
        this.following = new Following(server, startup, shutdown, progress, wallClock);
        this.detachment = new Detachment(server);
    }

    @Override
    public MemberName name() {
        return server.name();
    }

    @Override
    public MemberFacts observe() {
        return observer.observe();
    }

    @Override
    public Outcome perform(Action.OnMember action) {
        requireNonNull(action, "action is null");
        // A fence waits for nobody: what is under way may hang on the very server.
        if (action instanceof Action.Fence) {
            return outcome(action);
        }
        acting.lock();
        try {
            return outcome(action);
        } finally {
            acting.unlock();
        }
    }

    private Outcome outcome(Action.OnMember action) {
        try {
            return new Outcome.Done(dispatch(action));
        } catch (DatabaseException e) {
            return new Outcome.Failed(e.sentence());
        } catch (SQLException e) {
            return new Outcome.Failed(
                    "Member " + name() + " answered with an error: " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("A mistake of ours, at {} of member {}", action, name(), e);
            return new Outcome.Failed("Member " + name() + ": unexpected " + e);
        }
    }

    private String dispatch(Action.OnMember action) throws DatabaseException, SQLException {
        return switch (action) {
            case Action.Promote promote -> {
                refuseOld(promote.epoch());
                yield primaryRole.promote(promote.epoch());
            }
            case Action.StartPrimary start -> {
                refuseOld(start.epoch());
                yield primaryRole.start(start.epoch(), start.synchronous());
            }
            case Action.Follow follow -> {
                refuseOld(follow.epoch());
                yield following.follow(follow.upstream(), follow.epoch());
            }
            case Action.Detach detach -> {
                refuseOld(detach.epoch());
                yield detachment.detach(detach.epoch());
            }
            case Action.SetSynchronous set -> {
                refuseOld(set.epoch());
                yield synchronousChange.change(set.epoch(), set.names());
            }
            case Action.Checkpoint ignored -> checkpoint();
            case Action.Stop ignored -> stop();
            case Action.Fence ignored -> fence();
        };
    }

    /** An order that was overtaken by a newer one must not be carried out. */
    private void refuseOld(long epoch) throws DatabaseException {
        long newest = newestEpoch.accumulateAndGet(epoch, Math::max);
        if (epoch < newest) {
            throw new DatabaseException(
                    "An order of epoch "
                            + epoch
                            + " for member "
                            + name()
                            + " is too old: it has seen epoch "
                            + newest
                            + ".");
        }
    }

    private String checkpoint() throws DatabaseException, SQLException {
        try (Connection connection = server.connect(CONNECT_SECONDS, 0);
                Connection other = server.connect(CONNECT_SECONDS, 1)) {
            server.checkIdentity(connection);
            new WatchedCheckpoint(connection, () -> answers(other)).run(1);
            return "A checkpoint was made on member " + name() + ".";
        }
    }

    private static Optional<String> answers(Connection connection) throws SQLException {
        return Sql.isTrue(connection, "SELECT true")
                ? Optional.empty()
                : Optional.of("it answers nonsense.");
    }

    private String stop() throws DatabaseException {
        shutdown.stop(STOP_SECONDS);
        ControlFile control = ControlFile.read(server.data(), server.programs());
        if (!control.clean()) {
            throw new DatabaseException(
                    "Member " + name() + " has ended, but not cleanly: " + control.state() + ".");
        }
        return "Member " + name() + " is stopped, at " + control.checkpoint() + ".";
    }

    private String fence() throws DatabaseException {
        int killed = shutdown.fence();
        return killed == 0
                ? "No process of member " + name() + " is running."
                : "All " + killed + " processes of member " + name() + " were killed.";
    }

    private void ended(long pid) {
        // An action that is under way knows itself what it has to end, and what it has started.
        if (acting.tryLock()) {
            try {
                shutdown.killOrphans();
            } catch (DatabaseException e) {
                LOG.warn("{}", e.sentence());
            } finally {
                acting.unlock();
            }
        }
        LOG.info("The main process {} of member {} has ended", pid, name());
        exitCallback.run();
    }

    @Override
    public void onExit(Runnable callback) {
        exitCallback = requireNonNull(callback, "callback is null");
    }

    @Override
    public void close() {
        exit.close();
        observer.close();
    }
}
