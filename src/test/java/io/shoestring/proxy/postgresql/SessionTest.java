package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.PostgresListenerConfig.Reads;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;

@Timeout(60)
class SessionTest {
    private static PostgresPair pair;
    private ProxyUnderTest proxy;

    @BeforeAll
    static void startServers() {
        pair = PostgresPair.start();
    }

    @AfterAll
    static void stopServers() {
        pair.close();
    }

    @BeforeEach
    void startProxy() throws Exception {
        proxy = new ProxyUnderTest(pair, Reads.REPLICAS, Duration.ofSeconds(5), 50);
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
    }

    @AfterEach
    void stopProxy() {
        proxy.close();
    }

    @Test
    void writesAndReadsThroughOneAddress() throws Exception {
        try (Connection connection = proxy.connect()) {
            execute(connection, "drop table if exists t1");
            execute(connection, "create table t1 (id int primary key, name text)");
            execute(connection, "insert into t1 values (1, 'one'), (2, 'two')");
            assertThat(query(connection, "select name from t1 where id = 2")).isEqualTo("two");
        }
    }

    @Test
    void sendsReadsToTheReplicaThatHasTheSessionsOwnWrite() throws Exception {
        try (Connection connection = proxy.connect()) {
            execute(connection, "drop table if exists t2");
            execute(connection, "create table t2 (id int)");
            assertThat(serverPort(connection)).isEqualTo(primaryPort());
            waitForReplica();
            proxy.pretendReplicasAreFresh();
            assertThat(serverPort(connection)).isEqualTo(replicaPort());
            assertThat(query(connection, "select count(*) from t2")).isEqualTo("0");
        }
    }

    @Test
    void readsInsideATransactionBlockStayOnThePrimary() throws Exception {
        proxy.pretendReplicasAreFresh();
        try (Connection connection = proxy.connect()) {
            assertThat(serverPort(connection)).isEqualTo(replicaPort());
            connection.setAutoCommit(false);
            assertThat(serverPort(connection)).isEqualTo(primaryPort());
            connection.commit();
            connection.setAutoCommit(true);
            assertThat(serverPort(connection)).isEqualTo(replicaPort());
        }
    }

    @Test
    void repeatsSettingsOnTheReplica() throws Exception {
        proxy.pretendReplicasAreFresh();
        try (Connection connection = proxy.connect()) {
            execute(connection, "set work_mem = '7MB'");
            assertThat(serverPort(connection)).isEqualTo(replicaPort());
            assertThat(query(connection, "select current_setting('work_mem')")).isEqualTo("7MB");
            connection.setAutoCommit(false);
            execute(connection, "set work_mem = '9MB'");
            connection.rollback();
            connection.setAutoCommit(true);
            assertThat(query(connection, "select current_setting('work_mem')")).isEqualTo("7MB");
        }
    }

    @Test
    void preparedStatementsWorkOnBothServers() throws Exception {
        proxy.pretendReplicasAreFresh();
        try (Connection connection = proxy.connect("prepareThreshold=1");
                var read = connection.prepareStatement("select inet_server_port() + 0 * ?")) {
            for (int i = 0; i < 5; i++) {
                assertThat(port(read)).isEqualTo(replicaPort());
                connection.setAutoCommit(false);
                assertThat(port(read)).isEqualTo(primaryPort());
                connection.commit();
                connection.setAutoCommit(true);
            }
        }
    }

    @Test
    void aReadThatTurnsOutToWriteGoesToThePrimaryUnseen() throws Exception {
        try (Connection direct = pair.direct(pair.primary())) {
            execute(direct, "drop table if exists t3");
            execute(direct, "create table t3 (id int)");
            // An operator's function may be anybody's: this one looks like a read and writes.
            execute(direct, "drop operator if exists <+> (int, int)");
            execute(
                    direct,
                    "create or replace function note(a int, b int) returns int language plpgsql as"
                            + " $$ begin insert into t3 values (a + b); return a + b; end $$");
            execute(direct, "create operator <+> (leftarg = int, rightarg = int, function = note)");
        }
        waitForReplica();
        proxy.pretendReplicasAreFresh();
        try (Connection connection = proxy.connect()) {
            assertThat(query(connection, "select 1 <+> 2")).isEqualTo("3");
            assertThat(query(connection, "select 1 <+> 2")).isEqualTo("3");
            try (var prepared = connection.prepareStatement("select 5 <+> ?")) {
                prepared.setInt(1, 6);
                try (var result = prepared.executeQuery()) {
                    result.next();
                    assertThat(result.getInt(1)).isEqualTo(11);
                }
            }
            execute(connection, "begin; commit");
            assertThat(query(connection, "select count(*) from t3 where pg_backend_pid() > 0"))
                    .isEqualTo("3");
        }
    }

