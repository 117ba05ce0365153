package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Pidfd;
import io.shoestring.database.server.ServerProcesses;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What every look at a member and every action on it needs: where it is, and how to reach it. */
final class Server {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final String LOOPBACK = "127.0.0.1";

    private final DatabaseConfig.Member member;
    private final Set<MemberName> members;
    private final Map<MemberName, MemberName> upstreams = new HashMap<>();
    private final Optional<Path> programs;
    private final OptionalInt cloneRate;
    private final List<Endpoint> endpoints;
    private final DataDirectory data;
    private final MainFile mainFile;
    private final ServerProcesses processes;
    private final ServerLogin login;
    private final Clock clock;

    /**
     * @param address of the member's node, where the server listens if not on the loopback
     */
    Server(DatabaseConfig database, DatabaseConfig.Member member, String address, Clock clock) {
        this.member = member;
        this.members = Set.copyOf(database.members().keySet());
        database.members()
                .forEach(
                        (name, each) ->
                                each.upstream().ifPresent(from -> upstreams.put(name, from)));
        this.programs = database.programs();
        this.cloneRate = database.cloneRate();
        this.endpoints =
                Stream.of(LOOPBACK, address)
                        .distinct()
                        .map(host -> new Endpoint(host, member.port()))
                        .toList();
        this.data = new DataDirectory(member.data());
        this.mainFile = MainFile.of(member);
        this.processes = PostgresProcesses.of(data);
        this.login = new ServerLogin(database.superuser());
        this.clock = clock;
    }

    MemberName name() {
        return member.name();
    }

    /** All members of the database, this one too. */
    Set<MemberName> members() {
        return members;
    }

    /** Who gets the log from this member while it and they follow {@code primary}. */
    Set<MemberName> followersBehind(MemberName primary) {
        return members.stream()
                .filter(name -> !name.equals(primary))
                .filter(name -> name().equals(upstreams.get(name)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Who gets the log from this member while it is the primary, whatever else goes wrong. */
    Set<MemberName> followersOfPrimary() {
        return members.stream()
                .filter(name -> !name.equals(name()))
                .filter(name -> !upstreams.containsKey(name) || name().equals(upstreams.get(name)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** How much later it shall apply the log, if it shall. */
    Optional<Delay> delay() {
        return member.delay();
    }

    int port() {
        return member.port();
    }

    /** How much a base backup may copy at most, in megabytes (2^20 bytes) per second. */
    OptionalInt cloneRate() {
        return cloneRate;
    }

    DataDirectory data() {
        return data;
    }

    /** Where its settings begin. */
    MainFile mainFile() {
        return mainFile;
    }

    ServerProcesses processes() {
        return processes;
    }

    /** Ends it; a fast shutdown is PostgreSQL's clean one that does not wait for clients. */
    Shutdown shutdown() {
        return new Shutdown(name(), processes, data.log(), Pidfd.SIGINT, clock);
    }

    ServerLogin login() {
        return login;
    }

    Clock clock() {
        return clock;
    }

    /** The directory of PostgreSQL's programs. */
    Path programs() throws DatabaseException {
        return ProgramsFinder.find(data.path(), programs);
    }

    /** A new connection to the server. */
    Connection connect(int timeoutSeconds, int answerSeconds)
            throws SQLException, DatabaseException {
        return login.connect(endpoints, timeoutSeconds, answerSeconds);
    }

    /** A new connection to one of its databases, by which nothing can be changed. */
    Connection connectToRead(String database, int timeoutSeconds)
            throws SQLException, DatabaseException {
        SQLException problem = new SQLException("it has no address");
        for (Endpoint endpoint : endpoints) {
            try {
                return login.connectToRead(endpoint, database, timeoutSeconds);
            } catch (SQLException e) {
                problem = e;
            }
        }
        throw problem;
    }

    /**
     * Makes sure that who answers on the port is the server of this directory.
     *
     * @throws DatabaseException if it is another one
     */
    void checkIdentity(Connection connection) throws SQLException, DatabaseException {
        String served = Sql.text(connection, "SHOW data_directory");
        if (!new DataDirectory(Path.of(served)).realPath().equals(data.realPath())) {
            throw new DatabaseException(
                    "Port "
                            + member.port()
                            + " is answered by the server of "
                            + served
                            + ", not of "
                            + data
                            + ": give member "
                            + member.name()
                            + " a port of its own.");
        }
    }

    /**
     * Makes sure that there is room for a copy of so many bytes beside what is there.
     *
     * @throws DatabaseException if there is not: nothing has been touched then
     */
    void checkSpace(long bytes) throws DatabaseException {
        checkSpace(data.path(), bytes);
    }

    /** The same in another directory than that of the data. */
    void checkSpace(Path wanted, long bytes) throws DatabaseException {
        Path directory = wanted;
        while (!Files.exists(directory) && directory.getParent() != null) {
            directory = directory.getParent();
        }
        try {
            long free = Files.getFileStore(directory).getUsableSpace();
            if (free < bytes) {
                throw new DatabaseException(
                        "A clone for member "
                                + member.name()
                                + " needs "
                                + bytes / 1_000_000
                                + " MB, but only "
                                + free / 1_000_000
                                + " MB are free in "
                                + directory
                                + ": make room (look into "
                                + data.aside()
                                + ").");
            }
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot look at " + directory + ": " + FileProblem.describe(e), e);
        }
    }

    /** Whether the server was too slow. */
    static boolean isTimeout(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketTimeoutException) {
                return true;
            }
        }
        return false;
    }

    static void closeQuietly(@Nullable Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                LOG.debug("A broken connection could not be closed", e);
            }
        }
    }
}
