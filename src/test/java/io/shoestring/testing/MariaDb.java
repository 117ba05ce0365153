package io.shoestring.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real MariaDB server with its own data in memory, on a free port of the loopback address. It
 * knows the users {@code root} (no password), {@code app} with the password {@code secret}, and
 * {@code shoestring} with the password {@code watch}, who asks.
 */
public final class MariaDb implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    private static final List<String> USERS =
            List.of(
                    "CREATE USER IF NOT EXISTS app@'%' IDENTIFIED BY 'secret'",
                    "CREATE USER IF NOT EXISTS shoestring@'%' IDENTIFIED BY 'watch'",
                    "GRANT ALL ON *.* TO app@'%'",
                    "GRANT SELECT ON mysql.* TO shoestring@'%'",
                    "CREATE DATABASE IF NOT EXISTS shop");

    private final Path directory;
    private final int port;
    private final int serverId;
    private final List<String> settings;
    private Process process;

    private MariaDb(Path directory, int port, int serverId, List<String> settings)
            throws IOException {
        this.directory = directory;
        this.port = port;
        this.serverId = serverId;
        this.settings = settings;
        this.process = launch();
    }

    /**
     * Starts a server with the users; returns when it answers.
     *
     * @param serverId tells it from others of its replication
     */
    public static MariaDb start(int serverId, String... settings) {
        try {
            Path directory = InMemory.create("shoestring-mariadb");
            copy(Template.DATA, directory.resolve("data"));
            var server = new MariaDb(directory, FreePort.find(), serverId, List.of(settings));
            server.await(USERS);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Made once: making one takes longer than starting it. */
    private static final class Template {
        static final Path DATA = make();

        private static Path make() {
            try {
                Path directory = InMemory.create("shoestring-mariadb-template");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
                Path data = directory.resolve("data");
                Program.run(
                                directory,
                                List.of(
                                        "mariadb-install-db",
                                        "--no-defaults",
                                        "--user=root",
                                        "--datadir=" + data,
                                        "--auth-root-authentication-method=normal",
                                        "--skip-test-db",
                                        "--skip-name-resolve",
                                        "--innodb-log-file-size=4M"))
                        .sound();
                return data;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path each : files.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch() throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "mariadbd",
                                "--no-defaults",
                                "--user=root",
                                "--datadir=" + directory.resolve("data"),
                                "--port=" + port,
                                "--bind-address=127.0.0.1",
                                "--socket=" + directory.resolve("socket"),
                                // One that starts removes what others have in a shared one.
                                "--tmpdir=" + directory,
                                "--server-id=" + serverId,
                                "--log-bin=binlog",
                                "--log-slave-updates",
                                "--log-bin-trust-function-creators=1",
                                "--skip-name-resolve",
                                "--innodb-buffer-pool-size=16M",
                                "--innodb-log-file-size=4M",
                                "--innodb-flush-log-at-trx-commit=2",
                                "--key-buffer-size=1M",
                                "--performance-schema=0"));
        command.addAll(settings);
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
                .start();
    }

    private void await(List<String> first) throws IOException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                root(first.toArray(String[]::new));
                return;
            } catch (SQLException e) {
                if (System.nanoTime() - until > 0 || !process.isAlive()) {
                    throw new IOException(Files.readString(directory.resolve("log")), e);
                }
                sleep();
            }
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes a fresh server a replica of this one, from its first transaction on, read-only. */
    public void replicate(MariaDb source) throws SQLException {
        root(
                "STOP SLAVE",
                "RESET MASTER",
                "SET GLOBAL gtid_slave_pos=''",
                "CHANGE MASTER TO master_host='127.0.0.1', master_port="
                        + source.port
                        + ", master_user='root', master_use_gtid=slave_pos, master_connect_retry=1",
                "START SLAVE",
                "SET GLOBAL read_only=1");
    }

    /** Waits until this replica has applied all that the source has logged now. */
    public void catchUp(MariaDb source) throws SQLException {
        String position = source.value("SELECT @@gtid_current_pos");
        String reached = value("SELECT MASTER_GTID_WAIT('" + position + "', 30)");
        if (!reached.equals("0")) {
            throw new IllegalStateException(
                    "the replica does not reach " + position + ": " + row("SHOW SLAVE STATUS"));
        }
    }

    /** Makes it the one that takes writes. */
    public void promote() throws SQLException {
        root("STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL read_only=0");
    }

    /** Its data directory. */
    public Path data() {
        return directory.resolve("data");
    }

    public int port() {
        return port;
    }

    /** A connection to the server itself. */
    public Connection connect(String user, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mariadb://127.0.0.1:" + port + "/?connectTimeout=2000", user, password);
    }

    /** Runs statements as root. */
    public void root(String... statements) throws SQLException {
        try (Connection connection = connect("root", "");
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /** The first value of the answer, as root; empty if there is no row. */
    public String value(String sql) throws SQLException {
        try (Connection connection = connect("root", "");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    /** The first row of an answer, by column; empty columns are left out. */
    private Map<String, String> row(String sql) throws SQLException {
        Map<String, String> row = new LinkedHashMap<>();
        try (Connection connection = connect("root", "");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            ResultSetMetaData columns = rows.getMetaData();
            boolean found = rows.next();
            for (int i = 1; found && i <= columns.getColumnCount(); i++) {
                String value = rows.getString(i);
                if (value != null && !value.isEmpty()) {
                    row.put(columns.getColumnLabel(i), value);
                }
            }
        }
        return row;
    }

    /** Ends it at once, as a crash does. */
    public void kill() {
        try {
            process.destroyForcibly().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts it again on the same data; nothing is added to its log. */
    public void restart() throws IOException {
        process = launch();
        await(List.of("SELECT 1"));
    }

    @Override
    public void close() {
        kill();
        remove(directory);
    }
}
