package io.shoestring.proxy.postgresql;

import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Two real PostgreSQL servers, a primary and its streaming replica, in a directory of their own.
 */
final class PostgresPair implements AutoCloseable {
    static final String SUPERUSER = "postgres";
    static final String PASSWORD = "trial";

    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private final Path directory;
    private final Path programs;
    private final int primaryPort = FreePort.find();
    private final int replicaPort = FreePort.find();

    private PostgresPair(Path directory, Path programs) {
        this.directory = directory;
        this.programs = programs;
    }

    static PostgresPair start() {
        try {
            Path directory = InMemory.create("shoestring-proxy-test");
            if (ROOT) {
                execute(List.of("chown", "postgres", directory.toString()));
            }
            PostgresPair pair = new PostgresPair(directory, programs());
            pair.makePrimary();
            pair.makeReplica();
            return pair;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where {@code psql} and {@code pgbench} are. */
    Path program(String name) {
        return programs.resolve(name);
    }

    private static Path programs() throws IOException {
        try (var versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.max(Comparator.naturalOrder()).orElseThrow().resolve("bin");
        }
    }

    MemberSpec primary() {
        return spec("a", primaryPort);
    }

    MemberSpec replica() {
        return spec("b", replicaPort);
    }

    private static MemberSpec spec(String name, int port) {
        return new MemberSpec(
                new MemberName(name), new NodeName("local"), new Endpoint("127.0.0.1", port), 1);
    }

    Path data(String member) {
        return directory.resolve(member);
    }

    long postmaster(String member) throws IOException {
        return Long.parseLong(
                Files.readAllLines(data(member).resolve("postmaster.pid")).getFirst().strip());
    }

    /** Who may look at a server from inside. */
    Superuser superuser() {
        return new Superuser(SUPERUSER, directory.resolve("password"));
    }

    /** Straight to a server, past the proxy. */
    Connection direct(MemberSpec member) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://" + member.endpoint() + "/postgres", SUPERUSER, PASSWORD);
    }

    /** What a server has stored for a role. */
    String storedPassword(MemberSpec member, String role) throws SQLException {
        try (Connection connection = direct(member);
                var statement =
                        connection.prepareStatement(
                                "select rolpassword from pg_authid where rolname = ?")) {
            statement.setString(1, role);
            try (var result = statement.executeQuery()) {
                return result.next() && result.getString(1) != null ? result.getString(1) : "";
            }
        }
    }

    private void makePrimary() throws IOException {
        Path password = directory.resolve("password");
        Files.writeString(password, PASSWORD);
        execute(List.of("chmod", "644", password.toString()));
        run(
                "initdb",
                "-D",
                data("a").toString(),
                "-U",
                SUPERUSER,
                "--pwfile=" + password,
                "-A",
                "scram-sha-256",
                "--locale=C.UTF-8",
                "-E",
                "UTF8",
                "-k");
        Files.writeString(
                data("a").resolve("pg_hba.conf"),
                """
                host all trusted,other 127.0.0.1/32 trust
                host all all 127.0.0.1/32 md5
                host replication all 127.0.0.1/32 md5
                """);
        append(
                "a",
                """
                listen_addresses='127.0.0.1'
                unix_socket_directories=''
                fsync=off
                max_connections=200
                shared_preload_libraries=pg_stat_statements
                """);
        startServer("a", primaryPort);
    }

    private void makeReplica() throws IOException {
        run(
                "pg_basebackup",
                "-D",
                data("b").toString(),
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "-d",
                "host=127.0.0.1 port="
                        + primaryPort
                        + " user="
                        + SUPERUSER
                        + " password="
                        + PASSWORD);
        startServer("b", replicaPort);
    }

    private void append(String member, String settings) throws IOException {
        Files.writeString(
                data(member).resolve("postgresql.conf"), settings, StandardOpenOption.APPEND);
    }

    void startServer(String member, int port) {
        run(
                "pg_ctl",
                "-D",
                data(member).toString(),
                "-l",
                directory.resolve(member + ".log").toString(),
                "-o",
                "-p " + port,
                "-w",
                "start");
    }

    /** From now on the primary speaks TLS, by this certificate and key. */
    void encrypt(Path certificate, Path key) throws SQLException {
        String owner = ROOT ? "postgres" : System.getProperty("user.name");
        for (var file : Map.of("server.crt", certificate, "server.key", key).entrySet()) {
            execute(
                    List.of(
                            "install",
                            "-o",
                            owner,
                            "-m",
                            "600",
                            file.getValue().toString(),
                            data("a").resolve(file.getKey()).toString()));
        }
        setOfPrimary("ssl", "on");
    }

    /** Whose certificates of clients the primary believes. */
    void authorities(Path file) throws SQLException {
        Path ours = data("a").resolve("clients-ca.pem");
        String owner = ROOT ? "postgres" : System.getProperty("user.name");
        execute(List.of("install", "-o", owner, "-m", "600", file.toString(), ours.toString()));
        setOfPrimary("ssl_ca_file", ours.toString());
    }

    /** By ALTER SYSTEM; it holds in a moment. */
    void setOfPrimary(String parameter, String value) throws SQLException {
        try (Connection direct = direct(primary());
                var statement = direct.createStatement()) {
            statement.execute("alter system set " + parameter + " = '" + value + "'");
            statement.execute("select pg_reload_conf()");
        }
    }

    /** From now on this line comes before those of the primary's {@code pg_hba.conf}. */
    void letInFirst(String line) throws IOException, SQLException {
        Path rules = data("a").resolve("pg_hba.conf");
        Files.writeString(rules, line + "\n" + Files.readString(rules));
        try (Connection direct = direct(primary());
                var statement = direct.createStatement()) {
            statement.execute("select pg_reload_conf()");
        }
    }

    /** From now on the primary acknowledges only what its replica has on disk. */
    void makeSynchronous() throws SQLException {
        try (Connection direct = direct(primary());
                var statement = direct.createStatement()) {
            statement.execute("alter system set synchronous_standby_names = '*'");
            statement.execute("select pg_reload_conf()");
            // The checkpointer is the process that arms the waiting.
            statement.execute("checkpoint");
        }
    }

    /** SIGKILL to the postmaster, then to whatever it leaves behind, as the agent's fence does. */
    void kill(String member) throws IOException {
        ProcessHandle postmaster = ProcessHandle.of(postmaster(member)).orElseThrow();
        List<ProcessHandle> children = postmaster.children().toList();
        postmaster.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    void startPrimaryAgain() {
        startServer("a", primaryPort);
    }

    void stop(String member, String mode) {
        run("pg_ctl", "-D", data(member).toString(), "-m", mode, "-w", "stop");
    }

    void promoteReplica() {
        run("pg_ctl", "-D", data("b").toString(), "-w", "promote");
    }

    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (ROOT) {
            command.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=postgres",
                            "--regid=postgres",
                            "--init-groups",
                            "--"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        execute(command);
    }

    private static void execute(List<String> command) {
        try {
            Path output = Files.createTempFile("shoestring-test", ".out");
            Process process =
                    new ProcessBuilder(command)
                            .directory(new java.io.File("/tmp"))
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(command + ": " + Files.readString(output));
            }
            Files.delete(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isRunning(String member) {
        try {
            return Files.exists(data(member).resolve("postmaster.pid"))
                    // Not there for a process that is dead and only waits to be mourned.
                    && Files.exists(Path.of("/proc", String.valueOf(postmaster(member)), "exe"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        for (String member : List.of("b", "a")) {
            if (isRunning(member)) {
                end(member);
            }
        }
        execute(List.of("rm", "-rf", directory.toString()));
    }

    /**
     * A server of this version seldom sleeps a minute over a child that hangs in its last signal,
     * before it kills that child: nobody who waits for the end of a test has to wait for that.
     */
    private void end(String member) {
        try {
            run("pg_ctl", "-D", data(member).toString(), "-m", "immediate", "-t", "20", "stop");
        } catch (IllegalStateException late) {
            System.err.println(member + " was killed, since it did not end: " + late.getMessage());
            try {
                if (isRunning(member)) {
                    kill(member);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