    @Test
    void copiesInBothDirections() throws Exception {
        try (Connection connection = proxy.connect()) {
            execute(connection, "drop table if exists t4");
            execute(connection, "create table t4 (id int, pad text)");
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
            var rows = new StringBuilder();
            for (int i = 0; i < 50_000; i++) {
                rows.append(i).append("\tpadding padding padding padding\n");
            }
            assertThat(copy.copyIn("copy t4 from stdin", new java.io.StringReader(rows.toString())))
                    .isEqualTo(50_000);
            var out = new java.io.StringWriter();
            copy.copyOut("copy t4 to stdout", out);
            assertThat(out.toString()).isEqualTo(rows.toString());
            assertThat(query(connection, "select count(*) from t4")).isEqualTo("50000");
        }
    }

    @Test
    void carriesHugeStatementsAndRows() throws Exception {
        String huge = "x".repeat(3_000_000);
        try (Connection connection = proxy.connect()) {
            assertThat(query(connection, "select '" + huge + "'")).isEqualTo(huge);
            try (var prepared = connection.prepareStatement("select ?::text")) {
                prepared.setString(1, huge);
                try (var result = prepared.executeQuery()) {
                    result.next();
                    assertThat(result.getString(1)).isEqualTo(huge);
                }
            }
        }
    }

