package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.testing.MariaDb;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Open transactions that outlive their primary; the servers are MariaDB, and are killed. */
@Timeout(120)
final class ReplayTest {
    private MariaDb primary;
    private MariaDb replica;
    private MysqlUnderTest proxy;

    @BeforeEach
    void start() throws Exception {
        primary = MariaDb.start(1);
        replica = MariaDb.start(2);
        replica.replicate(primary);
        primary.root(
                "CREATE TABLE shop.t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)",
                "CREATE TABLE shop.parent (id INT PRIMARY KEY AUTO_INCREMENT)",
                "CREATE TABLE shop.child (parent INT)",
                "CREATE TABLE shop.plain (n INT) ENGINE=Aria TRANSACTIONAL=0",
                "INSERT INTO shop.t (n) VALUES (10), (20)");
        replica.catchUp(primary);
        proxy = new MysqlUnderTest(Reads.PRIMARY, primary, replica);
    }

    @AfterEach
    void end() {
        proxy.close();
        replica.close();
        primary.close();
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void failOver() throws SQLException {
        replica.catchUp(primary);
        primary.kill();
        replica.promote();
    }

    private long carriedOver() {
        return proxy.listener().status().carriedOver().transactions();
    }

    private CompletableFuture<Optional<SQLException>> later(Connection connection, String sql) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        run(connection, sql);
                        return Optional.empty();
                    } catch (SQLException e) {
                        return Optional.of(e);
                    }
                });
    }

    private void awaitRunning(String like) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                primary.value(
                                                "SELECT count(*) FROM"
                                                        + " information_schema.processlist WHERE"
                                                        + " info LIKE '"
                                                        + like
                                                        + "'")
                                        .equals("1"));
    }

    @Test
    void anOpenTransactionGoesOnAtTheNextPrimary() throws Exception {
        try (Connection connection = proxy.connect("")) {
            connection.setAutoCommit(false);
            run(connection, "UPDATE t SET n = n + 1 WHERE id = 1");
            assertThat(ask(connection, "SELECT n FROM t WHERE id = 1")).isEqualTo("11");
            failOver();
            run(connection, "UPDATE t SET n = n + 1 WHERE id = 2");
            connection.commit();
        }
        assertThat(replica.value("SELECT group_concat(n) FROM shop.t")).isEqualTo("11,21");
        assertThat(carriedOver()).isEqualTo(1);
    }

    @Test
    void preparedStatementsOfTheTransactionAreRunAgainWithTheirValues() throws Exception {
        try (Connection connection = proxy.connect("useServerPrepStmts=true");
                PreparedStatement update =
                        connection.prepareStatement("UPDATE t SET n = ? WHERE id = ?")) {
            run(connection, "START TRANSACTION");
            for (int i = 1; i <= 2; i++) {
                update.setInt(1, 5 * i);
                update.setInt(2, i);
                update.execute();
            }
            failOver();
            run(connection, "COMMIT");
        }
        assertThat(replica.value("SELECT group_concat(n) FROM shop.t")).isEqualTo("5,10");
        assertThat(carriedOver()).isEqualTo(1);
    }

    @Test
    void theCommandThatWasOnItsWayFollows() throws Exception {
        try (Connection connection = proxy.connect("");
                Connection locker = primary.connect("root", "")) {
            String add = "UPDATE t SET n = n + 1 WHERE id = 2";
            // Its kind is known to be taken back by a rollback.
            run(connection, "BEGIN");
            run(connection, add);
            run(connection, "ROLLBACK");
            run(locker, "BEGIN");
            run(locker, "SELECT * FROM shop.t WHERE id = 2 FOR UPDATE");
            run(connection, "BEGIN");
            run(connection, "UPDATE t SET n = 7 WHERE id = 1");
            var adding = later(connection, add);
            awaitRunning("UPDATE t SET n = n + 1%");
            failOver();
            assertThat(adding.get(30, TimeUnit.SECONDS)).isEmpty();
            run(connection, "COMMIT");
        }
        assertThat(replica.value("SELECT group_concat(n) FROM shop.t")).isEqualTo("7,21");
    }

    @Test
    void anAnswerOfWhichTheClientHasAPartGoesOnBehindIt() throws Exception {
        primary.root(
                "USE shop",
                "CREATE TABLE shop.wide (id INT PRIMARY KEY, text CHAR(250))",
                "INSERT INTO wide SELECT seq, concat('row ', seq) FROM seq_1_to_40000");
        try (Connection connection = proxy.connect("")) {
            run(connection, "BEGIN");
            run(connection, "UPDATE t SET n = 7 WHERE id = 1");
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(10);
                ResultSet rows = statement.executeQuery("SELECT * FROM wide ORDER BY id");
                for (int i = 1; i <= 100; i++) {
                    assertThat(rows.next()).isTrue();
                }
                failOver();
                for (int i = 101; i <= 40_000; i++) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getInt(1)).isEqualTo(i);
                    assertThat(rows.getString(2)).isEqualTo("row " + i);
                }
                assertThat(rows.next()).isFalse();
            }
            run(connection, "COMMIT");
        }
        assertThat(replica.value("SELECT n FROM shop.t WHERE id = 1")).isEqualTo("7");
        assertThat(carriedOver()).isEqualTo(1);
    }

    @Test
    void whatIsAnsweredOtherwiseIsRolledBack() throws Exception {
        try (Connection connection = proxy.connect("")) {
            run(connection, "BEGIN");
            run(connection, "UPDATE t SET n = 7 WHERE id = 1");
            assertThat(ask(connection, "SELECT n FROM t WHERE id = 2")).isEqualTo("20");
            replica.catchUp(primary);
            primary.kill();
            replica.root("UPDATE shop.t SET n = 99 WHERE id = 2");
            replica.promote();
            assertThatThrownBy(() -> run(connection, "COMMIT"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> {
                                assertThat(e.getErrorCode()).isEqualTo(1213);
                                assertThat(e.getSQLState()).isEqualTo("40001");
                                assertThat(e.getMessage()).contains("answered otherwise");
                            });
            assertThat(ask(connection, "SELECT group_concat(n) FROM t")).isEqualTo("10,99");
            run(connection, "UPDATE t SET n = 8 WHERE id = 1");
        }
        assertThat(replica.value("SELECT group_concat(n) FROM shop.t")).isEqualTo("8,99");
    }

    @Test
    void whatARollbackDoesNotTakeBackIsNotRunAgain() throws Exception {
        try (Connection connection = proxy.connect("")) {
            run(connection, "BEGIN");
            run(connection, "INSERT INTO plain VALUES (1)");
            failOver();
            assertThatThrownBy(() -> run(connection, "COMMIT"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("try restarting transaction");
        }
        assertThat(replica.value("SELECT count(*) FROM shop.plain")).isEqualTo("1");
    }

    @Test
    void theNumberOfTheLastInsertIsThatOfBeforeTheTransaction() throws Exception {
        try (Connection connection = proxy.connect("")) {
            run(connection, "INSERT INTO parent VALUES (41)");
            run(connection, "INSERT INTO parent VALUES (NULL)");
            run(connection, "BEGIN");
            run(connection, "INSERT INTO child VALUES (LAST_INSERT_ID())");
            failOver();
            run(connection, "COMMIT");
        }
        assertThat(replica.value("SELECT group_concat(parent) FROM shop.child")).isEqualTo("42");
    }

    @Test
    void aTransactionThatIsRolledBackNeedsNoReplay() throws Exception {
        try (Connection connection = proxy.connect("")) {
            run(connection, "BEGIN");
            run(connection, "UPDATE t SET n = 7 WHERE id = 1");
            failOver();
            run(connection, "ROLLBACK");
            assertThat(ask(connection, "SELECT group_concat(n) FROM t")).isEqualTo("10,20");
        }
        assertThat(carriedOver()).isZero();
    }

    @Test
    void clientsThatShareConnectionsKeepTheirTransactions() throws Exception {
        try (MysqlUnderTest shared =
                        new MysqlUnderTest(
                                Reads.PRIMARY,
                                Duration.ofSeconds(20),
                                Optional.empty(),
                                MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 2),
                                primary,
                                replica);
                Connection one = shared.connect("useServerPrepStmts=true");
                Connection two = shared.connect("");
                PreparedStatement update =
                        one.prepareStatement("UPDATE t SET n = n + ? WHERE id = 1")) {
            run(two, "SET time_zone = '+03:00'");
            run(one, "BEGIN");
            update.setInt(1, 1);
            update.execute();
            run(two, "BEGIN");
            run(two, "UPDATE t SET n = n + 2 WHERE id = 2");
            failOver();
            update.execute();
            run(one, "COMMIT");
            run(two, "COMMIT");
            assertThat(ask(two, "SELECT @@time_zone")).isEqualTo("+03:00");
            assertThat(shared.listener().status().carriedOver().transactions()).isEqualTo(2);
        }
        assertThat(replica.value("SELECT group_concat(n) FROM shop.t")).isEqualTo("12,22");
    }
}
