package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shoestring.database.mysql.ReplicationTrouble.Kind;
import io.shoestring.model.Endpoint;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Stops the replication of real servers in each way, and reads what is said of it. */
@Timeout(120)
class ReplicationTroubleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static MariaDb primary;
    private static MariaDb replica;
    private static Path received;
    private static boolean small;
    private static int table;

    @BeforeAll
    static void start() throws Exception {
        primary = MariaDb.start(1, "--gtid-strict-mode=1");
        received = InMemory.create("shoestring-mariadb-received");
        small =
                "root".equals(System.getProperty("user.name"))
                        && mount("mount", "-t", "tmpfs", "-o", "size=8m", "disk", "" + received);
        replica =
                MariaDb.start(
                        2,
                        "--gtid-strict-mode=1",
                        "--slave-net-timeout=4",
                        "--relay-log=" + received.resolve("relay"));
        primary.root(
                "CREATE DATABASE IF NOT EXISTS shop",
                "CREATE USER copier IDENTIFIED BY 'right'",
                "GRANT REPLICATION SLAVE ON *.* TO copier",
                "CREATE USER weak IDENTIFIED BY 'right'");
        replica.replicate(primary);
        replica.catchUp(primary);
    }

    @AfterAll
    static void stop() throws IOException {
        primary.close();
        replica.close();
        if (small) {
            mount("umount", "" + received);
        }
        try (Stream<Path> files = Files.walk(received)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static boolean mount(String... command) {
        return Program.run(Path.of("/"), List.of(command)).exit() == 0;
    }

    /** A table for itself, and a replica that goes on. */
    @BeforeEach
    void begin() throws Exception {
        replica.root(
                "STOP SLAVE",
                "RESET SLAVE ALL",
                "RESET MASTER",
                "SET GLOBAL server_id = 2",
                "SET GLOBAL gtid_slave_pos = '" + primary.value("SELECT @@gtid_binlog_pos") + "'");
        follow("");
        table++;
        primary.root(
                "CREATE TABLE shop.t" + table + " (i INT PRIMARY KEY, n INT)",
                "INSERT INTO shop.t" + table + " VALUES (1, 1)");
        replica.catchUp(primary);
        assertThat(trouble()).isEmpty();
    }

    private static void follow(String otherwise) throws Exception {
        replica.root(
                "STOP SLAVE",
                "CHANGE MASTER TO master_host = '127.0.0.1', master_port = "
                        + primary.port()
                        + ", master_user = 'root', master_use_gtid = slave_pos,"
                        + " master_connect_retry = 1"
                        + otherwise,
                "START SLAVE");
    }

    private static Optional<ReplicationTrouble> trouble() throws Exception {
        try (var connection =
                new ServerConnection(
                        new Endpoint("127.0.0.1", replica.port()), "root", new byte[0], 5_000)) {
            if (MariaDbInspection.waitsForRoom(connection)) {
                return Optional.of(ReplicationTrouble.waitsForRoom());
            }
            return MariaDbInspection.sources(connection).stream()
                    .flatMap(source -> ReplicationTrouble.of(source).stream())
                    .findFirst();
        }
    }

    private static void awaitFound(Kind kind, String found, String cure) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            assertThat(trouble().map(ReplicationTrouble::kind)).contains(kind);
                            assertThat(trouble().orElseThrow().found()).contains(found);
                            assertThat(trouble().orElseThrow().cure()).contains(cure);
                        });
    }

    private static String name() {
        return "shop.t" + table;
    }

    private static void onlyThere(String statement) throws Exception {
        replica.root("SET sql_log_bin = 0", statement);
    }

    @Test
    void aRowThatIsThereAlready() throws Exception {
        onlyThere("INSERT INTO " + name() + " VALUES (5, 5)");
        primary.root("SET binlog_format = ROW", "INSERT INTO " + name() + " VALUES (5, 6)");
        awaitFound(
                Kind.DUPLICATE_KEY,
                "The primary has added a row with '5' in key PRIMARY to " + name(),
                "DELETE FROM " + name());
        onlyThere("DELETE FROM " + name() + " WHERE i = 5");
        replica.root("START SLAVE SQL_THREAD");
        replica.catchUp(primary);
        assertThat(trouble()).isEmpty();
    }

    @Test
    void aRowThatIsMissing() throws Exception {
        onlyThere("DELETE FROM " + name());
        primary.root("SET binlog_format = ROW", "UPDATE " + name() + " SET n = 2");
        awaitFound(
                Kind.MISSING_ROW,
                "changed or deleted a row of " + name() + " that is not here",
                "'shoestring replication event' shows the change");
    }

    @Test
    void aTableThatIsMissing() throws Exception {
        onlyThere("DROP TABLE " + name());
        primary.root("SET binlog_format = ROW", "INSERT INTO " + name() + " VALUES (2, 2)");
        awaitFound(Kind.OTHER_TABLES, "Its tables are not those of the primary", "make them alike");
    }

    @Test
    void aReplicaThatWasWrittenTo() throws Exception {
        replica.root("STOP SLAVE", "INSERT INTO " + name() + " VALUES (7, 7)", "START SLAVE");
        primary.root("INSERT INTO " + name() + " VALUES (8, 8)");
        awaitFound(Kind.OUT_OF_ORDER, "It was written to, past its primary", "copied anew");
    }

    @Test
    void aReplicaThatIsAheadOfItsPrimary() throws Exception {
        replica.root("STOP SLAVE", "INSERT INTO " + name() + " VALUES (7, 7)");
        replica.root("SET GLOBAL gtid_slave_pos = @@gtid_binlog_pos", "START SLAVE");
        awaitFound(Kind.DIVERGED, "It has transactions that its primary has not", "copied anew");
    }

    @Test
    void aLogThatIsNoLongerThere() throws Exception {
        replica.root("STOP SLAVE");
        primary.root("INSERT INTO " + name() + " VALUES (2, 2)", "FLUSH BINARY LOGS");
        String newest = primary.value("SHOW MASTER STATUS");
        // As long as the replica's connection is not over there, its log stays.
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            primary.root("PURGE BINARY LOGS TO '" + newest + "'");
                            return primary.value("SHOW BINARY LOGS").equals(newest);
                        });
        replica.root("START SLAVE");
        awaitFound(
                Kind.MISSING_LOG,
                "Its primary no longer has the part of the log that it needs next",
                "binlog_expire_logs_seconds");
    }

    @Test
    void theNumberOfThePrimary() throws Exception {
        replica.root("STOP SLAVE", "SET GLOBAL server_id = 1", "START SLAVE");
        awaitFound(Kind.SAME_SERVER_ID, "the same server_id as its primary", "another server_id");
    }

    @Test
    void aWrongPasswordAndAUserThatMayNot() throws Exception {
        follow(", master_user = 'copier', master_password = 'wrong'");
        awaitFound(Kind.NO_ENTRY, "does not let the user copier in", "ALTER USER");
        follow(", master_user = 'copier', master_password = 'right'");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(trouble()).isEmpty());
        follow(", master_user = 'weak', master_password = 'right'");
        awaitFound(
                Kind.NO_REPLICATION_RIGHT,
                "The user weak may not replicate",
                "GRANT REPLICATION SLAVE ON *.* TO 'weak'@'%'");
    }

    @Test
    void aWrongPortAndAWrongName() throws Exception {
        follow(", master_port = 1");
        awaitFound(Kind.NO_CONNECTION, "127.0.0.1:1 cannot be reached", "bind_address");
        follow(", master_host = 'no-such-machine.invalid'");
        awaitFound(Kind.NO_CONNECTION, "no-such-machine.invalid", "the right host");
    }

    @Test
    void aDiskThatIsFull() throws Exception {
        assumeTrue(small, "Only root can make a small disk.");
        Path filling = received.resolve("filling");
        long room = received.toFile().getUsableSpace() - 200_000;
        Files.write(filling, new byte[(int) room]);
        primary.root(
                "CREATE TABLE shop.much (i INT PRIMARY KEY, x LONGBLOB)",
                "SET binlog_format = ROW",
                "INSERT INTO shop.much VALUES (1, repeat('x', 1000000))");
        await().atMost(PATIENCE)
                .until(
                        () ->
                                replica.value(
                                                "SELECT count(*) FROM"
                                                    + " information_schema.processlist WHERE state"
                                                    + " LIKE '%free space'")
                                        .equals("1"));
        awaitFound(Kind.DISK_FULL, "Its disk is full", "make room");
        Files.delete(filling);
        // It would look again after a minute.
        replica.kill();
        replica.restart();
        // What is torn there is got again from the primary.
        replica.root("STOP SLAVE", "START SLAVE");
        replica.catchUp(primary);
        assertThat(trouble()).isEmpty();
    }

    @Test
    void aReplicaThatWasStopped() throws Exception {
        replica.root("STOP SLAVE SQL_THREAD");
        awaitFound(Kind.STOPPED, "Somebody has stopped its SQL thread.", "START SLAVE");
        replica.root("STOP SLAVE");
        awaitFound(Kind.STOPPED, "Somebody has stopped it", "START SLAVE");
    }
}
