package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.Outcome;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Pidfd;
import io.shoestring.database.server.ServerProcesses;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.NodeName;
import io.shoestring.model.Protection;
import io.shoestring.testing.FreePort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;

/** Real members on this machine, in a directory of their own; closing fences and removes all. */
public final class TestCluster implements AutoCloseable {
    public static final String USER = "postgres";
    public static final String PASSWORD = "se:cr'et\\1";

    private static final String ADDRESS = "127.0.0.1";

    private final TestDirectory directory = new TestDirectory();
    private final Map<MemberName, PostgresMember> members = new LinkedHashMap<>();
    private DatabaseConfig config;

    /** The first name's cluster is made; the others have no data yet. */
    public TestCluster(String... names) throws Exception {
        this(OptionalInt.empty(), names);
    }

    /** The same, whose base backups copy so many megabytes a second at most. */
    TestCluster(OptionalInt cloneRate, String... names) throws Exception {
        this(cloneRate, Optional.empty(), false, names);
    }

    /** The same, of the version that these programs are of. */
    static TestCluster of(Path programs, String... names) throws Exception {
        return new TestCluster(OptionalInt.empty(), Optional.of(programs), false, names);
    }

    /** The same, whose settings are not where the data is, as Debian does it. */
    static TestCluster withSettingsElsewhere(String... names) throws Exception {
        return new TestCluster(OptionalInt.empty(), Optional.empty(), true, names);
    }

    private TestCluster(
            OptionalInt cloneRate, Optional<Path> programs, boolean elsewhere, String... names)
            throws Exception {
        Path passwordFile = directory.path().resolve("password");
        Files.writeString(passwordFile, PASSWORD + "\n");
        Map<MemberName, DatabaseConfig.Member> configured = new LinkedHashMap<>();
        for (String name : names) {
            configured.put(
                    new MemberName(name),
                    new DatabaseConfig.Member(
                            new MemberName(name),
                            new NodeName("local"),
                            directory.path().resolve(name),
                            Optional.of(directory.path().resolve("etc-" + name + "/main.conf"))
                                    .filter(file -> elsewhere),
                            FreePort.find(),
                            1,
                            Optional.empty(),
                            Optional.empty()));
        }
        config =
                new DatabaseConfig(
                        new DatabaseName("shop"),
                        DatabaseConfig.Engine.POSTGRESQL,
                        Protection.AVAILABILITY,
                        programs,
                        cloneRate,
                        new DatabaseConfig.Superuser(USER, passwordFile),
                        configured);
        for (DatabaseConfig.Member member : configured.values()) {
            members.put(member.name(), newMember(member));
        }
        if (programs.isPresent()) {
            create(names[0]);
        } else {
            copyTemplate(names[0]);
        }
        if (elsewhere) {
            for (DatabaseConfig.Member member : configured.values()) {
                writeSettings(member);
            }
            for (String file : List.of("postgresql.conf", "pg_hba.conf", "pg_ident.conf")) {
                Files.delete(data(names[0]).resolve(file));
            }
        }
    }

    /** A file whose first line is this password. */
    Path passwordFile(String password) throws IOException {
        return Files.writeString(directory.path().resolve("other-password"), password + "\n");
    }

    /** As {@code pg_createcluster} does. */
    private void writeSettings(DatabaseConfig.Member member) throws Exception {
        Path main = member.configFile().orElseThrow();
        Path template = TestTemplate.data();
        Path access = main.resolveSibling("pg_hba.conf");
        Path names = main.resolveSibling("pg_ident.conf");
        Account account = Account.ownerOf(template);
        Files.createDirectories(requireNonNull(main.getParent()));
        Files.copy(template.resolve("pg_hba.conf"), access);
        Files.copy(template.resolve("pg_ident.conf"), names);
        Files.writeString(
                main,
                Files.readString(template.resolve("postgresql.conf"))
                        + "data_directory = '%s'\nhba_file = '%s'\nident_file = '%s'\nfsync = off\n"
                                .formatted(member.data(), access, names)
                        + "shared_buffers = 16MB\nport = 1\n");
        Files.writeString(main.resolveSibling("start.conf"), "# who starts it\n\nauto\n");
        for (Path file :
                List.of(
                        requireNonNull(main.getParent()),
                        main,
                        access,
                        names,
                        main.resolveSibling("start.conf"))) {
            account.give(file);
        }
    }

    /** A cluster that was made once: initdb takes seconds. All copies have the same identifier. */
    private void copyTemplate(String name) throws Exception {
        Path data = data(name);
        Process copy =
                new ProcessBuilder("cp", "-a", TestTemplate.data().toString(), data.toString())
                        .inheritIO()
                        .start();
        assertThat(copy.waitFor()).isZero();
        Files.writeString(
                data.resolve("postgresql.conf"),
                "port = " + configured(name).port() + "\nfsync = off\nshared_buffers = 16MB\n",
                StandardOpenOption.APPEND);
    }

    /** Another agent's view of the same server. */
    PostgresMember newMember(DatabaseConfig.Member member) {
        return new PostgresMember(config, member, ADDRESS, Clock.system(), WallClock.system());
    }

