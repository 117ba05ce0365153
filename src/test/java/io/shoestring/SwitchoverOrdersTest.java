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
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** What the switchover command does beside a switchover now, with real servers. */
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
        var machine = new TestMachine(directory);
        String[] arguments = new String[more.length + 4];
        System.arraycopy(
                new String[] {"switchover", "-c", file.get().toString(), "app"},
                0,
                arguments,
                0,
                4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        assertThat(machine.run(arguments)).as(machine.out + machine.err).isEqualTo(expected);
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
            await().atMost(PATIENCE).until(() -> status(sandbox).planned().isPresent());
            assertThat(status(sandbox).planned()).get().asString().contains(nextYear() + "-01-01");
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
        }
    }

    /** Less than a year away, whenever this runs. */
    private static String nextYear() {
        return Integer.toString(java.time.Year.now(java.time.ZoneOffset.UTC).getValue() + 1);
    }
}
