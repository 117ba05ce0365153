package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PoolSizes;
import io.shoestring.model.PoolStatus;
import io.shoestring.testing.MariaDb;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Clients that share server connections, on one real server. */
@Timeout(180)
class PoolTest {
    private static final int SIZE = 2;
    private static MariaDb server;
    private static MysqlUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        server = MariaDb.start(1);
        proxy =
                new MysqlUnderTest(
                        Reads.PRIMARY,
                        Duration.ofSeconds(20),
                        Optional.empty(),
                        new PoolConfig(
                                PoolConfig.Mode.TRANSACTION,
                                PoolSizes.ofEach(SIZE),
                                Duration.ofSeconds(1),
                                Duration.ofMinutes(1),
                                Duration.ofMinutes(5),
                                PoolConfig.AfterLoss.END),
                        server);
        server.root(
                "CREATE TABLE shop.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))",
                "CREATE TABLE shop.k (id INT PRIMARY KEY, v INT)",
                "CREATE DATABASE other",
                "CREATE TABLE other.t (id INT)",
                "INSERT INTO other.t VALUES (77)",
                "GRANT ALL ON other.* TO app@'%'");
    }

    @AfterAll
    static void end() {
        proxy.close();
        server.close();
    }

    @BeforeEach
    void everythingIsFree() {
        await().untilAsserted(
                        () -> {
                            assertThat(pool().kept()).isEmpty();
                            assertThat(pool().idle()).isEqualTo(pool().servers());
                        });
    }

    private static PoolStatus pool() {
        return proxy.listener().status().pool().orElseThrow();
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "nothing";
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void twentyClientsWorkOnTwoServerConnections() throws Exception {
        List<Connection> clients = new ArrayList<>();
        List<CompletableFuture<Void>> work = new ArrayList<>();
        run(clientOf(clients), "INSERT INTO k VALUES (1, 0)");
        for (int i = 0; i < 20; i++) {
            Connection client = clientOf(clients);
            work.add(CompletableFuture.runAsync(() -> addTwenty(client)));
        }
        for (CompletableFuture<Void> each : work) {
            each.get();
        }
        assertThat(serverConnections()).isLessThanOrEqualTo(SIZE);
        assertThat(ask(clients.getFirst(), "SELECT v FROM k WHERE id = 1")).isEqualTo("400");
        for (Connection each : clients) {
            each.close();
        }
    }

    private static int serverConnections() throws SQLException {
        return Integer.parseInt(
                server.value(
                        "SELECT count(*) FROM information_schema.processlist WHERE user = 'app'"));
    }

    private static Connection clientOf(List<Connection> clients) throws SQLException {
        Connection client = proxy.connect("useServerPrepStmts=true");
        clients.add(client);
        return client;
    }

    private static void addTwenty(Connection client) {
        try (PreparedStatement add =
                client.prepareStatement("UPDATE k SET v = v + ? WHERE id = ?")) {
            client.setAutoCommit(false);
            for (int i = 0; i < 20; i++) {
                add.setInt(1, 1);
                add.setInt(2, 1);
                add.executeUpdate();
                client.commit();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void eachClientHasItsOwnVariablesAndSchema() throws SQLException {
        try (Connection one = proxy.connect("");
                Connection two = proxy.connect("");
                Connection three = proxy.connect("")) {
            run(one, "SET SESSION sql_mode = 'ANSI_QUOTES', lock_wait_timeout = 7");
            run(two, "SET SESSION lock_wait_timeout = 9");
            run(three, "USE other");
            for (int i = 0; i < 3; i++) {
                assertThat(ask(one, "SELECT @@lock_wait_timeout")).isEqualTo("7");
                assertThat(ask(two, "SELECT @@lock_wait_timeout")).isEqualTo("9");
                assertThat(ask(one, "SELECT @@sql_mode")).contains("ANSI_QUOTES");
                assertThat(ask(two, "SELECT @@sql_mode")).doesNotContain("ANSI_QUOTES");
                assertThat(ask(three, "SELECT @@lock_wait_timeout")).isEqualTo("86400");
                assertThat(ask(three, "SELECT id FROM t")).isEqualTo("77");
                assertThat(ask(one, "SELECT count(*) FROM t WHERE id = -1")).isEqualTo("0");
            }
            assertThat(serverConnections()).isLessThanOrEqualTo(SIZE);
            assertThat(pool().kept()).isEmpty();
        }
    }

    @Test
    void preparedStatementsAreThereOnEveryConnection() throws SQLException {
        try (Connection one = proxy.connect("useServerPrepStmts=true");
                Connection two = proxy.connect("useServerPrepStmts=true");
                Connection blocker = proxy.connect("");
                PreparedStatement ofOne = one.prepareStatement("SELECT ? + 1");
                PreparedStatement ofTwo = two.prepareStatement("SELECT ? + 1");
                PreparedStatement other = two.prepareStatement("SELECT CONCAT(?, 'x')")) {
            for (int i = 0; i < 4; i++) {
                boolean blocks = i % 2 == 1;
                if (blocks) {
                    run(blocker, "BEGIN");
                }
                ofOne.setInt(1, i);
                assertThat(only(ofOne)).isEqualTo(String.valueOf(i + 1));
                ofTwo.setString(1, "4" + i);
                assertThat(only(ofTwo)).isEqualTo(41 + i + ".0");
                other.setString(1, "a" + i);
                assertThat(only(other)).isEqualTo("a" + i + "x");
                if (blocks) {
                    run(blocker, "ROLLBACK");
                }
            }
        }
    }

    private static String only(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void theNumberOfAnInsertedRowIsTheClientsOwn() throws SQLException {
        try (Connection one = proxy.connect("");
                Connection two = proxy.connect("");
                Connection blocker = proxy.connect("")) {
            // So that both have the same connection in turn.
            run(blocker, "BEGIN");
            run(one, "INSERT INTO t (v) VALUES ('a')");
            run(two, "INSERT INTO t (v) VALUES ('b')");
            String mine = ask(one, "SELECT LAST_INSERT_ID()");
            assertThat(ask(two, "SELECT LAST_INSERT_ID()"))
                    .isEqualTo(String.valueOf(Integer.parseInt(mine) + 1));
            assertThat(ask(one, "SELECT LAST_INSERT_ID()")).isEqualTo(mine);
            assertThat(ask(one, "SELECT v FROM t WHERE id = LAST_INSERT_ID()")).isEqualTo("a");
        }
    }

    @Test
    void whatOthersMustNotMeetKeepsTheConnection() throws SQLException {
        try (Connection one = proxy.connect("");
                Connection two = proxy.connect("")) {
            run(one, "SET @mine = 5");
            run(two, "CREATE TEMPORARY TABLE mine (id INT)");
            assertThat(pool().kept())
                    .containsEntry("a user variable", 1L)
                    .containsEntry("a temporary table", 1L);
            assertThat(ask(one, "SELECT @mine")).isEqualTo("5");
            assertThatThrownBy(() -> proxy.connect("").close())
                    .hasMessageContaining("all 2 server connections of user app")
                    .hasMessageContaining("'pool.size'");
        }
    }

    @Test
    void aSettingForTheNextTransactionHoldsForThatOne() throws SQLException {
        try (Connection one = proxy.connect("");
                Connection two = proxy.connect("")) {
            run(one, "SET TRANSACTION READ ONLY");
            run(two, "INSERT INTO t (v) VALUES ('w')");
            run(one, "BEGIN");
            assertThatThrownBy(() -> run(one, "INSERT INTO t (v) VALUES ('r')"))
                    .hasMessageContaining("READ ONLY");
            run(one, "ROLLBACK");
            run(one, "INSERT INTO t (v) VALUES ('r')");
            assertThat(pool().kept()).isEmpty();
        }
    }

    @Test
    void questionsAboutTheLastStatementAreAnsweredOrRefused() throws SQLException {
        try (Connection one = proxy.connect("");
                Connection two = proxy.connect("");
                Connection three = proxy.connect("")) {
            run(one, "SELECT 1/0");
            assertThat(ask(one, "SHOW WARNINGS")).isEqualTo("Warning");
            run(one, "UPDATE t SET v = 'u' WHERE id = 1");
            assertThat(ask(one, "SELECT ROW_COUNT()")).isIn("0", "1");
            run(one, "DO 1");
            run(two, "BEGIN");
            run(three, "BEGIN");
            run(two, "COMMIT");
            run(three, "COMMIT");
            assertThatThrownBy(() -> ask(one, "SELECT ROW_COUNT()"))
                    .hasMessageContaining("another client has now");
        }
    }

    @Test
    void aLostPasswordOpensNothing() throws SQLException {
        server.root("CREATE OR REPLACE USER changing@'%' IDENTIFIED BY 'first'");
        String url = "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/?";
        try (Connection one = DriverManager.getConnection(url, "changing", "first")) {
            assertThat(ask(one, "SELECT 1")).isEqualTo("1");
        }
        assertThatThrownBy(() -> DriverManager.getConnection(url, "changing", "second"))
                .hasMessageContaining("Access denied");
    }

    @Test
    void whoIsKilledIsGoneAlsoBetweenTransactions() throws SQLException {
        server.root("CREATE OR REPLACE USER stranger@'%' IDENTIFIED BY 'theirs'");
        String url = "jdbc:mariadb://127.0.0.1:" + proxy.port() + "/?";
        try (Connection idle = proxy.connect("");
                Connection busy = proxy.connect("");
                Connection killer = proxy.connect("");
                Connection stranger = DriverManager.getConnection(url, "stranger", "theirs")) {
            long idleId = number(idle);
            long busyId = number(busy);
            assertThatThrownBy(() -> run(stranger, "KILL " + idleId))
                    .hasMessageContaining("not owner");
            run(stranger, "KILL QUERY " + idleId);
            assertThat(ask(idle, "SELECT 1")).isEqualTo("1");
            run(busy, "BEGIN");
            run(killer, "KILL " + idleId);
            run(killer, "KILL " + busyId);
            assertThatThrownBy(() -> ask(idle, "SELECT 1")).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> ask(busy, "SELECT 1")).isInstanceOf(SQLException.class);
            assertThat(ask(killer, "SELECT 2")).isEqualTo("2");
        }
    }

    private static long number(Connection connection) throws SQLException {
        return connection.unwrap(org.mariadb.jdbc.Connection.class).getThreadId();
    }
}
