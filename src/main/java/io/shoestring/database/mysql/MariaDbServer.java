package io.shoestring.database.mysql;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.ServerProcesses;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.protocol.mysql.MysqlViolation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/** What every look at a member and every action on it needs: where it is, and how to reach it. */
final class MariaDbServer {
    /** By how much a server counts on that is one of two, so that the other's numbers are free. */
    static final int COUNTING_STEP = 2;

    private static final int SIGTERM = 15;
    private static final String LOOPBACK = "127.0.0.1";
    private static final int MILLIS_PER_SECOND = 1_000;

    /** Of {@code master.info}: after its length, and the place in the log, comes the host. */
    private static final int HOST_LINE = 3;

    private final DatabaseConfig database;
    private final DatabaseConfig.Member member;
    private final List<Endpoint> endpoints;
    private final ServerProcesses processes;
    private final Clock clock;

    MariaDbServer(
            DatabaseConfig database, DatabaseConfig.Member member, String address, Clock clock) {
        this.database = database;
        this.member = member;
        this.endpoints =
                Stream.of(LOOPBACK, address)
                        .distinct()
                        .map(host -> new Endpoint(host, member.port()))
                        .toList();
        this.processes = new ServerProcesses(data(), new Kinds(data()));
        this.clock = clock;
    }

    /** By what MariaDB's processes are known: one for each server. */
    private record Kinds(Path data) implements ServerProcesses.Kinds {
        private static final Set<String> SERVERS = Set.of("mariadbd", "mysqld");
        private static final Set<String> TOOLS =
                Set.of(
                        "mariadb-backup",
                        "mariabackup",
                        "mbstream",
                        "mariadb-install-db",
                        "mysql_install_db");

        @Override
        public boolean isServer(String program) {
            return SERVERS.contains(program);
        }

        @Override
        public boolean isTool(String program) {
            return TOOLS.contains(program);
        }

        @Override
        public OptionalLong mainProcess() {
            return OptionalLong.empty();
        }

        @Override
        public boolean isOneProcess() {
            return true;
        }
    }

    MemberName name() {
        return member.name();
    }

    DatabaseConfig.Member member() {
        return member;
    }

    DatabaseConfig database() {
        return database;
    }

    Path data() {
        return member.data().toAbsolutePath().normalize();
    }

    /** A file or directory next to the data: {@code /var/lib/a} and {@code .log} give a.log. */
    Path beside(String suffix) {
        return data().resolveSibling(data().getFileName() + suffix);
    }

    /** Where the server's standard error goes. */
    Path log() {
        return beside(".log");
    }

    /** Exists while a copy is being made into the directory. */
    Path cloning() {
        return beside(".cloning");
    }

    /** Whether there is nothing in its directory. */
    boolean hasNoFiles() throws IOException {
        if (!Files.isDirectory(data())) {
            return true;
        }
        try (Stream<Path> files = Files.list(data())) {
            return files.findAny().isEmpty();
        }
    }

    /** Whether it follows somebody: a server keeps here whom, until it is told to forget that. */
    boolean isReplica() throws DatabaseException {
        Path file = data().resolve("master.info");
        try {
            return Files.exists(file)
                    && Files.readAllLines(file).stream()
                            .skip(HOST_LINE)
                            .findFirst()
                            .filter(host -> !host.isEmpty())
                            .isPresent();
        } catch (IOException e) {
            throw new DatabaseException("Cannot read " + file + ": " + FileProblem.describe(e), e);
        }
    }

    ServerProcesses processes() {
        return processes;
    }

    /** The server's process, if there is one. */
    OptionalLong process() {
        return processes.postmaster();
    }

    Shutdown shutdown() {
        return new Shutdown(name(), processes, log(), SIGTERM, clock);
    }

    Clock clock() {
        return clock;
    }

    /** Tells the servers of one database apart in their logs. */
    long serverId() {
        CRC32 sum = new CRC32();
        sum.update((database.name() + "/" + name()).getBytes(StandardCharsets.UTF_8));
        return Math.max(1, sum.getValue());
    }

    /**
     * The member that a primary's commits wait for: the only other one that may be promoted. The
     * configuration allows for no second one, because MariaDB does not say who has acknowledged.
     */
    Optional<MemberName> partner() {
        return database.members().values().stream()
                .filter(other -> other.priority() > 0)
                .map(DatabaseConfig.Member::name)
                .filter(other -> !other.equals(name()))
                .findFirst();
    }

    /** Where other machines find it. */
    Endpoint address() {
        return endpoints.getLast();
    }

    /** Whether it and its partner are to follow each other. */
    boolean isMutual() {
        return database.topology() == DatabaseConfig.Topology.MUTUAL && mayAcknowledge();
    }

