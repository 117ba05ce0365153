package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.testing.MariaDb;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What became of a COMMIT that was on its way. It hangs at the primary, which waits for a replica
 * that never says that it has it: the transaction is in the primary's log, and perhaps at the
 * replica.
 */
@Timeout(120)
final class CommitInFlightTest {
    private static final String[] SAFE = {"--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1"};

    private MariaDb primary;
    private MariaDb replica;
    private MysqlUnderTest proxy;

    @BeforeEach
    void start() throws Exception {
        primary = MariaDb.start(1, SAFE);
        replica = MariaDb.start(2, SAFE);
        replica.replicate(primary);
        primary.root(
                "CREATE TABLE shop.t (id INT PRIMARY KEY, n INT)",
                "INSERT INTO shop.t VALUES (1, 10)");
        replica.catchUp(primary);
        proxy = new MysqlUnderTest(Reads.PRIMARY, primary, replica);
    }

    @AfterEach
    void end() {
        proxy.close();
        replica.close();
        primary.close();
    }

    private CompletableFuture<Optional<SQLException>> commitThatHangs(
            Connection connection, boolean replicated) throws Exception {
        run(connection, "BEGIN");
        run(connection, "UPDATE t SET n = n + 1 WHERE id = 1");
        if (!replicated) {
            replica.root("STOP SLAVE IO_THREAD");
        }
        primary.root(
                "SET GLOBAL rpl_semi_sync_master_timeout = 1000000",
                "SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC",
                "SET GLOBAL rpl_semi_sync_master_enabled = 1");
        var commit =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                run(connection, "COMMIT");
                                return Optional.<SQLException>empty();
                            } catch (SQLException e) {
                                return Optional.of(e);
                            }
                        });
        String before = replicated ? "1" : "0";
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                primary.value(
                                                        "SELECT count(*) FROM"
                                                                + " information_schema.processlist"
                                                                + " WHERE info = 'COMMIT'")
                                                .equals("1")
                                        && replica.value("SELECT n - 10 FROM shop.t")
                                                .equals(before));
        return commit;
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void oneThatTheNextPrimaryHasIsAcknowledged() throws Exception {
        try (Connection connection = proxy.connect("")) {
            var commit = commitThatHangs(connection, true);
            primary.kill();
            replica.promote();
            assertThat(commit.get(60, TimeUnit.SECONDS)).isEmpty();
            run(connection, "UPDATE t SET n = n + 100 WHERE id = 1");
        }
        assertThat(replica.value("SELECT n FROM shop.t")).isEqualTo("111");
        assertThat(proxy.listener().status().carriedOver().commits()).isEqualTo(1);
        assertThat(proxy.listener().status().unknownOutcomes()).isZero();
    }

    @Test
    void oneThatTheNextPrimaryHasNotIsRunAgainWithItsTransaction() throws Exception {
        try (Connection connection = proxy.connect("")) {
            var commit = commitThatHangs(connection, false);
            primary.kill();
            replica.promote();
            assertThat(commit.get(60, TimeUnit.SECONDS)).isEmpty();
        }
        assertThat(replica.value("SELECT n FROM shop.t")).isEqualTo("11");
        assertThat(proxy.listener().status().carriedOver().transactions()).isEqualTo(1);
        assertThat(proxy.listener().status().carriedOver().commits()).isZero();
    }

    @Test
    void itIsUnknownWhereTheLogMayHaveLostWhatTheDataHave() throws Exception {
        replica.root("SET GLOBAL sync_binlog = 0");
        try (Connection connection = proxy.connect("")) {
            var commit = commitThatHangs(connection, false);
            primary.kill();
            replica.promote();
            SQLException error = commit.get(60, TimeUnit.SECONDS).orElseThrow();
            assertThat(error.getSQLState()).isEqualTo("08007");
            assertThat(error.getMessage()).contains("outcome unknown: server db0 was lost");
        }
        assertThat(replica.value("SELECT n FROM shop.t")).isEqualTo("10");
        assertThat(proxy.listener().status().unknownOutcomes()).isEqualTo(1);
    }
}
