package io.shoestring.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.base.Clock;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

@Timeout(120)
class SandboxTest {
    private final List<Path> directories = new ArrayList<>();

    @Test
    void servesAndLeavesNoProcessAndNoFileBehind() throws Exception {
        List<Long> pids = new ArrayList<>();
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.DEFAULT, with(PlainNode::new))) {
            sandbox.members()
                    .keySet()
                    .forEach(name -> pids.add(sandbox.postmaster(name).orElseThrow()));
            JsonNode sheet = JsonMapper.shared().readTree(sandbox.sheet().json());

            assertThat(sheet.propertyNames())
                    .containsExactly(
                            "listener",
                            "members",
                            "user",
                            "password",
                            "database",
                            "admin",
                            "token",
                            "config",
                            "pids");
            assertThat(sheet.at("/members/a/role").asString()).isEqualTo("primary");
            assertThat(sheet.at("/members/b/role").asString()).isEqualTo("replica");
            assertThat(sheet.at("/pids/b").asLong()).isEqualTo(pids.get(1));
            assertThat(sheet.at("/pids/shoestring").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(sheet.at("/token").asString()).isEqualTo("a-token");
            assertThat(Path.of(sheet.at("/config").asString())).exists();
            try (var connection =
                            DriverManager.getConnection(
                                    "jdbc:postgresql://"
                                            + sheet.at("/listener").asString()
                                            + "/"
                                            + sheet.at("/database").asString(),
                                    sheet.at("/user").asString(),
                                    sheet.at("/password").asString());
                    var statement = connection.createStatement()) {
                statement.execute("create table t as select 1");
            }
        }
        assertNothingIsLeft();
        assertThat(pids).noneMatch(SandboxTest::isAlive);
    }

    @Test
    void aNodeThatDoesNotStartLeavesNothingEither() {
        NodeRunner runner =
                file -> {
                    new PlainNode(file);
                    throw new IllegalStateException("the node does not like it");
                };

        assertThatThrownBy(() -> Sandbox.start(SandboxOptions.DEFAULT, with(runner)))
                .isInstanceOf(SandboxException.class)
                .hasMessageStartingWith("the node does not like it");
        assertNothingIsLeft();
    }

    @Test
    void aStartThatIsInterruptedLeavesNothingEither() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        NodeRunner runner =
                file -> {
                    NodeRunner.RunningNode node = new PlainNode(file);
                    started.countDown();
                    new CountDownLatch(1).await();
                    return node;
                };
        Thread starter =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        Sandbox.start(SandboxOptions.DEFAULT, with(runner));
                                    } catch (SandboxException e) {
                                        thrown.set(e);
                                    }
                                });
        assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();

        starter.interrupt();
        starter.join();

        assertThat(thrown.get()).hasMessageContaining("interrupted");
        assertNothingIsLeft();
    }

    @Test
    void aShellThatStandsInTheDirectoryAndAServerElsewhereAreNotTouched() throws Exception {
        Process shell;
        try (Sandbox sandbox = Sandbox.start(alone(), with(PlainNode::new))) {
            Path directory = sandbox.sheet().config().resolveSibling("members");
            shell =
                    new ProcessBuilder("sh", "-c", "sleep 60; : " + directory + "/a")
                            .directory(directory.toFile())
                            .start();
        }
        assertThat(shell.isAlive()).isTrue();
        shell.destroyForcibly();
        assertNothingIsLeft();
    }

    @Test
    void keepsTheDirectoryWhenAskedTo() throws Exception {
        SandboxOptions options =
                new SandboxOptions(
                        new Endpoint("127.0.0.1", 0), 0, true, Reads.REPLICAS, Optional.empty());
        try (Sandbox sandbox = Sandbox.start(options, with(PlainNode::new))) {
            assertThat(sandbox.members()).containsOnlyKeys("a");
        }
        Path directory = directories.getFirst();

        assertThat(directory.resolve("members/a/PG_VERSION")).exists();
        assertThat(directory.resolve("members/a/postmaster.pid")).doesNotExist();
        assertThat(new ProcessBuilder("rm", "-r", directory.toString()).start().waitFor()).isZero();
    }

    @Test
    void saysWhichAddressIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Endpoint listen = new Endpoint("127.0.0.1", taken.getLocalPort());

            assertThatThrownBy(
                            () ->
                                    Sandbox.start(
                                            new SandboxOptions(
                                                    listen,
                                                    0,
                                                    false,
                                                    Reads.REPLICAS,
                                                    Optional.empty()),
                                            with(PlainNode::new)))
                    .isInstanceOf(SandboxException.class)
                    .hasMessageContaining(listen + " cannot be bound")
                    .hasMessageContaining("--listen");
        }
        assertThat(directories).isEmpty();
    }

    private static SandboxOptions alone() {
        return new SandboxOptions(
                new Endpoint("127.0.0.1", 0), 0, false, Reads.REPLICAS, Optional.empty());
    }

    private Surroundings with(NodeRunner runner) {
        return new Surroundings(
                runner,
                line -> {},
                log -> directories.add(java.util.Objects.requireNonNull(log.getParent())),
                Clock.system());
    }

    private void assertNothingIsLeft() {
        assertThat(directories).hasSize(1);
        Path directory = directories.getFirst();
        assertThat(Files.exists(directory)).isFalse();
        assertThat(
                        new ServerProcesses(
                                        directory.resolve("members"),
                                        new PostgresKit(),
                                        Clock.system())
                                .running())
                .isEmpty();
    }

    /** One that has ended but was not yet noticed by its parent has no program any more. */
    private static boolean isAlive(long pid) {
        return Files.isReadable(Path.of("/proc/" + pid + "/exe"));
    }
}
