package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a client and its server agree on beyond the plain protocol is there through the proxy. */
@Timeout(180)
class ExtensionsTest {
    private static MariaDb server;
    private static MysqlUnderTest proxy;
    @TempDir private Path directory;

    @BeforeAll
    static void start() throws Exception {
        server = MariaDb.start(1);
        server.root(
                "CREATE TABLE shop.`lines` (id INT PRIMARY KEY, name TEXT)",
                "CREATE TABLE shop.typed (place POINT, document JSON)");
        proxy =
                new MysqlUnderTest(
                        Reads.PRIMARY,
                        Duration.ofSeconds(20),
                        Optional.empty(),
                        MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 1),
                        server);
    }

    @AfterAll
    static void end() {
        proxy.close();
        server.close();
    }

    private static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    @Test
    void aCompressedConnectionSaysTheSameAsAPlainOne() throws Exception {
        String sql =
                "SELECT REPEAT('abc', 2000000), 'x', LENGTH('"
                        + "long ".repeat(20_000)
                        + "'); SELECT seq FROM seq_1_to_20000; SELECT 'end'";
        String plain = asked("--skip-compress", sql);
        assertThat(asked("--compress", sql)).isEqualTo(plain).hasSizeGreaterThan(6_000_000);
        try (Connection connection = proxy.connect("useCompression=true")) {
            assertThat(value(connection, "SELECT REPEAT('z', 100000)")).hasSize(100_000);
        }
    }

    private String asked(String option, String sql) {
        return Program.run(
                        directory,
                        List.of(
                                "mariadb",
                                "--no-defaults",
                                "-h127.0.0.1",
                                "-P" + proxy.port(),
                                "-uapp",
                                "-psecret",
                                option,
                                "-Ne",
                                sql))
                .output();
    }

    @Test
    void manyRowsGoInOneCommandAlsoOnConnectionsThatOthersHadMeanwhile() throws Exception {
        try (Connection connection = proxy.connect("useBulkStmts=true&useServerPrepStmts=true");
                Connection other = proxy.connect("");
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO `lines` VALUES (?, ?)")) {
            long before = runs();
            for (int batch = 0; batch < 3; batch++) {
                for (int i = 0; i < 100; i++) {
                    insert.setInt(1, batch * 100 + i);
                    insert.setString(2, i % 10 == 0 ? null : "row " + i);
                    insert.addBatch();
                }
                assertThat(insert.executeBatch()).hasSize(100);
                // The only connection loses what is prepared on it.
                try (Statement statement = other.createStatement()) {
                    statement.execute("SET sort_buffer_size = " + (100_000 + 1_024 * batch));
                }
            }
            assertThat(runs() - before).isEqualTo(3);
            assertThat(value(other, "SELECT CONCAT(COUNT(*), ' ', COUNT(name)) FROM `lines`"))
                    .isEqualTo("300 270");
        }
    }

    private static long runs() throws SQLException {
        try (Connection direct = server.connect("root", "");
                Statement statement = direct.createStatement();
                ResultSet row =
                        statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")) {
            row.next();
            return row.getLong(2);
        }
    }

    @Test
    void columnsHaveTheNamesOfTheirExtendedTypes() throws SQLException {
        String sql = "SELECT place, document FROM typed";
        try (Connection direct =
                        DriverManager.getConnection(
                                "jdbc:mariadb://127.0.0.1:" + server.port() + "/shop",
                                "app",
                                "secret");
                Connection through = proxy.connect("")) {
            assertThat(types(through, sql)).isEqualTo(types(direct, sql)).contains("POINT");
        }
    }

    private static String types(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.getMetaData().getColumnTypeName(1)
                    + " "
                    + row.getMetaData().getColumnTypeName(2);
        }
    }
}
