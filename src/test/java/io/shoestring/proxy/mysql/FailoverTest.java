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

/** What clients meet when the primary dies and the replica takes over. */
@Timeout(180)
class FailoverTest {
    private MariaDb primary;
    private MariaDb replica;
    private MysqlUnderTest proxy;

    @BeforeEach
    void start() throws Exception {
        primary = MariaDb.start(1);
        replica = MariaDb.start(2);
        replica.replicate(primary);
        primary.root("CREATE TABLE shop.t (id INT PRIMARY KEY AUTO_INCREMENT, n INT)");
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

    private void failOver() throws SQLException {
        replica.catchUp(primary);
        primary.kill();
        replica.promote();
    }

    @Test
    void aSessionGoesOnAsItWasOnTheNextPrimary() throws Exception {
        try (Connection connection = proxy.connect("useServerPrepStmts=true");
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO t (n) VALUES (?)")) {
            connection.createStatement().execute("SET time_zone = '+03:00'");
            connection.createStatement().execute("CREATE DATABASE elsewhere");
            connection.createStatement().execute("USE shop");
            insert.setInt(1, 1);
            insert.execute();
            failOver();
            insert.setInt(1, 2);
            insert.execute();
            assertThat(ask(connection, "SELECT sum(n) FROM t")).isEqualTo("3");
            assertThat(ask(connection, "SELECT @@time_zone")).isEqualTo("+03:00");
            assertThat(ask(connection, "SELECT @@server_id")).isEqualTo("2");
        }
    }

    @Test
    void whoComesOrAsksWhileThereIsNoPrimaryIsHeld() throws Exception {
        try (Connection connection = proxy.connect("")) {
            replica.catchUp(primary);
            primary.kill();
            var write =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try (Connection late = proxy.connect("")) {
                                    connection
                                            .createStatement()
                                            .execute("INSERT INTO t (n) VALUES (5)");
                                    return ask(late, "SELECT @@server_id");
                                } catch (SQLException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> proxy.listener().status().held() > 0);
            replica.promote();
            assertThat(write.get(30, TimeUnit.SECONDS)).isEqualTo("2");
            assertThat(ask(connection, "SELECT n FROM t")).isEqualTo("5");
        }
    }

    @Test
    void aWriteThatWasOnItsWayHasAnUnknownOutcome() throws Exception {
        try (Connection connection = proxy.connect("")) {
            var write =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    connection
                                            .createStatement()
                                            .execute("INSERT INTO t (n) SELECT sleep(1000)");
                                    return Optional.<SQLException>empty();
                                } catch (SQLException e) {
                                    return Optional.of(e);
                                }
                            });
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () ->
                                    primary.value(
                                                    "SELECT count(*) FROM"
                                                        + " information_schema.processlist WHERE"
                                                        + " info LIKE 'INSERT INTO t%'")
                                            .equals("1"));
            failOver();
            SQLException error = write.get(30, TimeUnit.SECONDS).orElseThrow();
            assertThat(error.getSQLState()).isEqualTo("08007");
            assertThat(error.getMessage()).contains("outcome unknown: server db0 was lost");
            assertThat(proxy.listener().status().unknownOutcomes()).isEqualTo(1);
            assertThat(replica.value("SELECT count(*) FROM shop.t")).isEqualTo("0");
        }
    }

    @Test
    void aReadThatWasOnItsWayIsReadAgain() throws Exception {
        try (Connection connection = proxy.connect("");
                Connection locker = primary.connect("root", "")) {
            connection.createStatement().execute("INSERT INTO t (n) VALUES (77)");
            replica.catchUp(primary);
            locker.createStatement().execute("LOCK TABLES shop.t WRITE");
            var read =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return ask(connection, "SELECT n FROM t");
                                } catch (SQLException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () ->
                                    primary.value(
                                                    "SELECT count(*) FROM"
                                                        + " information_schema.processlist WHERE"
                                                        + " info = 'SELECT n FROM t'")
                                            .equals("1"));
            primary.kill();
            replica.promote();
            assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo("77");
        }
    }

    @Test
    void aSessionThatCannotBeMadeAnewIsToldWhatIsGone() throws Exception {
        try (Connection connection = proxy.connect("")) {
            connection.createStatement().execute("SET @mine = 5");
            failOver();
            assertThatThrownBy(() -> ask(connection, "SELECT @mine"))
                    .isInstanceOf(SQLException.class);
        }
        try (Connection again = proxy.connect("")) {
            assertThat(ask(again, "SELECT @@server_id")).isEqualTo("2");
        }
    }

    @Test
    void anOldPrimaryThatComesBackGetsNothing() throws Exception {
        try (Connection connection = proxy.connect("")) {
            failOver();
            assertThat(ask(connection, "SELECT @@server_id")).isEqualTo("2");
            primary.restart();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () ->
                                    proxy.watch()
                                            .topology()
                                            .get()
                                            .reason()
                                            .contains("db0 would take writes too"));
            try (Connection late = proxy.connect("")) {
                assertThat(ask(late, "SELECT @@server_id")).isEqualTo("2");
            }
            assertThat(ask(connection, "SELECT @@server_id")).isEqualTo("2");
        }
    }

    @Test
    void clientsThatShareConnectionsGoOnAsTheyWere() throws Exception {
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
                Connection three = shared.connect("");
                PreparedStatement insert = one.prepareStatement("INSERT INTO t (n) VALUES (?)")) {
            two.createStatement().execute("SET time_zone = '+03:00'");
            insert.setInt(1, 1);
            insert.execute();
            failOver();
            insert.setInt(1, 2);
            insert.execute();
            assertThat(ask(two, "SELECT @@time_zone")).isEqualTo("+03:00");
            assertThat(ask(three, "SELECT @@time_zone")).isEqualTo("SYSTEM");
            assertThat(ask(one, "SELECT sum(n) FROM t")).isEqualTo("3");
            assertThat(shared.listener().status().pool().orElseThrow().servers())
                    .isLessThanOrEqualTo(2);
        }
    }
}
