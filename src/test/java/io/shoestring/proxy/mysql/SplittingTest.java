package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.Consistency;
import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.testing.MariaDb;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Reads go to a replica that really replicates, and nobody can tell but by the speed. */
@Timeout(180)
class SplittingTest {
    private static MariaDb primary;
    private static MariaDb replica;
    private static MysqlUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        primary = MariaDb.start(1);
        replica = MariaDb.start(2);
        replica.replicate(primary);
        primary.root("CREATE TABLE shop.t (id INT PRIMARY KEY, n INT)");
        // Who answers: the same name on both, with another value.
        primary.root("CREATE TABLE shop.who (name TEXT)");
        replica.catchUp(primary);
        primary.root("SET sql_log_bin=0", "INSERT INTO shop.who VALUES ('primary')");
        replica.root("SET sql_log_bin=0", "INSERT INTO shop.who VALUES ('replica')");
        proxy = new MysqlUnderTest(Reads.REPLICAS, primary, replica);
    }

    @AfterAll
    static void end() {
        proxy.close();
        replica.close();
        primary.close();
    }

    @BeforeEach
    void awaitTheReplica() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> proxy.watch().topology().get().replicas().size() == 1);
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    private static void awaitReplica(Connection connection, String sql) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(ask(connection, sql)).isEqualTo("replica"));
    }

    @Test
    void aReadGoesToTheReplicaAndEverythingElseToThePrimary() throws SQLException {
        try (Connection connection = proxy.connect("")) {
            awaitReplica(connection, "SELECT name FROM who");
            assertThat(ask(connection, "SELECT name FROM who FOR UPDATE")).isEqualTo("primary");
            assertThat(ask(connection, "SELECT name FROM who WHERE sleep(0) = 0"))
                    .isEqualTo("primary");
            assertThat(ask(connection, "SELECT name FROM who WHERE 1 = @@autocommit"))
                    .isEqualTo("primary");
            assertThat(ask(connection, "SELECT/*! name */ name FROM who")).isEqualTo("primary");
            connection.setAutoCommit(false);
            assertThat(ask(connection, "SELECT name FROM who")).isEqualTo("primary");
            connection.commit();
            connection.setAutoCommit(true);
            awaitReplica(connection, "SELECT name FROM who");
        }
    }

    @Test
    void aSessionReadsWhatItHasWritten() throws SQLException {
        int first = ThreadLocalRandom.current().nextInt(1_000_000) * 1_000;
        try (Connection connection = proxy.connect("");
                Statement statement = connection.createStatement()) {
            long onReplicas = proxy.listener().status().onReplicas();
            for (int id = first; id < first + 300; id++) {
                statement.execute("INSERT INTO t VALUES (" + id + ", 1)");
                assertThat(ask(connection, "SELECT n FROM t WHERE id = " + id)).isEqualTo("1");
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                ask(connection, "SELECT n FROM t WHERE id = " + first);
                                return proxy.listener().status().onReplicas() > onReplicas;
                            });
        }
    }

    @Test
    void theReplicaKnowsWhatTheSessionHasSet() throws SQLException {
        try (Connection connection = proxy.connect("");
                Statement statement = connection.createStatement()) {
            awaitReplica(connection, "SELECT name FROM who");
            statement.execute("SET time_zone = '+05:00', sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'");
            awaitReplica(
                    connection,
                    "SELECT \"name\" FROM who WHERE 'a' || 'b' = 'ab' AND from_unixtime(0) ="
                            + " '1970-01-01 05:00:00'");
            statement.execute("SET sql_select_limit = 1, group_concat_max_len = 1024");
            awaitReplica(connection, "SELECT name FROM who");
            statement.execute("CREATE DATABASE IF NOT EXISTS elsewhere");
            statement.execute("USE elsewhere");
            assertThat(ask(connection, "SELECT database()")).isEqualTo("elsewhere");
            awaitReplica(connection, "SELECT name FROM shop.who WHERE database() = 'elsewhere'");
        }
    }

    @Test
    void whatCannotBeMadeAnewTiesTheSessionToThePrimary() throws SQLException {
        for (String tie :
                new String[] {
                    "SET @a = 5",
                    "CREATE TEMPORARY TABLE passing (id INT)",
                    "SELECT get_lock('x', 0)",
                    "PREPARE s FROM 'SELECT 1'",
                }) {
            try (Connection connection = proxy.connect("");
                    Statement statement = connection.createStatement()) {
                awaitReplica(connection, "SELECT name FROM who");
                statement.execute(tie);
                for (int i = 0; i < 3; i++) {
                    assertThat(ask(connection, "SELECT name FROM who"))
                            .as(tie)
                            .isEqualTo("primary");
                }
                assertThat(proxy.listener().pinned()).as(tie).isNotEmpty();
            }
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> proxy.listener().pinned().isEmpty());
    }

    @Test
    void aProcedureThatSetsAVariableIsNoticed() throws SQLException {
        primary.root(
                "CREATE OR REPLACE PROCEDURE shop.sets() SET @hidden = 3",
                "CREATE OR REPLACE PROCEDURE shop.mode() SET SESSION time_zone = '+07:00'");
        try (Connection connection = proxy.connect("");
                Statement statement = connection.createStatement()) {
            statement.execute("CALL mode()");
            awaitReplica(
                    connection,
                    "SELECT name FROM who WHERE from_unixtime(0) = '1970-01-01 07:00:00'");
            statement.execute("CALL sets()");
            assertThat(ask(connection, "SELECT name FROM who")).isEqualTo("primary");
        }
    }

    @Test
    void aWriteThatLooksLikeAReadIsSentToThePrimaryUnseen() throws SQLException {
        primary.root(
                "CREATE OR REPLACE FUNCTION shop.`length_`(x INT) RETURNS INT BEGIN INSERT INTO"
                        + " shop.t VALUES (x, 0); RETURN x; END");
        try (Connection connection = proxy.connect("")) {
            int id = -1 - ThreadLocalRandom.current().nextInt(1_000_000_000);
            assertThat(ask(connection, "SELECT length_(" + id + ")")).isEqualTo("" + id);
        }
    }

    @Test
    void questionsAboutTheLastStatementFindItsServer() throws SQLException {
        try (Connection connection = proxy.connect("");
                Statement statement = connection.createStatement()) {
            awaitReplica(connection, "SELECT name FROM who");
            statement.execute("SELECT 1 / 0, name FROM who");
            assertThat(ask(connection, "SHOW WARNINGS")).isEqualTo("Warning");
            statement.execute("SELECT name FROM who UNION ALL SELECT 'b' UNION ALL SELECT 'c'");
            assertThat(ask(connection, "SELECT FOUND_ROWS()")).isEqualTo("3");
        }
    }

    @Test
    void aReplicaThatStopsGetsNoReads() throws Exception {
        try (Connection connection = proxy.connect("")) {
            awaitReplica(connection, "SELECT name FROM who");
            replica.kill();
            try {
                assertThat(ask(connection, "SELECT name FROM who")).isEqualTo("primary");
            } finally {
                replica.restart();
                replica.root("SET GLOBAL read_only=1", "START SLAVE");
            }
            awaitReplica(connection, "SELECT name FROM who");
        }
    }

    @Test
    void anErrorOfAReadIsTheServersOwn() {
        assertThatThrownBy(
                        () -> {
                            try (Connection connection = proxy.connect("")) {
                                ask(connection, "SELECT nothing FROM nowhere");
                            }
                        })
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("Table 'shop.nowhere' doesn't exist");
    }

    @Test
    void aPreparedReadGoesToTheReplica() throws SQLException {
        try (Connection connection = proxy.connect("useServerPrepStmts=true");
                PreparedStatement who =
                        connection.prepareStatement("SELECT name FROM who WHERE 1 = ?")) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(run(who)).isEqualTo("replica"));
            connection.setAutoCommit(false);
            assertThat(run(who)).isEqualTo("primary");
            connection.commit();
            connection.setAutoCommit(true);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(run(who)).isEqualTo("replica"));
        }
    }

    private static String run(PreparedStatement who) throws SQLException {
        who.setInt(1, 1);
        try (ResultSet row = who.executeQuery()) {
            return row.next() ? row.getString(1) : "";
        }
    }

    @Test
    void aReadFindsWhatAnotherSessionHasWrittenIfTheClusterIsToBeConsistent() throws Exception {
        try (MysqlUnderTest consistent =
                        new MysqlUnderTest(
                                Reads.REPLICAS,
                                Consistency.CLUSTER,
                                Duration.ofSeconds(20),
                                Optional.empty(),
                                MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 5),
                                primary,
                                replica);
                Connection writer = consistent.connect("");
                Connection reader = consistent.connect("")) {
            // Until it is known that there is a replica the primary answers.
            AtomicInteger next = new AtomicInteger(1_000);
            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                seesAtOnce(writer, reader, next.incrementAndGet());
                                return consistent.listener().status().onReplicas() > 5;
                            });
            replica.root("STOP SLAVE SQL_THREAD");
            seesAtOnce(writer, reader, next.incrementAndGet());
            replica.root("START SLAVE SQL_THREAD");
        }
    }

    private static void seesAtOnce(Connection writer, Connection reader, int id)
            throws SQLException {
        writer.createStatement().execute("INSERT INTO t VALUES (" + id + ", " + id + ")");
        assertThat(ask(reader, "SELECT n FROM t WHERE id = " + id)).isEqualTo(String.valueOf(id));
    }

    @Test
    void clientsThatShareConnectionsReadFromTheReplicaWhatTheyHaveWritten() throws Exception {
        try (MysqlUnderTest shared =
                        new MysqlUnderTest(
                                Reads.REPLICAS,
                                Duration.ofSeconds(20),
                                Optional.empty(),
                                MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 5),
                                primary,
                                replica);
                Connection one = shared.connect("");
                Connection two = shared.connect("useServerPrepStmts=true");
                PreparedStatement who = two.prepareStatement("SELECT name FROM who WHERE 1 = ?")) {
            one.createStatement().execute("SET time_zone = '+05:00'");
            awaitReplica(one, "SELECT name FROM who");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(run(who)).isEqualTo("replica"));
            for (int i = 200; i < 210; i++) {
                one.createStatement().execute("INSERT INTO t VALUES (" + i + ", " + i + ")");
                assertThat(ask(one, "SELECT n FROM t WHERE id = " + i))
                        .isEqualTo(String.valueOf(i));
                assertThat(ask(one, "SELECT time_format(timediff(now(), utc_timestamp()), '%H')"))
                        .isEqualTo("05");
            }
        }
    }
}
