package io.shoestring.sandbox.machines;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.testing.TestNetwork;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

@Timeout(60)
class MachineNetworkTest {
    @TempDir private Path directory;
    private MachineNetwork network;

    @BeforeEach
    void make() {
        network = TestNetwork.of("a", "b", "c");
    }

    @AfterEach
    void remove() {
        network.close();
    }

    private boolean hears(String from, String to) {
        Machine target = network.machine(to);
        return Command.attempt("", ping(from, target.address())).status() == 0;
    }

    /** A wire that has just come, or come back, takes its first packets when it is ready. */
    private void awaitThatItHears(String to) throws Exception {
        await(() -> hears("a", to));
    }

    private List<String> ping(String from, String address) {
        return List.of(
                "nsenter", "--net=/run/netns/" + namespaceOf(from), "ping", "-c1", "-W1", address);
    }

    private String namespaceOf(String machine) {
        return namespaces().stream()
                .filter(each -> each.endsWith("-" + machine))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> namespaces() {
        String own = "shoestring-trial-" + ProcessHandle.current().pid() + "-";
        return Command.run("ip", "netns")
                .lines()
                .map(line -> line.split(" ", -1)[0])
                .filter(each -> each.startsWith(own))
                .toList();
    }

    @Test
    void machinesHearEachOtherUntilOneIsIsolated() throws Exception {
        awaitThatItHears("b");
        assertThat(network.machine("a").whoHas("fd77::2")).contains(network.machine("b").mac());
        network.isolate("b");
        assertThat(hears("a", "b")).isFalse();
        awaitThatItHears("c");
        network.heal();
        awaitThatItHears("b");
    }

    @Test
    void aLongWireDelaysEachWay() {
        network.delay("a", Duration.ofMillis(150));
        assertThat(roundTripMillis("b", "a")).isBetween(300.0, 900.0);
        assertThat(roundTripMillis("b", "c")).isLessThan(150);
        network.heal();
        assertThat(roundTripMillis("b", "a")).isLessThan(150);
    }

    /** Of the second ping: the first also asks for the neighbour's hardware address. */
    private double roundTripMillis(String from, String to) {
        List<String> command =
                List.of(
                        "nsenter",
                        "--net=/run/netns/" + namespaceOf(from),
                        "ping",
                        "-c2",
                        "-i0.2",
                        "-W2",
                        network.machine(to).address());
        String second =
                Command.run(command.toArray(String[]::new))
                        .lines()
                        .filter(line -> line.contains("icmp_seq=2"))
                        .findFirst()
                        .orElseThrow();
        return Double.parseDouble(second.replaceAll(".*time=([0-9.]+) ms.*", "$1"));
    }

    @Test
    void aFrozenMachineGoesOnWhereItStood() throws Exception {
        Path log = directory.resolve("log");
        network.machine("a")
                .start(log, List.of("sh", "-c", "while :; do echo x; sleep 0.05; done"));
        await(() -> Files.exists(log) && Files.size(log) > 0);
        network.machine("a").freeze();
        Thread.sleep(100);
        long frozen = Files.size(log);
        Thread.sleep(300);
        assertThat(Files.size(log)).isEqualTo(frozen);
        network.machine("a").thaw();
        await(() -> Files.size(log) > frozen);
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        while (!condition.holds()) {
            Thread.sleep(10);
        }
    }

    @Test
    void aLinkIsCutInOneDirectionOnly() {
        assertThat(hears("a", "b")).isTrue();
        network.cutOneWay("a", "b");
        try (Capture capture = network.capture("icmp")) {
            assertThat(hears("b", "a")).isFalse();
            assertThat(capture.with("10.77.0.1 > 10.77.0.2", "echo reply"))
                    .as("a hears b, and answers")
                    .isNotEmpty();
        }
        assertThat(hears("b", "c")).isTrue();
        assertThat(hears("a", "c")).isTrue();
    }

    @Test
    void someOfThePacketsAreLost() {
        assertThat(hears("a", "b")).isTrue();
        network.lose(40, "b");
        String said =
                Command.attempt(
                                "",
                                List.of(
                                        "nsenter",
                                        "--net=/run/netns/" + namespaceOf("a"),
                                        "ping",
                                        "-q",
                                        "-c60",
                                        "-i0.01",
                                        "-W1",
                                        "10.77.0.2"))
                        .output();
        int received =
                Integer.parseInt(said.replaceAll("(?s).*transmitted, (\\d+) received.*", "$1"));
        assertThat(received).isBetween(5, 50);
    }

    @Test
    void aProcessIsStoppedResumedAndKilled() throws Exception {
        Path beats = directory.resolve("beats");
        MachineProcess process =
                network.machine("a")
                        .start(beats, List.of("sh", "-c", "while :; do echo x; sleep 0.01; done"));
        awaitGrowth(beats);
        process.stop();
        Thread.sleep(50);
        long stopped = Files.size(beats);
        Thread.sleep(100);
        assertThat(Files.size(beats)).isEqualTo(stopped);
        process.resume();
        awaitGrowth(beats);
        process.kill();
        assertThat(process.isAlive()).isFalse();
    }

    @Test
    void aProcessRunsAsAnotherUser() throws Exception {
        Path log = directory.resolve("log");
        MachineProcess process =
                network.machine("a")
                        .startAs(
                                "nobody",
                                log,
                                List.of("sh", "-c", "id -un; ip link set eth0 down"));
        while (process.isAlive()) {
            Thread.sleep(5);
        }
        assertThat(Files.readString(log)).startsWith("nobody\n").contains("not permitted");
    }

    @Test
    void aDiskIsFull() throws Exception {
        Machine machine = network.machine("a");
        machine.mountDisk(directory, 1);
        machine.fillDisk(directory);
        Path log = Files.createTempFile("machines", ".log");
        try {
            String file = directory + "/more";
            MachineProcess writer =
                    machine.start(log, List.of("dd", "if=/dev/zero", "of=" + file, "count=8"));
            while (writer.isAlive()) {
                Thread.sleep(5);
            }
            assertThat(Files.readString(log)).contains("No space left on device");
            machine.freeDisk(directory);
            machine.runIn("sh", "-c", "echo something > " + file);
            assertThat(machine.disk(Path.of(file))).hasContent("something");
            assertThat(directory).as("the same directory of the host").isEmptyDirectory();
        } finally {
            Files.delete(log);
        }
    }

    @Test
    void aMachineLosesItsPower() throws Exception {
        MachineProcess process =
                network.machine("b").start(directory.resolve("log"), List.of("sleep", "60"));
        network.machine("b").powerOff();
        process.kill();
        assertThat(hears("a", "b")).isFalse();
        network.machine("b").powerOn();
        // The wire is there at once; what was sent in the moment before is not sent again.
        await(() -> hears("a", "b"));
    }

    @Test
    void whatADeadTestLeftIsSweptAndWhatALivingOneHasIsNot() throws Exception {
        String left = "shoestring-trial-" + deadPid() + "-1-1-a";
        Command.run("ip", "netns", "add", left);
        Process forgotten = new ProcessBuilder("ip", "netns", "exec", left, "sleep", "60").start();
        while (Command.run("ip", "netns", "pids", left).isBlank()) {
            Thread.sleep(5);
        }
        MachineNetwork.sweep();
        assertThat(Command.run("ip", "netns")).doesNotContain(left);
        assertThat(forgotten.waitFor()).isEqualTo(137);
        assertThat(namespaces()).hasSize(4);
    }

    @Test
    void nothingIsLeft() {
        network.close();
        assertThat(namespaces()).isEmpty();
    }

    private static long deadPid() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        return process.pid();
    }

    private static void awaitGrowth(Path file) throws Exception {
        long before = Files.exists(file) ? Files.size(file) : 0;
        while (!Files.exists(file) || Files.size(file) <= before + 2) {
            Thread.sleep(5);
        }
    }
}
