package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sessions of the clients that people use, to one real server: each with a server connection of its
 * own, and with shared ones.
 */
@Timeout(180)
@ParameterizedClass
@EnumSource(
        value = PoolConfig.Mode.class,
        names = {"SESSION", "TRANSACTION"})
class SessionTest {
    private static final Map<PoolConfig.Mode, MysqlUnderTest> PROXIES =
            new EnumMap<>(PoolConfig.Mode.class);

    private static MariaDb server;
    private final MysqlUnderTest proxy;
    @TempDir private Path directory;

    SessionTest(PoolConfig.Mode mode) {
        proxy = requireNonNull(PROXIES.get(mode));
    }

    @BeforeAll
    static void start() throws Exception {
        server = MariaDb.start(1, "--local-infile=1", "--max-allowed-packet=64M");
        for (PoolConfig.Mode mode : PoolConfig.Mode.values()) {
            PROXIES.put(
                    mode,
                    new MysqlUnderTest(
                            Reads.PRIMARY,
                            Duration.ofSeconds(20),
                            Optional.empty(),
                            MysqlUnderTest.pool(mode, 3),
                            server));
        }
    }

    @AfterAll
    static void end() {
        PROXIES.values().forEach(MysqlUnderTest::close);
        PROXIES.clear();
        server.close();
    }

