package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** Who copies the server, or reads its log, through a listener whose clients share connections. */
@Timeout(60)
class ReplicationClientTest {
    private static PostgresPair pair;
    private static ProxyUnderTest proxy;

    @TempDir Path directory;

    @BeforeAll
    static void start() throws Exception {
        pair = PostgresPair.start();
        proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.REPLICAS,
                        Duration.ofSeconds(5),
                        Authentication.PASSWORD,
                        ProxyUnderTest.shared(1));
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        pair.close();
    }

    private static Connection subscriber() throws SQLException {
        return proxy.connect(
                "replication=database&assumeMinServerVersion=15&preferQueryMode=simple");
    }

    /** The temporary slot of one request is there for the next, whoever else asks meanwhile. */
    @Test
    void theLogIsStreamedAndNoSwitchoverWaitsForIt() throws Exception {
        try (Connection subscriber = subscriber();
                Connection other = proxy.connect()) {
            var replication = subscriber.unwrap(PGConnection.class).getReplicationAPI();
            LogSequenceNumber from =
                    replication
                            .createReplicationSlot()
                            .physical()
                            .withSlotName("passing")
                            .withTemporaryOption()
                            .make()
                            .getConsistentPoint();
            assertThat(from).isNotNull();
            other.createStatement().execute("CREATE TABLE log (x text)");
            try (PGReplicationStream stream =
                    replication
                            .replicationStream()
                            .physical()
                            .withSlotName("passing")
                            .withStartPosition(start(other))
                            .start()) {
                await().untilAsserted(() -> assertThat(proxy.openTransactions()).isZero());
                other.createStatement().execute("INSERT INTO log VALUES ('marked-in-the-log')");
                readUntil(stream, "marked-in-the-log");
                assertThat(proxy.openTransactions()).isZero();
            }
            subscriber.createStatement().execute("IDENTIFY_SYSTEM");
            await().untilAsserted(() -> assertThat(proxy.openTransactions()).isZero());
        }
    }

    private static LogSequenceNumber start(Connection connection) throws SQLException {
        try (var rows =
                connection.createStatement().executeQuery("SELECT pg_current_wal_flush_lsn()")) {
            rows.next();
            return LogSequenceNumber.valueOf(rows.getString(1));
        }
    }

    private static void readUntil(PGReplicationStream stream, String text) throws SQLException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(text) < 0) {
            ByteBuffer bytes = requireNonNull(stream.read(), "the stream has ended");
            while (bytes.hasRemaining()) {
                seen.append((char) bytes.get());
            }
        }
    }

    @Test
    void aServerIsCopied() throws Exception {
        var builder =
                new ProcessBuilder(
                        pair.program("pg_basebackup").toString(),
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(proxy.port()),
                        "-U",
                        PostgresPair.SUPERUSER,
                        "-D",
                        directory.resolve("copy").toString(),
                        "-X",
                        "stream",
                        "-c",
                        "fast");
        builder.environment().put("PGPASSWORD", PostgresPair.PASSWORD);
        Process copying = builder.redirectErrorStream(true).start();
        String said = new String(copying.getInputStream().readAllBytes(), UTF_8);
        assertThat(copying.waitFor()).as(said).isZero();
        assertThat(directory.resolve("copy/PG_VERSION")).exists();
        assertThat(directory.resolve("copy/backup_manifest")).exists();
    }
}
