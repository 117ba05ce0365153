package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.EngineMember;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/** A PostgreSQL server on this machine. */
public final class PostgresMember extends EngineMember {
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
    private final Cascading cascading;

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
        super(member.name());
        this.server = new Server(database, member, address, clock);
        this.exit = new ProcessExit(member.name().value(), this::ended);
        CloneProgress progress = new CloneProgress();
        this.observer = new Observer(server, exit, clock, progress);
        this.shutdown = server.shutdown();
        Startup startup = new Startup(server, exit);
        this.synchronousChange = new SynchronousChange(server);
        this.primaryRole = new PrimaryRole(server, observer, startup, shutdown, synchronousChange);
        this.following = new Following(server, startup, shutdown, progress, wallClock);
        this.detachment = new Detachment(server);
        this.cascading = new Cascading(server);
    }

    @Override
    public MemberFacts observe() {
        return observer.observe();
    }

    @Override
    protected String promote(long epoch, Set<MemberName> synchronous) throws DatabaseException {
        return told(() -> primaryRole.promote(epoch, synchronous));
    }

    @Override
    protected String startPrimary(long epoch, Set<MemberName> synchronous)
            throws DatabaseException {
        return told(() -> primaryRole.start(epoch, synchronous));
    }

    @Override
    protected String follow(MemberSpec upstream, long epoch) throws DatabaseException {
        return follow(upstream, Optional.empty(), epoch);
    }

    @Override
    protected String follow(MemberSpec upstream, Optional<MemberSpec> source, long epoch)
            throws DatabaseException {
        return told(() -> following.follow(upstream, source, epoch));
    }

    @Override
    protected String restart(MemberSpec upstream, long epoch) throws DatabaseException {
        return told(
                () -> {
                    new RestartOfReplica(server).prepare(upstream);
                    stop();
                    return "Member "
                            + name()
                            + " was restarted. "
                            + following.follow(upstream, Optional.empty(), epoch);
                });
    }

    @Override
    protected String cascade(MemberSpec upstream, MemberSpec primary, long epoch)
            throws DatabaseException {
        return told(() -> cascading.cascade(upstream, primary, epoch));
    }

    @Override
    protected String detach(long epoch) throws DatabaseException {
        return told(() -> detachment.detach(epoch));
    }

    @Override
    protected String setSynchronous(long epoch, Set<MemberName> names) throws DatabaseException {
        return told(() -> synchronousChange.change(epoch, names));
    }

    @Override
    protected String block(long epoch, Set<MemberName> names) throws DatabaseException {
        return told(() -> synchronousChange.block(epoch, names));
    }

    @Override
    protected String checkpoint() throws DatabaseException {
        return told(this::checkpointMade);
    }

    private interface Verb {
        String run() throws DatabaseException, SQLException;
    }

    private String told(Verb verb) throws DatabaseException {
        try {
            return verb.run();
        } catch (SQLException e) {
            throw new DatabaseException(
                    "Member " + name() + " answered with an error: " + e.getMessage(), e);
        }
    }

    private String checkpointMade() throws DatabaseException, SQLException {
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

    @Override
    protected String stop() throws DatabaseException {
        shutdown.stop(STOP_SECONDS);
        ControlFile control = newestControlFile();
        if (!control.clean()) {
            throw new DatabaseException(
                    "Member " + name() + " has ended, but not cleanly: " + control.state() + ".");
        }
        return "Member " + name() + " is stopped, at " + control.checkpoint() + ".";
    }

    /** What is read here the look that follows need not read again. */
    private ControlFile newestControlFile() throws DatabaseException {
        try {
            return observer.newestControlFile();
        } catch (IOException e) {
            throw new DatabaseException(
                    "The control file of member "
                            + name()
                            + " cannot be read: "
                            + FileProblem.describe(e),
                    e);
        }
    }

    @Override
    protected String fence() throws DatabaseException {
        int killed = shutdown.fence();
        return killed == 0
                ? "No process of member " + name() + " is running."
                : "All " + killed + " processes of member " + name() + " were killed.";
    }

    @Override
    protected void killOrphans() throws DatabaseException {
        shutdown.killOrphans();
    }

    @Override
    public void close() {
        exit.close();
        observer.close();
    }
}
