package io.shoestring.database.mysql;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.EngineMember;
import io.shoestring.database.server.CopyProgress;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;

import java.util.Optional;
import java.util.Set;

/** A MariaDB server on this machine. */
public final class MariaDbMember extends EngineMember {
    private static final int ANSWER_SECONDS = 2;
    private static final int STOP_SECONDS = 10;

    private final MariaDbServer server;
    private final ProcessExit exit;
    private final MariaDbObserver observer;
    private final Shutdown shutdown;
    private final MariaDbPrimary primary;
    private final MariaDbFollowing following;
    private final BackupDesk backup;
    private final Optional<MutualFollowing> mutual;

    /**
     * Nothing is started or connected yet.
     *
     * @param address of the member's node, as in the configuration
     * @param sources of copies of the other members
     * @param followed by this member, too, while it is the primary; empty if it follows nobody then
     * @param wallClock for the names of what is kept aside
     */
    public MariaDbMember(
            DatabaseConfig database,
            DatabaseConfig.Member member,
            String address,
            Clock clock,
            BackupSources sources,
            Optional<MemberSpec> followed,
            WallClock wallClock) {
        super(member.name());
        this.server = new MariaDbServer(database, member, address, clock);
        this.backup = new BackupDesk(server);
        this.exit = new ProcessExit(member.name().value(), this::serverEnded);
        CopyProgress progress = new CopyProgress();
        this.observer = new MariaDbObserver(server, exit, progress);
        this.shutdown = server.shutdown();
        MariaDbStartup startup = new MariaDbStartup(server, exit);
        RelayLog relayLog = new RelayLog(server);
        this.primary = new MariaDbPrimary(server, startup, shutdown, relayLog);
        var copy = new MemberCopy(server, startup, shutdown, sources, progress);
        this.following = new MariaDbFollowing(server, startup, shutdown, relayLog, copy, wallClock);
        this.mutual =
                followed.map(it -> new MutualFollowing(server, it, step -> between(step::run)));
        mutual.ifPresent(MutualFollowing::start);
    }

    /** A copy of a server that has ended would go on reading its files for nothing. */
    private void serverEnded(long pid) {
        backup.close();
        ended(pid);
    }

    /** By which other members copy its data. */
    public BackupSource backup() {
        return backup;
    }

    @Override
    public MemberFacts observe() {
        return observer.observe();
    }

    @Override
    protected String promote(long epoch, Set<MemberName> synchronous) throws DatabaseException {
        if (!synchronous.isEmpty()) {
            throw unsupported();
        }
        return primary.promote(epoch);
    }

    @Override
    protected String block(long epoch, Set<MemberName> names) throws DatabaseException {
        throw unsupported();
    }

    private DatabaseException unsupported() {
        return new DatabaseException(
                "Member " + name() + " cannot be protected by maximum: it is for PostgreSQL.");
    }

    @Override
    protected String startPrimary(long epoch, Set<MemberName> synchronous)
            throws DatabaseException {
        return primary.start(epoch, synchronous);
    }

    @Override
    protected String follow(MemberSpec upstream, long epoch) throws DatabaseException {
        return following.follow(upstream, epoch);
    }

    @Override
    protected String cascade(MemberSpec upstream, MemberSpec primary, long epoch)
            throws DatabaseException {
        return following.cascade(upstream, primary);
    }

    @Override
    protected String detach(long epoch) throws DatabaseException {
        return following.detach();
    }

    @Override
    protected String setSynchronous(long epoch, Set<MemberName> names) throws DatabaseException {
        return primary.setSynchronous(epoch, names);
    }

    /** What makes the stop that follows short: pages that were changed go to the disk. */
    @Override
    protected String checkpoint() throws DatabaseException {
        return server.ask(
                ANSWER_SECONDS,
                connection -> {
                    connection.run("FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS");
                    return "The logs of member " + name() + " were flushed.";
                });
    }

    /**
     * In order: clients are thrown out, and the replicas get the rest of the log before the end.
     */
    @Override
    protected String stop() throws DatabaseException {
        if (server.process().isPresent()) {
            server.ask(
                    ANSWER_SECONDS,
                    connection -> {
                        connection.run("SHUTDOWN WAIT FOR ALL SLAVES");
                        return "";
                    });
        }
        shutdown.stop(STOP_SECONDS);
        BinaryLog.End end = BinaryLog.read(new ServerOptions(server).logIndex());
        if (!end.closed()) {
            throw new DatabaseException("Member " + name() + " has ended, but not cleanly.");
        }
        return "Member " + name() + " is stopped, after " + end.state() + ".";
    }

    @Override
    protected String fence() throws DatabaseException {
        int killed = shutdown.fence();
        return killed == 0
                ? "No process of member " + name() + " is running."
                : "The process of member " + name() + " was killed.";
    }

    @Override
    protected void killOrphans() throws DatabaseException {
        shutdown.killOrphans();
    }

    @Override
    public void close() {
        mutual.ifPresent(MutualFollowing::close);
        backup.close();
        exit.close();
        observer.close();
    }
}