    /** With which number it begins then: no two of the partners have the same. */
    int countingOffset() {
        return partner().filter(other -> other.value().compareTo(name().value()) < 0).isPresent()
                ? COUNTING_STEP
                : 1;
    }

    /** How much later it shall apply what it receives, if it shall. */
    Optional<Delay> delay() {
        return member.delay();
    }

    /** From whom it is to get its log while both are replicas. */
    Optional<MemberName> upstream() {
        return member.upstream();
    }

    /** Whether commits of a primary may wait for this member. */
    boolean mayAcknowledge() {
        return member.priority() > 0;
    }

    /** The user by which a member follows another. */
    static String replicationUser(MemberName member) {
        return "shoestring-" + member;
    }

    /** What member follows another by that user; empty if it is none of ours. */
    Optional<MemberName> replicatingMember(String user) {
        return database.members().keySet().stream()
                .filter(each -> replicationUser(each).equals(user))
                .findFirst();
    }

    /** A file of the programs' directory. */
    String program(String program) {
        return database.programs().map(each -> each.resolve(program).toString()).orElse(program);
    }

    /** The agent's password. */
    String password() throws DatabaseException {
        Path file = database.superuser().passwordFile();
        try {
            return Files.readAllLines(file).stream().findFirst().orElse("").strip();
        } catch (IOException e) {
            throw new DatabaseException(
                    "The password file " + file + " cannot be read: " + FileProblem.describe(e), e);
        }
    }

    /** What is done with a connection. */
    interface Work<T> {
        T with(ServerConnection connection) throws IOException, MysqlException, DatabaseException;
    }

    /**
     * Does something on a connection to the server of this member.
     *
     * @param seconds for connecting, and for each answer
     * @throws DatabaseException if it cannot be reached, or says no
     */
    <T> T ask(int seconds, Work<T> work) throws DatabaseException {
        try (ServerConnection connection = open(seconds)) {
            checkIdentity(connection);
            return work.with(connection);
        } catch (IOException | MysqlException | MysqlViolation e) {
            throw said(name(), e);
        }
    }

    /**
     * The same by its node's address, from whatever machine: nobody else is there under it.
     *
     * @throws DatabaseException if it cannot be reached, or says no
     */
    <T> T askAtAddress(int seconds, Work<T> work) throws DatabaseException {
        try (ServerConnection connection = openAtAddress(seconds)) {
            return work.with(connection);
        } catch (IOException | MysqlException | MysqlViolation e) {
            throw said(name(), e);
        }
    }

    /** A connection by its node's address; the caller closes it. */
    ServerConnection openAtAddress(int seconds)
            throws IOException, MysqlException, DatabaseException {
        return open(endpoints.getLast(), seconds);
    }

    /** Does something on a connection to the server of another member. */
    <T> T ask(MemberSpec other, int seconds, Work<T> work) throws DatabaseException {
        try (ServerConnection connection = open(other.endpoint(), seconds)) {
            return work.with(connection);
        } catch (IOException | MysqlException | MysqlViolation e) {
            throw said(other.name(), e);
        }
    }

    /** A connection by the first of its addresses that answers; the caller closes it. */
    ServerConnection open(int seconds) throws IOException, MysqlException, DatabaseException {
        IOException first = null;
        for (Endpoint endpoint : endpoints) {
            try {
                return open(endpoint, seconds);
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new IOException("no address of member " + name()) : first;
    }

    private ServerConnection open(Endpoint endpoint, int seconds)
            throws IOException, MysqlException, DatabaseException {
        return new ServerConnection(
                endpoint,
                database.superuser().name(),
                password().getBytes(StandardCharsets.UTF_8),
                seconds * MILLIS_PER_SECOND);
    }

    private static DatabaseException said(MemberName member, Exception e) {
        return new DatabaseException("Member " + member + ": " + e.getMessage(), e);
    }

    /**
     * Makes sure that who answers on the port is the server of this directory.
     *
     * @throws DatabaseException if it is another one
     */
    void checkIdentity(ServerConnection connection)
            throws IOException, MysqlException, DatabaseException {
        Path served = Path.of(connection.ask("SELECT @@global.datadir").getFirst().getFirst());
        if (!real(served).equals(real(data()))) {
            throw new DatabaseException(
                    "Port "
                            + member.port()
                            + " is answered by the server of "
                            + served
                            + ", not of "
                            + data()
                            + ": give member "
                            + name()
                            + " a port of its own.");
        }
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize();
        }
    }

    /** A text for SQL, in quotes. */
    static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    /** One row of a table, or nothing. */
    static Map<String, String> firstRow(List<Map<String, String>> table) {
        return table.isEmpty() ? Map.of() : table.getFirst();
    }
}