    /** From now on its agent is another one, by whose configuration it is delayed so, or not. */
    void delayed(String name, Optional<Delay> delay) {
        DatabaseConfig.Member before = configured(name);
        member(name).close();
        members.put(
                before.name(),
                newMember(
                        new DatabaseConfig.Member(
                                before.name(),
                                before.node(),
                                before.data(),
                                before.configFile(),
                                before.port(),
                                delay.isPresent() ? 0 : before.priority(),
                                delay,
                                before.upstream())));
    }

    /** From now on the member is configured to get its log from another one; all know that. */
    void behind(String name, String upstream) {
        Map<MemberName, DatabaseConfig.Member> changed = new LinkedHashMap<>(config.members());
        DatabaseConfig.Member before = configured(name);
        changed.put(
                before.name(),
                new DatabaseConfig.Member(
                        before.name(),
                        before.node(),
                        before.data(),
                        before.configFile(),
                        before.port(),
                        before.priority(),
                        before.delay(),
                        Optional.of(new MemberName(upstream))));
        config =
                new DatabaseConfig(
                        config.name(),
                        config.engine(),
                        config.protection(),
                        config.programs(),
                        config.cloneRate(),
                        config.superuser(),
                        changed);
        members.values().forEach(PostgresMember::close);
        changed.values().forEach(member -> members.put(member.name(), newMember(member)));
    }

    void create(String name) throws Exception {
        DatabaseConfig.Member member = configured(name);
        InitialCluster.create(
                member.data(),
                USER,
                PASSWORD,
                member.port(),
                ProgramsFinder.find(member.data(), config.programs()));
    }

    public DatabaseConfig config() {
        return config;
    }

    public Path directory() {
        return directory.path();
    }

    DatabaseConfig.Member configured(String name) {
        return requireNonNull(config.members().get(new MemberName(name)), name);
    }

    public Path data(String name) {
        return configured(name).data();
    }

    PostgresMember member(String name) {
        return requireNonNull(members.get(new MemberName(name)), name);
    }

    MemberState state(String name) {
        return member(name).observe().state();
    }

    public Endpoint endpoint(String name) {
        return new Endpoint(ADDRESS, configured(name).port());
    }

    MemberSpec spec(String name) {
        return new MemberSpec(new MemberName(name), new NodeName("local"), endpoint(name), 1);
    }

    Outcome perform(Action.OnMember action) {
        return member(action.member().value()).perform(action);
    }

    void done(Action.OnMember action) {
        assertThat(perform(action)).isInstanceOf(Outcome.Done.class);
    }

    public void startPrimary(String name, long epoch) {
        done(new Action.StartPrimary(new MemberName(name), epoch, Set.of(), "test"));
    }

    Outcome follow(String name, String upstream, long epoch) {
        return perform(new Action.Follow(new MemberName(name), spec(upstream), epoch, "test"));
    }

    /** With a replica that a clone is copied from. */
    Outcome followCopying(String name, String upstream, String source, long epoch) {
        return perform(
                new Action.Follow(
                        new MemberName(name),
                        spec(upstream),
                        epoch,
                        Optional.of(spec(source)),
                        "test"));
    }

    public void followed(String name, String upstream, long epoch) {
        assertThat(follow(name, upstream, epoch)).isInstanceOf(Outcome.Done.class);
    }

    void synchronous(String name, long epoch, String... names) {
        done(new Action.SetSynchronous(new MemberName(name), memberNames(names), epoch, "test"));
    }

    static Set<MemberName> memberNames(String... names) {
        return Set.copyOf(List.of(names).stream().map(MemberName::new).toList());
    }

    public Connection connect(String name) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", USER);
        properties.setProperty("password", PASSWORD);
        properties.setProperty("socketTimeout", "20");
        return DriverManager.getConnection(
                "jdbc:postgresql://" + endpoint(name) + "/postgres", properties);
    }

    public void sql(String name, String sql) throws SQLException {
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public String value(String name, String sql) throws SQLException {
        try (Connection connection = connect(name);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return String.valueOf(rows.getString(1));
        }
    }

    public long postmaster(String name) {
        return processes(name).postmaster().orElseThrow();
    }

    /** Whether any process of the member is there. */
    public boolean runs(String name) {
        return !processes(name).nobody();
    }

    ServerProcesses.Found processes(String name) {
        return PostgresProcesses.of(new DataDirectory(data(name))).look();
    }

    /** SIGKILL to the main process only, as the kernel does when memory is short. */
    void killMainProcess(String name) {
        signal(postmaster(name), Pidfd.SIGKILL);
    }

    /** Nothing happens if there is no such process any more: a server's come and go. */
    static void signal(long pid, int signal) {
        Pidfd.open(pid)
                .ifPresent(
                        process -> {
                            try (process) {
                                process.signal(signal);
                            }
                        });
    }

    @Override
    public void close() throws IOException {
        List<String> problems = new ArrayList<>();
        for (PostgresMember member : members.values()) {
            if (member.perform(new Action.Fence(member.name(), "test"))
                    instanceof Outcome.Failed failed) {
                problems.add(failed.sentence());
            }
            member.close();
        }
        directory.close();
        assertThat(problems).isEmpty();
    }
}
