package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.cli.ExitCode;
import io.shoestring.config.ConfigReader;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.NodeName;
import io.shoestring.sandbox.NodeRunner;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxOptions;
import io.shoestring.sandbox.Surroundings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** What the commands for planned changes do beside a switchover now, with real servers. */
@Timeout(150)
class SwitchoverOrdersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path directory;
    private final AtomicReference<Path> file = new AtomicReference<>(Path.of(""));

    private NodeRunner.RunningNode start(Path configFile) throws Exception {
        file.set(configFile);
        return switch (ConfigReader.read(configFile)) {
            case ConfigReader.Sound(var config) ->
                    new Main.Running(NodeProcess.start(config, new NodeName("local"), configFile));
            case ConfigReader.Broken(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    private TestMachine switchover(int expected, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("app"));
        arguments.addAll(List.of(more));
        return ran("switchover", expected, arguments.toArray(String[]::new));
    }

    private TestMachine ran(String command, int expected, String... more) throws Exception {
        var machine = new TestMachine(directory);
        List<String> arguments = new ArrayList<>(List.of(command, "-c", file.get().toString()));
        arguments.addAll(List.of(more));
        assertThat(machine.run(arguments.toArray(String[]::new)))
                .as(machine.out + machine.err)
                .isEqualTo(expected);
        return machine;
    }

    private static DatabaseStatus status(Sandbox sandbox) {
        return sandbox.database().orElseThrow();
    }

    @Test
    void aSwitchoverIsCheckedRehearsedPlannedAndCancelled() throws Exception {
        try (Sandbox sandbox =
                Sandbox.start(
                        SandboxOptions.DEFAULT,
                        new Surroundings(this::start, line -> {}, log -> {}, Clock.system()))) {
            await().atMost(PATIENCE).until(() -> status(sandbox).healthy());
            String primary = sandbox.primary().orElseThrow();
            String replica = primary.equals("a") ? "b" : "a";
            long epoch = status(sandbox).epoch();

            assertThat(switchover(ExitCode.OK, "--check").out)
                    .contains(primary + " hands over to " + replica, "nothing prevents it");
            assertThat(switchover(ExitCode.NOT_WELL, "--check", "--to", "c").err)
                    .contains("would be refused", "no member c");

            try (Connection connection = sandbox.connect("writer");
                    Statement statement = connection.createStatement()) {
                assertThat(switchover(ExitCode.OK, "--rehearse").out)
                        .contains("went well", "writes were held for");
                statement.execute("CREATE TABLE t (i int)");
                statement.execute("BEGIN");
                statement.execute("INSERT INTO t VALUES (1)");
                assertThat(switchover(ExitCode.NOT_WELL, "--rehearse").err)
                        .contains("1 transaction was still open after 5 s");
                statement.execute("COMMIT");
            }
            assertThat(status(sandbox).epoch()).isEqualTo(epoch);
            assertThat(sandbox.primary()).contains(primary);

            assertThat(switchover(ExitCode.USAGE, "--at", "teatime").err).contains("is no time");
            assertThat(switchover(ExitCode.NOT_WELL, "--at", "2020-01-01T00:00").err)
                    .contains("has to be in the future");
            switchover(ExitCode.OK, "--at", "2026-01-01T00:00".replace("2026", nextYear()));
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(status(sandbox).planned())
                                            .get()
                                            .asString()
                                            .contains(nextYear() + "-01-01"));
            assertThat(switchover(ExitCode.NOT_WELL, "--at", "03:00").err)
                    .contains("There is already switchover");
            switchover(ExitCode.OK, "--cancel");
            await().atMost(PATIENCE).until(() -> status(sandbox).planned().isEmpty());
            assertThat(switchover(ExitCode.NOT_WELL, "--cancel").err).contains("is planned");

            Instant soon = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.SECONDS);
            switchover(ExitCode.OK, "--to", replica, "--at", soon.toString());
            await().atMost(PATIENCE).until(() -> sandbox.primary().equals(Optional.of(replica)));
            assertThat(Instant.now()).isAfterOrEqualTo(soon);
            assertThat(status(sandbox).planned()).isEmpty();
            restartsAllForASettingAndNoClientNotices(sandbox);
        }
    }

    private void restartsAllForASettingAndNoClientNotices(Sandbox sandbox) throws Exception {
        await().atMost(PATIENCE).until(() -> status(sandbox).healthy());
        for (String member : sandbox.members().keySet()) {
            direct(sandbox, member, "ALTER SYSTEM SET max_locks_per_transaction = 100");
            direct(sandbox, member, "SELECT pg_reload_conf()");
        }
        await().atMost(PATIENCE)
                .until(
                        () ->
                                status(sandbox).members().stream()
                                        .allMatch(
                                                it ->
                                                        it.pendingRestart()
                                                                .contains(
                                                                        "max_locks_per_transaction")));
        assertThat(ran("status", ExitCode.OK).out).contains("restart is pending for");
        assertThat(ran("restart", ExitCode.NOT_WELL, "app", "--cancel").err).contains("on its way");
        assertThat(ran("restart", ExitCode.OK, "app", "--check").out).contains("It would restart ");
        AtomicReference<Optional<SQLException>> error = new AtomicReference<>(Optional.empty());
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        Thread client =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        while (!over.get()) {
                                            useOnce(sandbox, over, written);
                                        }
                                    } catch (SQLException e) {
                                        error.set(Optional.of(e));
                                    }
                                });
        String told = ran("restart", ExitCode.OK, "app", "--pending").out;
        over.set(true);
        client.join();
        assertThat(told).contains("(1 of 2)", "(2 of 2)", "hand over", "is done");
        assertThat(error.get()).isEmpty();
        assertThat(written.get()).isGreaterThan(10);
        for (String member : sandbox.members().keySet()) {
            assertThat(direct(sandbox, member, "SHOW max_locks_per_transaction")).isEqualTo("100");
        }
        assertThat(ran("restart", ExitCode.NOT_WELL, "app", "--pending").err)
                .contains("No setting of a member waits");
    }

    /** A connection that stays through all of it, with writes and with reads of a replica. */
    private static void useOnce(Sandbox sandbox, AtomicBoolean over, AtomicInteger written)
            throws SQLException {
        try (Connection connection = sandbox.connect("client");
                Statement statement = connection.createStatement()) {
            while (!over.get()) {
                statement.execute("INSERT INTO t VALUES (2)");
                written.incrementAndGet();
                statement.execute("SELECT count(*) FROM t");
            }
        }
    }

    private static String direct(Sandbox sandbox, String member, String sql) throws SQLException {
        try (Connection connection = sandbox.access().connect(member, "postgres");
                Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            ResultSet rows = statement.getResultSet();
            rows.next();
            return rows.getString(1);
        }
    }

    /** Less than a year away, whenever this runs. */
    private static String nextYear() {
        return Integer.toString(java.time.Year.now(java.time.ZoneOffset.UTC).getValue() + 1);
    }
}
