package io.shoestring.protocol.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real PostgreSQL in a temporary directory that trusts everybody on its Unix socket's side and
 * asks for passwords (SCRAM, or MD5 for users with such a hash) on 127.0.0.1, except from {@code
 * postgres}.
 */
public final class PostgresServer implements AutoCloseable {
    private static final Path PROGRAMS = Path.of("/usr/lib/postgresql/15/bin");
    private static final long PATIENCE_SECONDS = 60;

    private final Path directory;
    private final int port;

    private PostgresServer(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    /** Makes and starts a server; {@code settings} go to its command line. */
    public static PostgresServer start(String... settings) throws IOException {
        Path directory = InMemory.create("shoestring-protocol");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        var server = new PostgresServer(directory, FreePort.find());
        server.initialise();
        server.pgCtl("start", settings);
        return server;
    }

    private void initialise() throws IOException {
        run("initdb", "-D", data(), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8");
        Path rules = directory.resolve("rules");
        Files.writeString(
                rules,
                """
                local all all trust
                host all postgres 127.0.0.1/32 trust
                host all all 127.0.0.1/32 md5
                """);
        Files.setPosixFilePermissions(rules, PosixFilePermissions.fromString("rw-r--r--"));
    }

    private void pgCtl(String action, String... settings) throws IOException {
        StringBuilder options = new StringBuilder("-p " + port + " -k " + directory);
        List<String> all = new ArrayList<>(List.of(settings));
        all.addAll(
                List.of(
                        "listen_addresses=127.0.0.1",
                        "fsync=off",
                        "hba_file=" + directory.resolve("rules")));
        all.forEach(setting -> options.append(" -c ").append(setting));
        run(
                "pg_ctl",
                "-D",
                data(),
                "-o",
                options.toString(),
                "-l",
                directory.resolve("log").toString(),
                "-w",
                action);
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    public int port() {
        return port;
    }

    /** A session of the superuser. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), "postgres", "");
    }

    /** A session of somebody with a password. */
    public Connection connect(String user, String password) throws SQLException {
        return DriverManager.getConnection(url(), user, password);
    }

    private String url() {
        return "jdbc:postgresql://127.0.0.1:"
                + port
                + "/postgres?sslmode=disable&connectTimeout=10";
    }

    /** Runs psql against any port of this machine; returns its exit code and all its output. */
    public static Map.Entry<Integer, String> psql(
            int port, String user, String password, String sql) throws IOException {
        var builder =
                new ProcessBuilder(
                        PROGRAMS.resolve("psql").toString(),
                        "-X",
                        "-At",
                        "-c",
                        sql,
                        "host=127.0.0.1 sslmode=disable connect_timeout=10 dbname=postgres port="
                                + port
                                + " user="
                                + user);
        builder.environment().put("PGPASSWORD", password);
        builder.environment().put("PGCLIENTENCODING", "UTF8");
        return finish(builder);
    }

    private void run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=postgres",
                            "--regid=postgres",
                            "--init-groups",
                            "--"));
        }
        command.add(PROGRAMS.resolve(program).toString());
        command.addAll(List.of(arguments));
        var result = finish(new ProcessBuilder(command).directory(directory.toFile()));
        assertThat(result.getKey()).as(result.getValue()).isZero();
    }

    /** Output goes through a file: a server that pg_ctl starts would keep a pipe open. */
    private static Map.Entry<Integer, String> finish(ProcessBuilder builder) throws IOException {
        Path output = Files.createTempFile("shoestring-protocol", ".out");
        try {
            Process process =
                    builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
            process.getOutputStream().close();
            process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
            return Map.entry(process.exitValue(), Files.readString(output));
        } finally {
            Files.delete(output);
        }
    }

    @Override
    public void close() throws IOException {
        run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