    private Program client(String sql, String... options) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "mariadb",
                                "--no-defaults",
                                "-h127.0.0.1",
                                "-P" + proxy.port(),
                                "-N"));
        command.addAll(Arrays.asList(options));
        if (Arrays.stream(options).noneMatch(each -> each.startsWith("-u"))) {
            command.addAll(List.of("-uapp", "-psecret"));
        }
        return Program.run(directory, command, sql);
    }

    @Test
    void theCommandLineClientLogsInAndAsks() {
        assertThat(client("SELECT 1+1; SELECT DATABASE(), CURRENT_USER()", "shop").output())
                .isEqualTo("2\nshop\tapp@%\n");
    }

    @Test
    void aWrongPasswordIsRefusedInTheServersWords() {
        assertThat(client("SELECT 1", "-uapp", "-pwrong").output())
                .isEqualTo(
                        "ERROR 1045 (28000): Access denied for user 'app'@'127.0.0.1' (using"
                                + " password: YES)\n");
        assertThat(client("SELECT 1", "-unobody").output()).contains("ERROR 1045 (28000)");
        assertThat(client("SELECT 1", "nowhere").output())
                .isEqualTo("ERROR 1049 (42000): Unknown database 'nowhere'\n");
    }

    @Test
    void aClientWithoutNativePasswordsComesInByTheNewMethodTwice() throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThat(
                            client(
                                            "SELECT 7",
                                            "-uapp",
                                            "-psecret",
                                            "--default-auth=caching_sha2_password")
                                    .output())
                    .isEqualTo("7\n");
        }
        assertThat(
                        client(
                                        "SELECT 7",
                                        "-uapp",
                                        "-pwrong",
                                        "--default-auth=caching_sha2_password")
                                .output())
                .contains("ERROR 1045");
    }

    @Test
    void preparedStatementsRun() throws SQLException {
        try (Connection connection = proxy.connect("useServerPrepStmts=true")) {
            connection.createStatement().execute("CREATE OR REPLACE TABLE p (id INT, t LONGTEXT)");
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO p VALUES (?, ?)")) {
                for (int i = 0; i < 5; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, "x".repeat(i * 1_000_000));
                    assertThat(insert.executeUpdate()).isEqualTo(1);
                }
            }
            try (PreparedStatement select =
                    connection.prepareStatement(
                            "SELECT id, length(t) FROM p WHERE id > ? ORDER BY id",
                            ResultSet.TYPE_FORWARD_ONLY,
                            ResultSet.CONCUR_READ_ONLY)) {
                select.setFetchSize(2);
                select.setInt(1, 1);
                try (ResultSet rows = select.executeQuery()) {
                    int id = 2;
                    while (rows.next()) {
                        assertThat(rows.getInt(1)).isEqualTo(id);
                        assertThat(rows.getInt(2)).isEqualTo(id * 1_000_000);
                        id++;
                    }
                    assertThat(id).isEqualTo(5);
                }
            }
        }
    }

    @Test
    void rowsOfManyMegabytesAndSeveralResultsComeThrough() throws SQLException {
        try (Connection connection =
                        proxy.connect("allowMultiQueries=true&maxAllowedPacket=67108864");
                Statement statement = connection.createStatement()) {
            try (ResultSet rows =
                    statement.executeQuery(
                            "SELECT repeat('a', 40000000) UNION ALL SELECT repeat('b', 16777215)"
                                    + " UNION ALL SELECT repeat('c', 16777206) UNION ALL SELECT"
                                    + " 'd'")) {
                for (int length : new int[] {40_000_000, 16_777_215, 16_777_206, 1}) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).hasSize(length);
                }
            }
            assertThat(statement.execute("SELECT 1; SELECT 2, 3; DO 1; SELECT 'four'")).isTrue();
            List<String> firsts = new ArrayList<>();
            boolean rowsCome = true;
            while (rowsCome || statement.getUpdateCount() >= 0) {
                if (rowsCome) {
                    try (ResultSet rows = statement.getResultSet()) {
                        rows.next();
                        firsts.add(rows.getString(1));
                    }
                } else {
                    firsts.add("-");
                }
                rowsCome = statement.getMoreResults();
            }
            assertThat(firsts).containsExactly("1", "2", "-", "four");
        }
    }

    @Test
    void aStatementOfMoreThanSixteenMegabytesArrives() throws SQLException {
        try (Connection connection = proxy.connect("maxAllowedPacket=67108864");
                Statement statement = connection.createStatement()) {
            String value = "y".repeat(20_000_000);
            try (ResultSet row = statement.executeQuery("SELECT length('" + value + "')")) {
                row.next();
                assertThat(row.getInt(1)).isEqualTo(20_000_000);
            }
        }
    }

    @Test
    void aFileIsLoadedFromTheClient() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            lines.append(i).append("\trow number ").append(i).append('\n');
        }
        Files.writeString(directory.resolve("rows"), lines);
        Program done =
                client(
                        """
                        CREATE OR REPLACE TABLE shop.f (id INT, t TEXT);
                        LOAD DATA LOCAL INFILE 'rows' INTO TABLE shop.f;
                        SELECT count(*), sum(id) FROM shop.f;
                        LOAD DATA LOCAL INFILE 'missing' INTO TABLE shop.f;
                        """,
                        "--local-infile=1",
                        "--force");
        assertThat(done.output()).contains("200000\t19999900000\n").contains("ERROR 2");
    }

    @Test
    void aSessionIsResetAndBecomesAnotherUsers() throws SQLException {
        server.root("CREATE OR REPLACE USER other@'%' IDENTIFIED BY 'theirs'");
        try (Connection connection = proxy.connect("useResetConnection=true")) {
            connection.createStatement().execute("SET @a = 1");
            connection.unwrap(org.mariadb.jdbc.Connection.class).reset();
            try (ResultSet row = connection.createStatement().executeQuery("SELECT @a")) {
                row.next();
                assertThat(row.getString(1)).isNull();
            }
        }
        assertThat(client("SELECT USER();\n", "-uother", "-ptheirs").output()).startsWith("other@");
    }

    @Test
    void aQueryIsCancelledByTheNumberThatTheClientKnows() throws Exception {
        try (Connection connection = proxy.connect("");
                Statement statement = connection.createStatement()) {
            var running =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return statement.execute("SELECT sleep(1000)");
                                } catch (SQLException e) {
                                    return false;
                                }
                            });
            while (!server.value(
                            "SELECT count(*) FROM information_schema.processlist WHERE info LIKE"
                                    + " 'SELECT sleep%'")
                    .equals("1")) {
                Thread.sleep(10);
            }
            statement.cancel();
            running.get(30, TimeUnit.SECONDS);
            try (ResultSet row = connection.createStatement().executeQuery("SELECT 5")) {
                assertThat(row.next()).isTrue();
            }
        }
    }

    @Test
    void statementsAreCountedByTheirKind() throws SQLException {
        try (Connection connection = proxy.connect("");
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 3; i++) {
                statement.execute("SELECT 'counted', " + i);
            }
            long before = proxy.listener().status().errors().getOrDefault("syntax", 0L);
            assertThatThrownBy(() -> statement.execute("SELECT * FROM nothing_of_this_name"))
                    .isInstanceOf(SQLException.class);
            assertThat(proxy.listener().status().errors()).containsEntry("syntax", before + 1);
        }
        assertThat(proxy.listener().statements())
                .anySatisfy(
                        each -> {
                            assertThat(each.digest().text()).startsWith("select ?");
                            assertThat(each.count()).isGreaterThanOrEqualTo(3);
                        });
        assertThat(proxy.listener().members().values())
                .singleElement()
                .satisfies(
                        members ->
                                assertThat(members.values())
                                        .anyMatch(it -> it.count() >= 4 && it.failures() >= 1));
    }
}
