package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.DatabaseConfig.Topology;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.Outcome;
import io.shoestring.database.server.ProcessExit;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.LossLimit;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.NodeName;
import io.shoestring.model.Protection;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Members of one database, real MariaDB servers in memory, each with its own hands. */
public final class MariaDbCluster implements AutoCloseable {
    public static final String USER = "agent";
    public static final String PASSWORD = "it's a \\ secret";

    public final DatabaseConfig config;
    final Map<String, MariaDbMember> members = new LinkedHashMap<>();
    private final Path directory;
    private final UnaryOperator<BackupSource> way;

    MariaDbCluster(String... names) throws Exception {
        this(OptionalInt.empty(), Optional.empty(), source -> source, names);
    }

    MariaDbCluster(
            OptionalInt cloneRate,
            Optional<Path> programs,
            UnaryOperator<BackupSource> way,
            String... names)
            throws Exception {
        this(Topology.ONE_WAY, cloneRate, programs, way, names);
    }

    /**
     * The same.
     *
     * @param topology who replicates from whom
     * @param cloneRate in megabytes per second
     * @param programs where MariaDB's programs are
     * @param way by which members ask each other for copies
     */
    MariaDbCluster(
            Topology topology,
            OptionalInt cloneRate,
            Optional<Path> programs,
            UnaryOperator<BackupSource> way,
            String... names)
            throws Exception {
        directory = InMemory.create("shoestring-mariadb-members");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path data = Files.createDirectory(directory.resolve("data"));
        if ("root".equals(System.getProperty("user.name"))) {
            Files.setOwner(
                    data,
                    data.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName("mysql"));
        }
        Path password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        Map<MemberName, DatabaseConfig.Member> configured = new LinkedHashMap<>();
        for (String name : names) {
            configured.put(new MemberName(name), configured(name));
        }
        config =
                new DatabaseConfig(
                        new DatabaseName("shop"),
                        DatabaseConfig.Engine.MARIADB,
                        Protection.AVAILABILITY,
                        programs,
                        cloneRate,
                        new DatabaseConfig.Superuser(USER, password),
                        Optional.empty(),
                        configured,
                        Map.of(),
                        LossLimit.USUAL,
                        topology,
                        Optional.empty());
        this.way = way;
        configured.values().forEach(this::manage);
        InitialServer.create(
                data(names[0]), Optional.of(settings(names[0])), Optional.empty(), USER, PASSWORD);
    }

    private void manage(DatabaseConfig.Member member) {
        members.put(
                member.name().value(),
                new MariaDbMember(
                        config,
                        member,
                        "127.0.0.1",
                        Clock.system(),
                        other -> Optional.of(way.apply(member(other.value()).backup())),
                        config.followedByPrimary(
                                member.name(), Map.of(new NodeName("local"), "127.0.0.1")),
                        WallClock.system()));
    }

    /** From now on its agent is another one, by whose configuration it is delayed so, or not. */
    void delayed(String name, Optional<Delay> delay) {
        DatabaseConfig.Member before =
                requireNonNull(config.members().get(new MemberName(name)), name);
        member(name).close();
        manage(
                new DatabaseConfig.Member(
                        before.name(),
                        before.node(),
                        before.data(),
                        before.configFile(),
                        before.port(),
                        delay.isPresent() ? 0 : 1,
                        delay,
                        before.upstream()));
    }

    /** The primary {@code a}, whose commits wait for {@code b}; a table with one row. */
    public static MariaDbCluster pair() throws Exception {
        return pair(Topology.ONE_WAY);
    }

