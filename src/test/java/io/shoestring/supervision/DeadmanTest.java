package io.shoestring.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.database.postgresql.TestCluster;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What happens to a real server when the process beside it is killed, frozen, or ends. */
@Timeout(120)
class DeadmanTest {
    private static final int SOON_MILLIS = 1_500;
    private static final int LATER_MILLIS = 60_000;

    private final List<Process> nodes = new ArrayList<>();
    private TestCluster cluster;
    private Path directory;

    @BeforeEach
    void startServer() throws Exception {
        cluster = new TestCluster("a");
        cluster.startPrimary("a", 1);
        directory = Files.createDirectories(cluster.directory().resolve("node"));
    }

    @AfterEach
    void end() throws IOException {
        nodes.forEach(Process::destroyForcibly);
        if (deadman().isPresent()) {
            deadman().get().destroyForcibly();
        }
        cluster.close();
    }

    @Test
    void aServerWhoseNodeWasKilledIsStoppedAtItsDeadlineAndNoOtherIs() throws Exception {
        try (TestCluster other = new TestCluster("a")) {
            other.startPrimary("a", 1);
            node(SOON_MILLIS).destroyForcibly().waitFor();
            awaitServerStopped();
            assertThat(other.postmaster("a")).isPositive();
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> deadman().isEmpty());
        assertThat(directory.resolve("deadman.log"))
                .content()
                .contains("All processes of shop/a (" + cluster.data("a") + ") were killed");
    }

    @Test
    void aServerWhoseNodeIsFrozenIsStoppedAtItsDeadline() throws Exception {
        Process node = node(SOON_MILLIS);
        signal(node.pid(), "STOP");
        awaitServerStopped();
    }

    @Test
    void aServerWhoseNodeEndsOnPurposeGoesOn() throws Exception {
        Process node = node(LATER_MILLIS);
        node.getOutputStream().close();
        assertThat(node.waitFor()).isZero();
        assertThat(deadman()).isEmpty();
        assertThat(isServerAlive()).isTrue();
    }

    @Test
    void theWatchdogIsLeftAloneWhileALeaseIsNotRenewedUntilTheServerIsStopped() throws Exception {
        Process shell = shell();
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.size(watchdog()) >= 2);
        shell.outputWriter().append(DeadmanProgram.MEMBER + " " + (uptime() + 300) + "\n").flush();
        long calmed = 0;
        long longest = 0;
        long before = uptime();
        while (cluster.runs("a")) {
            long now = uptime();
            if (Files.size(watchdog()) != calmed) {
                calmed = Files.size(watchdog());
                before = now;
            }
            longest = Math.max(longest, now - before);
            Thread.sleep(20);
        }
        assertThat(longest).as("hundredths of a second without a sign").isGreaterThan(150);
        long stopped = Files.size(watchdog());
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.size(watchdog()) > stopped);
        assertThat(watchdog()).content().doesNotContain("V");
        shell.outputWriter().append("end\n").close();
        assertThat(shell.waitFor()).isZero();
        assertThat(watchdog()).content().endsWith("V");
    }

    /** Without a node's process around the shell: that one starts slowly on a machine at work. */
    @Test
    void whatANodeThatComesBackSaysCountsInsteadOfWhatWasSaidBefore() throws Exception {
        Process first = shell();
        long deadline = uptime() + 600;
        first.outputWriter().append(DeadmanProgram.MEMBER + " " + deadline + "\n").close();
        Process second = shell();
        assertThat(first.waitFor()).isZero();
        second.outputWriter()
                .append(DeadmanProgram.MEMBER + " " + (deadline + 60_000) + "\n")
                .flush();
        await().atMost(Duration.ofSeconds(30)).until(() -> uptime() > deadline + 100);
        assertThat(isServerAlive()).isTrue();
        second.outputWriter().append("end\n").close();
        assertThat(second.waitFor()).isZero();
    }

    @Test
    void aNodeThatComesBackAndDoesNotRenewDoesNotKeepItsServer() throws Exception {
        node(2_500).destroyForcibly().waitFor();
        node(-1);
        awaitServerStopped();
    }

    @Test
    void aDeadmanThatWasKilledIsReplacedAndKnowsAll() throws Exception {
        Process node = node(4_000);
        ProcessHandle before = deadman().orElseThrow();
        before.destroyForcibly();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> events().contains("The deadman is there again."));
        assertThat(events()).contains("The deadman does not work");
        assertThat(deadman().orElseThrow().pid()).isNotEqualTo(before.pid());
        node.destroyForcibly().waitFor();
        awaitServerStopped();
    }

    /** A file that stands in for the device: this kernel has none that one could try. */
    private Path watchdog() {
        return directory.resolve("watchdog");
    }

    private Process shell() throws IOException {
        Path script = directory.resolve("tried.sh");
        if (!Files.exists(script)) {
            Files.copy(
                    Objects.requireNonNull(Deadman.class.getResourceAsStream("deadman.sh")),
                    script);
        }
        Process shell =
                new ProcessBuilder(
                                "setsid",
                                "bash",
                                script.toString(),
                                directory.toString(),
                                watchdog().toString(),
                                DeadmanProgram.MEMBER,
                                cluster.data("a").toString(),
                                "")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        nodes.add(shell);
        assertThat(shell.inputReader().readLine()).isEqualTo("ready");
        return shell;
    }

    /** In hundredths of a second. */
    private static long uptime() throws IOException {
        String text = Files.readString(Path.of("/proc/uptime"));
        return Long.parseLong(text.substring(0, text.indexOf(' ')).replace(".", ""));
    }

    private Process node(int millis) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                DeadmanProgram.class.getName(),
                                directory.toString(),
                                cluster.data("a").toString()));
        if (millis >= 0) {
            command.add("" + millis);
        }
        Process node =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        nodes.add(node);
        BufferedReader said = node.inputReader();
        String line = said.readLine();
        while (line != null && !line.equals("guarding")) {
            line = said.readLine();
        }
        assertThat(line).isEqualTo("guarding");
        return node;
    }

    private Optional<ProcessHandle> deadman() throws IOException {
        Path file = directory.resolve("deadman.pid");
        return Files.exists(file)
                ? ProcessHandle.of(Long.parseLong(Files.readString(file).split(" ", 2)[0]))
                        .filter(ProcessHandle::isAlive)
                : Optional.empty();
    }

    private String events() throws IOException {
        return Files.readString(directory.resolve("events.jsonl"));
    }

    private boolean isServerAlive() {
        return ProcessHandle.of(cluster.postmaster("a")).filter(ProcessHandle::isAlive).isPresent();
    }

    private void awaitServerStopped() {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> !cluster.runs("a"));
    }

    private static void signal(long pid, String signal) {
        Program.run(Path.of("/"), List.of("kill", "-" + signal, "" + pid)).sound();
    }
}
