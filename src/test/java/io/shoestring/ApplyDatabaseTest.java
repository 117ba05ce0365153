package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.cli.ExitCode;
import io.shoestring.config.ConfigReader;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.MemberStatus;
import io.shoestring.model.NodeName;
import io.shoestring.sandbox.NodeRunner;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxOptions;
import io.shoestring.sandbox.Surroundings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** Members come and go by {@code shoestring apply}, and those who write notice nothing. */
@Timeout(150)
class ApplyDatabaseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path directory;
    private final AtomicReference<Path> file = new AtomicReference<>(Path.of(""));
    private final AtomicReference<Exception> trouble = new AtomicReference<>();
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicInteger rows = new AtomicInteger();

    private NodeRunner.RunningNode start(Path configFile) throws Exception {
        file.set(configFile);
        return switch (ConfigReader.read(configFile)) {
            case ConfigReader.Sound(var config) ->
                    new Main.Running(NodeProcess.start(config, new NodeName("local"), configFile));
            case ConfigReader.Broken(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    private TestMachine apply(UnaryOperator<String> change, int expected) throws Exception {
        var machine = new TestMachine(directory);
        Files.writeString(
                directory.resolve("next.yaml"), change.apply(Files.readString(file.get())));
        int code = machine.run("apply", "-c", file.get().toString(), "next.yaml");
        assertThat(code).as(machine.out + machine.err).isEqualTo(expected);
        return machine;
    }

    private static Connection connect(Sandbox sandbox) throws SQLException {
        return DriverManager.getConnection(sandbox.jdbcUrl(), Sandbox.USER, sandbox.password());
    }

    private void write(Sandbox sandbox) {
        try (Connection connection = connect(sandbox);
                Statement statement = connection.createStatement()) {
            while (!done.get()) {
                statement.execute("INSERT INTO t VALUES (1)");
                rows.incrementAndGet();
                Thread.sleep(2);
            }
        } catch (SQLException | InterruptedException e) {
            trouble.set(e);
        }
    }

    private static List<String> members(Sandbox sandbox) {
        return sandbox.database().map(DatabaseStatus::members).orElse(List.of()).stream()
                .map(MemberStatus::name)
                .toList();
    }

    private static void awaitSynchronous(Sandbox sandbox) {
        await().atMost(PATIENCE)
                .until(() -> sandbox.database().filter(DatabaseStatus::healthy).isPresent());
    }

    private static String line(String text, String start) {
        return text.lines().filter(it -> it.strip().startsWith(start)).findFirst().orElseThrow();
    }

    @Test
    void aMemberGoesAndComesWhileClientsWrite() throws Exception {
        try (Sandbox sandbox =
                Sandbox.start(
                        SandboxOptions.DEFAULT,
                        new Surroundings(this::start, line -> {}, log -> {}, Clock.system()))) {
            String primary = sandbox.primary().orElseThrow();
            String replica = primary.equals("a") ? "b" : "a";
            String before = Files.readString(file.get());
            try (Connection connection = connect(sandbox);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE t (i int)");
                Thread writer = Thread.ofVirtual().start(() -> write(sandbox));
                connection.setAutoCommit(false);
                statement.execute("CREATE TEMPORARY TABLE kept AS SELECT 7 AS seven");

                apply(text -> without(text, primary), ExitCode.NOT_WELL);
                apply(text -> without(text, replica), ExitCode.OK);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(members(sandbox)).containsExactly(primary));
                awaitWrites();
                apply(text -> before, ExitCode.OK);
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () ->
                                        assertThat(members(sandbox))
                                                .containsExactlyInAnyOrder("a", "b"));
                awaitSynchronous(sandbox);

                statement.execute("SELECT seven FROM kept");
                connection.commit();
                sandbox.operations().switchover(new DatabaseName("app"), Optional.empty());
                await().atMost(PATIENCE)
                        .until(() -> sandbox.primary().equals(Optional.of(replica)));
                awaitWrites();
                done.set(true);
                writer.join(PATIENCE);
                assertThat(trouble.get()).isNull();
            }
            try (Connection connection = connect(sandbox);
                    Statement statement = connection.createStatement();
                    var found = statement.executeQuery("SELECT count(*) FROM t")) {
                found.next();
                assertThat(found.getInt(1)).isEqualTo(rows.get());
            }
        }
    }

    private static String without(String text, String member) {
        return text.replace(line(text, member + ": { node: local") + "\n", "");
    }

    private void awaitWrites() {
        int before = rows.get();
        await().atMost(PATIENCE).until(() -> rows.get() > before + 20);
    }
}