    @Test
    void cancelsWhatRuns() throws Exception {
        try (Connection connection = proxy.connect();
                var statement = connection.createStatement()) {
            Thread.ofVirtual()
                    .start(
                            () -> {
                                await().pollDelay(Duration.ofMillis(300)).until(() -> true);
                                cancel(statement);
                            });
            assertThatThrownBy(() -> statement.execute("select pg_sleep(20)"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            assertThat(query(connection, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void refusesAWrongPasswordAsTheServerDoes() {
        assertThatThrownBy(
                        () ->
                                java.sql.DriverManager.getConnection(
                                        proxy.url(""), "postgres", "wrong"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"))
                .hasMessageContaining("password authentication failed for user \"postgres\"");
        assertThatThrownBy(
                        () ->
                                java.sql.DriverManager.getConnection(
                                        proxy.url(""), "nobody", "wrong"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
    }

    @Test
    void logsInByMd5WhereTheDatabaseHasThat() throws Exception {
        try (Connection direct = pair.direct(pair.primary())) {
            execute(
                    direct,
                    "set password_encryption = md5; drop role if exists old;"
                            + " create role old login password 'secret'");
        }
        try (Connection connection =
                java.sql.DriverManager.getConnection(proxy.url(""), "old", "secret")) {
            assertThat(query(connection, "select current_user")).isEqualTo("old");
        }
    }

    @Test
    void passesTheServersRefusalOn() {
        assertThatThrownBy(
                        () ->
                                java.sql.DriverManager.getConnection(
                                        proxy.url("").replace("/postgres?", "/nowhere?"),
                                        "postgres",
                                        "trial"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3D000"))
                .hasMessageContaining("database \"nowhere\" does not exist");
    }

    @Test
    void holdsARequestUntilThereIsAPrimary() throws Exception {
        try (Connection connection = proxy.connect()) {
            proxy.publish(1, Optional.empty(), true);
            Thread.ofVirtual()
                    .start(
                            () -> {
                                await().pollDelay(Duration.ofMillis(700)).until(() -> true);
                                proxy.publish(1, Optional.of(pair.primary()), false);
                            });
            long began = System.nanoTime();
            execute(connection, "select pg_backend_pid()");
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(Duration.ofMillis(500), Duration.ofSeconds(3));
        }
    }

    @Test
    void saysSoWhenNoPrimaryComes() throws Exception {
        try (Connection connection = proxy.connect()) {
            proxy.publish(1, Optional.empty(), true);
            assertThatThrownBy(() -> execute(connection, "select pg_backend_pid()"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P03"))
                    .hasMessageContaining("database shop has had no primary for 5 s");
            proxy.publish(1, Optional.of(pair.primary()), false);
            assertThat(query(connection, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void aSwitchoversHoldLetsOpenTransactionsEnd() throws Exception {
        try (Connection busy = proxy.connect();
                Connection waiting = proxy.connect()) {
            busy.setAutoCommit(false);
            execute(busy, "select pg_backend_pid()");
            assertThat(proxy.openTransactions()).isEqualTo(1);
            proxy.publish(1, Optional.of(pair.primary()), true);
            var held =
                    java.util.concurrent.CompletableFuture.supplyAsync(
                            () -> query(waiting, "select pg_backend_pid()"));
            assertThat(query(busy, "select 7")).isEqualTo("7");
            busy.commit();
            await().untilAsserted(() -> assertThat(proxy.openTransactions()).isZero());
            assertThat(held).isNotDone();
            proxy.publish(1, Optional.of(pair.primary()), false);
            assertThat(held.get(5, java.util.concurrent.TimeUnit.SECONDS)).isNotEmpty();
        }
    }

    @Test
    void anIdleSessionDoesNotNoticeThatItsServerConnectionIsGone() throws Exception {
        try (Connection connection = proxy.connect()) {
            execute(connection, "set work_mem = '11MB'");
            terminateAllBackends();
            assertThat(
                            query(
                                    connection,
                                    "select current_setting('work_mem') from pg_backend_pid()"))
                    .isEqualTo("11MB");
        }
    }

    @Test
    void anOpenTransactionGetsOneClearErrorAndStaysConnected() throws Exception {
        try (Connection connection = proxy.connect()) {
            connection.setAutoCommit(false);
            query(connection, "select pg_backend_pid()");
            terminateAllBackends();
            assertThatThrownBy(() -> execute(connection, "select pg_backend_pid()"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"))
                    .hasMessageContaining("the transaction was rolled back");
            assertThatThrownBy(() -> execute(connection, "select 1"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).isEqualTo("25P02"));
            connection.rollback();
            assertThat(query(connection, "select 5")).isEqualTo("5");
            connection.commit();
        }
    }

    @Test
    void aWriteThatWasCutOffIsToldToBeUnknown() throws Exception {
        try (Connection connection = proxy.connect()) {
            Thread.ofVirtual()
                    .start(
                            () -> {
                                await().pollDelay(Duration.ofMillis(500)).until(() -> true);
                                terminateAllBackends();
                            });
            assertThatThrownBy(() -> execute(connection, "select pg_sleep(10)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08007"))
                    .hasMessageContaining("it is unknown whether the last request was committed");
        }
        assertThat(proxy.status().unknownOutcomes()).isEqualTo(1);
    }

    @Test
    void aSessionWithATemporaryTableIsToldThatItIsLost() throws Exception {
        Connection connection = proxy.connect();
        execute(connection, "create temp table mine (id int)");
        terminateAllBackends();
        assertThatThrownBy(() -> execute(connection, "select count(*) from mine"))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"))
                .hasMessageContaining("session on database shop is lost");
        assertThatThrownBy(() -> execute(connection, "select 1")).isInstanceOf(SQLException.class);
    }

    @Test
    void refusesMoreConnectionsThanAllowed() throws Exception {
        try (var small = new ProxyUnderTest(pair, Reads.PRIMARY, Duration.ofSeconds(1), 1)) {
            small.publish(1, Optional.of(pair.primary()), false);
            try (Connection first = small.connect()) {
                assertThat(query(first, "select 1")).isEqualTo("1");
                assertThatThrownBy(small::connect)
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("53300"));
            }
        }
    }

    @Test
    void passesStartupParametersOn() throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", "trial");
        properties.setProperty("ApplicationName", "the shop");
        properties.setProperty("options", "-c statement_timeout=4321");
        proxy.pretendReplicasAreFresh();
        try (Connection connection =
                java.sql.DriverManager.getConnection(proxy.url(""), properties)) {
            assertThat(query(connection, "show application_name")).isEqualTo("the shop");
            assertThat(serverPort(connection)).isEqualTo(replicaPort());
            assertThat(query(connection, "select current_setting('statement_timeout')"))
                    .isEqualTo("4321ms");
            assertThat(query(connection, "select current_setting('application_name')"))
                    .isEqualTo("the shop");
        }
    }

    private static void terminateAllBackends() {
        try (Connection direct = pair.direct(pair.primary())) {
            execute(
                    direct,
                    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type ="
                            + " 'client backend' and pid <> pg_backend_pid()");
            // Gone for the proxy too, not only on their way.
            await().until(
                            () ->
                                    query(
                                                    direct,
                                                    "select count(*) from pg_stat_activity where"
                                                        + " backend_type = 'client backend' and pid"
                                                        + " <> pg_backend_pid()")
                                            .equals("0"));
            await().pollDelay(Duration.ofMillis(100)).until(() -> true);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void waitForReplica() throws SQLException {
        try (Connection primary = pair.direct(pair.primary());
                Connection replica = pair.direct(pair.replica())) {
            String lsn = query(primary, "select pg_current_wal_flush_lsn()");
            await().until(
                            () ->
                                    query(
                                                    replica,
                                                    "select pg_last_wal_replay_lsn() >= '"
                                                            + lsn
                                                            + "'::pg_lsn")
                                            .equals("t"));
        }
    }

    private static void cancel(java.sql.Statement statement) {
        try {
            statement.cancel();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int primaryPort() {
        return pair.primary().endpoint().port();
    }

    private static int replicaPort() {
        return pair.replica().endpoint().port();
    }

    private static int serverPort(Connection connection) {
        return Integer.parseInt(query(connection, "select inet_server_port()"));
    }

    private static int port(java.sql.PreparedStatement statement) throws SQLException {
        statement.setInt(1, 1);
        try (var result = statement.executeQuery()) {
            result.next();
            return result.getInt(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(Connection connection, String sql) {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
