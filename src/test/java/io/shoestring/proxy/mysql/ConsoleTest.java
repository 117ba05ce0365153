package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.testing.MariaDb;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the proxy tells of itself to who asks in SQL: why a statement went where, and who is here.
 */
@Timeout(180)
class ConsoleTest {
    private static MariaDb primary;
    private static MariaDb replica;
    private static MysqlUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        primary = MariaDb.start(1);
        replica = MariaDb.start(2);
        replica.replicate(primary);
        primary.root(
                "CREATE TABLE shop.t (id INT PRIMARY KEY, n INT)",
                "CREATE USER plain@'%' IDENTIFIED BY 'secret'",
                "GRANT SELECT, INSERT, UPDATE, EXECUTE, CREATE TEMPORARY TABLES ON shop.* TO"
                        + " plain@'%'",
                "CREATE FUNCTION shop.writes() RETURNS INT MODIFIES SQL DATA BEGIN"
                        + " UPDATE shop.t SET n = n + 1; RETURN 1; END",
                "CREATE VIEW shop.looks_harmless AS SELECT shop.writes() AS n");
        replica.catchUp(primary);
        proxy =
                new MysqlUnderTest(
                        Reads.REPLICAS,
                        Duration.ofSeconds(20),
                        Optional.empty(),
                        MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 5),
                        primary,
                        replica);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> proxy.watch().topology().get().replicas().size() == 1);
    }

    @AfterAll
    static void end() {
        proxy.close();
        replica.close();
        primary.close();
    }

    private static Connection plain() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/shop", "plain", "secret");
    }

    private static List<String> rows(Connection connection, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            int columns = row.getMetaData().getColumnCount();
            while (row.next()) {
                StringBuilder line = new StringBuilder();
                for (int i = 1; i <= columns; i++) {
                    line.append(i == 1 ? "" : "|").append(row.getString(i));
                }
                rows.add(line.toString());
            }
        }
        return rows;
    }

    private static String route(Connection connection, String sql) throws SQLException {
        rows(connection, sql);
        return rows(connection, "SHOW shoestring.last_route").getFirst();
    }

    private static void awaitReads(Connection connection) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> route(connection, "SELECT n FROM t").startsWith("replica|db1|"));
    }

    @Test
    void everyStatementCanBeAskedWhyItWentWhereItWent() throws SQLException {
        try (Connection connection = plain()) {
            awaitReads(connection);
            assertThat(route(connection, "SELECT n FROM t"))
                    .isEqualTo("replica|db1|it reads, and a replica has what it must find|session");
            assertThat(route(connection, "SELECT n FROM t FOR UPDATE"))
                    .isEqualTo(
                            "primary|db0|a SELECT with this word may do more than read:"
                                    + " for|session");
            assertThat(route(connection, "SELECT n FROM t WHERE sleep(0) = 0"))
                    .startsWith("primary|db0|it calls what is not known to be harmless: sleep|");
            assertThat(route(connection, "SELECT @@tx_isolation FROM t"))
                    .contains("a system variable, which may differ between servers: tx_isolation");
            assertThat(route(connection, "SHOW TABLES")).contains("about the session");
            awaitReads(connection);
            connection.setAutoCommit(false);
            assertThat(route(connection, "SELECT n FROM t")).contains("autocommit is off");
            connection.rollback();
            connection.setAutoCommit(true);
            rows(connection, "SELECT n FROM t");
            assertThat(
                            rows(
                                    connection,
                                    "SELECT reason FROM shoestring.last_route x WHERE x.role > ''"))
                    .hasSize(1);
        }
    }

    @Test
    void aCommentSendsAReadToThePrimary() throws SQLException {
        try (Connection connection = plain()) {
            awaitReads(connection);
            assertThat(route(connection, "/* ShoeString : PRIMARY */ SELECT n FROM t"))
                    .isEqualTo("primary|db0|its comment asks for the primary|session");
            assertThat(route(connection, "SELECT n /* shoestring:primary */ FROM t"))
                    .startsWith("primary|");
            awaitReads(connection);
            assertThat(route(connection, "/* shoestring: primary please */ SELECT n FROM t"))
                    .startsWith("replica|");
        }
    }

    @Test
    void whatAReplicaHasRefusedIsNotAskedOfItAgain() throws SQLException {
        try (Connection connection = plain()) {
            awaitReads(connection);
            String sql = "SELECT n FROM looks_harmless";
            assertThat(route(connection, sql))
                    .contains("primary|db0|a replica refused it just now");
            awaitReads(connection);
            assertThat(route(connection, sql))
                    .contains("primary|db0|a replica has refused this statement before");
        }
    }

    @Test
    void theConsolesUserSelectsFromWhatTheProxyKnows() throws SQLException {
        try (Connection asks = proxy.connect("");
                Connection other = plain();
                Statement statement = other.createStatement()) {
            awaitReads(other);
            statement.execute("CREATE TEMPORARY TABLE passing (id INT)");
            assertThat(
                            rows(
                                    asks,
                                    "SELECT p.user, p.srv_name, p.command, p.pinned"
                                            + " FROM shoestring.processlist AS p"
                                            + " WHERE p.user = 'plain' AND p.pinned > ''"))
                    .containsExactly("plain|db0|idle|a temporary table");
            assertThat(rows(asks, "SELECT reason, sessions FROM shoestring.pins"))
                    .contains("a temporary table|1");
            assertThat(
                            rows(
                                    asks,
                                    "SELECT srv_name, role, lag_ms IS NULL FROM shoestring.servers"
                                            + " ORDER BY 1"))
                    .containsExactly("db0|primary|1", "db1|replica|0");
            assertThat(
                            rows(
                                    asks,
                                    "SELECT SUM(ConnUsed) > 0 FROM shoestring.pools"
                                            + " GROUP BY user HAVING user = 'plain'"))
                    .containsExactly("1");
            assertThat(
                            rows(
                                    asks,
                                    "SELECT digest_text, count_star > 0 AND sum_time > 0"
                                            + " FROM shoestring.stats_mysql_query_digest"
                                            + " WHERE digest_text LIKE 'select n from t'"))
                    .containsExactly("select n from t|1");
            assertThat(
                            rows(
                                    asks,
                                    "SELECT role FROM shoestring.routes WHERE reason LIKE 'it"
                                            + " reads%' AND requests > 0"))
                    .contains("replica");
            assertThat(rows(asks, "SHOW TABLES FROM shoestring")).contains("digests", "pins");
        }
    }

    @Test
    void aStatementThatWritesIsTheServersAlone() throws SQLException {
        try (Connection asks = proxy.connect("");
                Statement statement = asks.createStatement()) {
            statement.execute(
                    "CREATE TEMPORARY TABLE copied AS SELECT id FROM"
                            + " information_schema.processlist");
            assertThat(rows(asks, "SELECT COUNT(*) FROM copied WHERE id > 1 << 30"))
                    .containsExactly("0");
            assertThatThrownBy(() -> statement.execute("DELETE FROM shoestring.pins"))
                    .hasMessageContaining("shoestring.pins");
        }
    }

    @Test
    void nobodyElseDoes() throws SQLException {
        try (Connection connection = plain()) {
            assertThatThrownBy(() -> rows(connection, "SELECT * FROM shoestring.digests"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("denied");
        }
    }

    @Test
    void theProcessListSaysWhoIsBehindAndKillTakesItsNumbers() throws Exception {
        try (Connection asks = plain();
                Connection victim = plain();
                Statement hold = victim.createStatement()) {
            hold.execute("SET @mine = 'tied'");
            Thread sleeper =
                    Thread.startVirtualThread(
                            () -> {
                                try {
                                    hold.execute("SELECT sleep(60)");
                                } catch (SQLException expected) {
                                    // It is killed.
                                }
                            });
            await().atMost(Duration.ofSeconds(20)).until(() -> !sleeping(asks).isEmpty());
            String[] columns = sleeping(asks).getFirst().split("\\|", -1);
            assertThat(rows(asks, "SHOW PROCESSLIST"))
                    .hasSize(2)
                    .allMatch(row -> Integer.parseInt(row.split("\\|", -1)[0]) > 1 << 30);
            assertThat(Integer.parseInt(columns[0])).isGreaterThan(1 << 30);
            assertThat(columns[2]).startsWith("127.0.0.1:");
            String id =
                    rows(
                                    asks,
                                    "SELECT id FROM information_schema.processlist"
                                            + " WHERE info = 'SELECT sleep(60)'")
                            .getFirst();
            assertThat(id).isEqualTo(columns[0]);
            assertThat(
                            rows(
                                    asks,
                                    "SELECT COUNT(*) FROM information_schema.processlist"
                                            + " WHERE id = CONNECTION_ID()"))
                    .containsExactly("1");
            // Of the server itself the proxy's clients have other numbers.
            assertThat(
                            primary.value(
                                    "SELECT COUNT(*) FROM information_schema.processlist WHERE id ="
                                            + " "
                                            + id))
                    .isEqualTo("0");
            rows(asks, "SELECT n FROM t");
            asks.createStatement().execute("KILL " + id);
            assertThat(sleeper.join(Duration.ofSeconds(20))).isTrue();
            assertThatThrownBy(() -> hold.execute("SELECT 1")).isInstanceOf(SQLException.class);
        }
    }

    private static List<String> sleeping(Connection connection) throws SQLException {
        return rows(connection, "SHOW FULL PROCESSLIST").stream()
                .filter(row -> row.contains("SELECT sleep(60)"))
                .toList();
    }
}