    /** The same, of which the primary may follow, too. */
    static MariaDbCluster pair(Topology topology) throws Exception {
        MemberName a = new MemberName("a");
        MemberName b = new MemberName("b");
        var cluster =
                new MariaDbCluster(
                        topology,
                        OptionalInt.empty(),
                        Optional.empty(),
                        source -> source,
                        "a",
                        "b");
        try {
            assertThat(cluster.state("a")).isInstanceOf(MemberState.Stopped.class);
            assertThat(cluster.state("b")).isInstanceOf(MemberState.Empty.class);
            cluster.done(new Action.StartPrimary(a, 1, Set.of(), "test"));
            cluster.run(
                    "a",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (i INT PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES (1)");
            assertThat(cluster.done(new Action.Follow(b, cluster.spec("a"), 1, "test")))
                    .contains("was copied from a");
            cluster.await("a", state -> state instanceof MemberState.Primary it && it.streamsTo(b));
            cluster.done(new Action.SetSynchronous(a, Set.of(b), 1, "test"));
            return cluster;
        } catch (Exception | AssertionError e) {
            cluster.close();
            throw e;
        }
    }

    private DatabaseConfig.Member configured(String name) throws Exception {
        // A server that starts removes what others have in a directory that they share.
        Path temporary = Files.createDirectory(Path.of(data(name) + ".tmp"));
        Files.setOwner(temporary, Files.getOwner(directory.resolve("data")));
        Files.writeString(
                settings(name),
                """
                [mariadbd]
                bind-address = 127.0.0.1
                socket = %s
                pid-file = %s
                tmpdir = %s
                innodb-buffer-pool-size = 16M
                innodb-log-file-size = 4M
                key-buffer-size = 1M
                performance-schema = OFF
                skip-name-resolve
                """
                        .formatted(data(name) + ".socket", data(name) + ".pid", temporary));
        return new DatabaseConfig.Member(
                new MemberName(name),
                new NodeName("local"),
                data(name),
                Optional.of(settings(name)),
                FreePort.find(),
                1,
                Optional.empty(),
                Optional.empty());
    }

    public Path data(String name) {
        return directory.resolve("data").resolve(name);
    }

    public Path settings(String name) {
        return directory.resolve(name + ".cnf");
    }

    public MemberSpec spec(String name) {
        DatabaseConfig.Member member =
                requireNonNull(config.members().get(new MemberName(name)), name);
        return new MemberSpec(
                member.name(), member.node(), new Endpoint("127.0.0.1", member.port()), 1);
    }

    MariaDbMember member(String name) {
        return requireNonNull(members.get(name), name);
    }

    public MemberState state(String name) {
        return member(name).observe().state();
    }

    /** Has it done; returns what was done. */
    String done(Action.OnMember action) {
        Outcome outcome = member(action.member().value()).perform(action);
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        return outcome.sentence();
    }

    void await(String name, Predicate<MemberState> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + 30_000_000_000L;
        MemberState state = state(name);
        while (!wanted.test(state)) {
            assertThat(System.nanoTime() - deadline).as("still " + state).isNegative();
            Thread.sleep(20);
            state = state(name);
        }
    }

    public void run(String name, String... statements) throws SQLException {
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    public String value(String name, String sql) throws SQLException {
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    public Connection connect(String name) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mariadb://"
                        + spec(name).endpoint()
                        + "/?connectTimeout=2000&socketTimeout=30000",
                USER,
                PASSWORD);
    }

    /** Says something that will not be answered, because the server dies. */
    void inVain(String name, String sql) {
        try {
            run(name, sql);
        } catch (SQLException e) {
            // As is wanted.
        }
    }

    /** Whether a session of the server is in such a state. */
    boolean sees(String name, String state) {
        try {
            return value(
                            name,
                            "SELECT count(*) FROM information_schema.processlist WHERE state LIKE '"
                                    + state
                                    + "%'")
                    .equals("1");
        } catch (SQLException e) {
            return false;
        }
    }

    /** Starts the server as an order does that got no further. */
    void start(String name) throws DatabaseException {
        var server =
                new MariaDbServer(
                        config,
                        requireNonNull(config.members().get(new MemberName(name)), name),
                        "127.0.0.1",
                        Clock.system());
        try (var exit = new ProcessExit(name, _ -> {})) {
            new MariaDbStartup(server, exit).start(ServerOptions.Tail.KEPT);
        }
    }

    /** Ends the server at once, as a crash does. */
    public void kill(String name) {
        done(new Action.Fence(new MemberName(name), "test"));
    }

    List<Path> keptAside(String name) throws Exception {
        Path aside = data(name).resolveSibling(name + ".aside");
        if (!Files.isDirectory(aside)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(aside)) {
            return all.toList();
        }
    }

    @Override
    public void close() throws IOException {
        members.keySet().forEach(this::kill);
        members.values().forEach(MariaDbMember::close);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
