package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;
import io.shoestring.model.NodeName;
import io.shoestring.model.RestartOrder;
import io.shoestring.sandbox.NodeRunner;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxOptions;
import io.shoestring.sandbox.Surroundings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** A node with MariaDB servers: the primary dies and is replaced, and what was promised holds. */
@Timeout(180)
class MariaDbNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicInteger next = new AtomicInteger();
    private final Set<Integer> acknowledged = new ConcurrentSkipListSet<>();

    private static NodeRunner.RunningNode start(Path configFile) throws Exception {
        return switch (ConfigReader.read(configFile)) {
            case ConfigReader.Sound(var config) ->
                    new Main.Running(NodeProcess.start(config, new NodeName("local"), configFile));
            case ConfigReader.Broken(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    @Test
    void clientsGoOnWhenThePrimaryDiesAndWhenItIsReplaced() throws Exception {
        try (Sandbox sandbox =
                Sandbox.start(
                        SandboxOptions.DEFAULT.with(Engine.MARIADB),
                        new Surroundings(
                                MariaDbNodeTest::start, line -> {}, log -> {}, Clock.system()))) {
            try (Connection connection = sandbox.connect("test");
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE t (i INT PRIMARY KEY)");
            }
            awaitHealthy(sandbox);
            Thread writer = Thread.ofVirtual().start(() -> write(sandbox));
            String first = sandbox.primary().orElseThrow();
            awaitWrites(50);

            ProcessHandle.of(sandbox.postmaster(first).orElseThrow())
                    .orElseThrow()
                    .destroyForcibly();
            awaitWrites(50);
            assertThat(sandbox.primary()).isPresent().get().isNotEqualTo(first);
            awaitHealthy(sandbox);

            sandbox.operations().switchover(new DatabaseName("app"), Optional.empty());
            await().atMost(PATIENCE).until(() -> sandbox.primary().equals(Optional.of(first)));
            awaitWrites(50);
            awaitHealthy(sandbox);
            restartsAll(sandbox);
            awaitWrites(50);
            done.set(true);
            writer.join();
            toldOf(sandbox);

            for (String member : sandbox.members().keySet()) {
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(rows(sandbox, member)).containsAll(acknowledged));
            }
        }
    }

    /** What the page draws its flow from, and where members are as MariaDB writes it. */
    private static void toldOf(Sandbox sandbox) {
        ClusterStatus status = sandbox.operations().status();
        assertThat(status.listeners())
                .singleElement()
                .satisfies(
                        listener -> {
                            assertThat(listener.database()).isEqualTo("app");
                            assertThat(listener.backend()).isEmpty();
                            assertThat(listener.onPrimary()).isGreaterThan(100);
                        });
        assertThat(status.databases().getFirst().members())
                .allSatisfy(member -> assertThat(member.position()).containsOnlyDigits())
                .filteredOn(member -> member.role().equals("replica"))
                .singleElement()
                .satisfies(
                        replica -> {
                            assertThat(replica.lagTransactions()).isPresent();
                            assertThat(replica.lagBytes()).isEmpty();
                        });
    }

    private static void restartsAll(Sandbox sandbox) {
        Map<String, OptionalLong> before = processes(sandbox);
        assertThat(
                        sandbox.operations()
                                .restart(
                                        new DatabaseName("app"),
                                        new RestartOrder(RestartOrder.Kind.NOW, Set.of(), false))
                                .accepted())
                .isTrue();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(processes(sandbox))
                                        .allSatisfy(
                                                (name, pid) ->
                                                        assertThat(pid)
                                                                .isPresent()
                                                                .isNotEqualTo(before.get(name))));
        await().atMost(PATIENCE)
                .until(
                        () ->
                                sandbox.database()
                                        .filter(it -> it.restart().isEmpty() && it.healthy())
                                        .isPresent());
        assertThat(sandbox.events().since(0, 1_000))
                .extracting(Event::text)
                .anyMatch(text -> text.contains("Rolling restart") && text.contains(" is done"));
    }

    private static Map<String, OptionalLong> processes(Sandbox sandbox) {
        return sandbox.members().keySet().stream()
                .collect(Collectors.toMap(name -> name, sandbox::postmaster));
    }

    private static void awaitHealthy(Sandbox sandbox) {
        await().atMost(PATIENCE)
                .until(() -> sandbox.database().filter(DatabaseStatus::healthy).isPresent());
    }

    private void awaitWrites(int more) {
        int wanted = acknowledged.size() + more;
        await().atMost(PATIENCE).until(() -> acknowledged.size() >= wanted);
    }

    /** One row after the other; of which it is not told that it is there, the next is tried. */
    private void write(Sandbox sandbox) {
        while (!done.get()) {
            try (Connection connection = sandbox.connect("writer");
                    Statement statement = connection.createStatement()) {
                while (!done.get()) {
                    int row = next.incrementAndGet();
                    statement.execute("INSERT INTO t VALUES (" + row + ")");
                    acknowledged.add(row);
                }
            } catch (SQLException e) {
                assertThat(e.getMessage()).contains("outcome unknown");
            }
        }
    }

    private static Set<Integer> rows(Sandbox sandbox, String member) throws SQLException {
        Set<Integer> rows = new ConcurrentSkipListSet<>();
        try (Connection connection = sandbox.access().connect(member, "app");
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT i FROM t")) {
            while (found.next()) {
                rows.add(found.getInt(1));
            }
        }
        return rows;
    }
}
