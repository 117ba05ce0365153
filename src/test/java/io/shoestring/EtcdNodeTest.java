package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.config.ConfigReader;
import io.shoestring.consensus.etcd.Etcd;
import io.shoestring.model.NodeName;
import io.shoestring.sandbox.NodeRunner;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxOptions;
import io.shoestring.sandbox.Surroundings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/** A whole node and a real PostgreSQL pair, with the memory in a real etcd. */
@Timeout(120)
class EtcdNodeTest {
    @TempDir private Path directory;

    @Test
    void failsOverByTheLeaseInTheEtcdAndSurvivesItsRestart() throws Exception {
        Etcd etcd = Etcd.start(directory, 1);
        try (Sandbox sandbox =
                Sandbox.start(
                        SandboxOptions.DEFAULT,
                        new Surroundings(
                                file -> start(file, etcd),
                                line -> {},
                                log -> {},
                                Clock.system()))) {
            write(sandbox, "CREATE TABLE t (i int)");
            assertThat(leases(etcd)).contains("\"kvs\"");
            Optional<String> before = sandbox.primary();
            long pid = sandbox.postmaster(before.orElseThrow()).orElseThrow();
            new ProcessBuilder("kill", "-9", Long.toString(pid)).start().waitFor();
            write(sandbox, "INSERT INTO t VALUES (1)");
            assertThat(sandbox.primary()).isPresent().isNotEqualTo(before);

            etcd.kill("e0");
            // Longer than the lease: the node has stopped writes by itself, and holds them now.
            Thread.sleep(8_000);
            etcd.start("e0");
            write(sandbox, "INSERT INTO t VALUES (2)");
        } finally {
            etcd.close();
        }
    }

    private static NodeRunner.RunningNode start(Path file, Etcd etcd) throws Exception {
        Files.writeString(
                file,
                "consensus:\n  etcd: [ \"" + etcd.endpoints().getFirst() + "\" ]\n",
                StandardOpenOption.APPEND);
        return switch (ConfigReader.read(file)) {
            case ConfigReader.Sound(var config) ->
                    new Main.Running(NodeProcess.start(config, new NodeName("local"), file));
            case ConfigReader.Broken(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    private static String leases(Etcd etcd) throws Exception {
        String key = base64("shoestring/sandbox/leases/");
        String end = base64("shoestring/sandbox/leases0");
        return etcd.post(
                "e0", "/v3/kv/range", "{\"key\":\"" + key + "\",\"range_end\":\"" + end + "\"}");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Through the listener, which waits while there is no primary. */
    private static void write(Sandbox sandbox, String sql) {
        await().atMost(Duration.ofSeconds(40))
                .ignoreExceptions()
                .untilAsserted(
                        () -> {
                            try (Connection connection =
                                            DriverManager.getConnection(
                                                    sandbox.jdbcUrl(),
                                                    Sandbox.USER,
                                                    sandbox.password());
                                    Statement statement = connection.createStatement()) {
                                statement.execute(sql);
                            }
                        });
    }
}
