package io.shoestring.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.testing.machines.Capture;
import io.shoestring.testing.machines.Machine;
import io.shoestring.testing.machines.MachineNetwork;
import io.shoestring.testing.machines.MachineProcess;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Machines a and b may have the address; c is a client. Everything is seen from the wire. */
@Timeout(60)
class VirtualAddressTest {
    private static final String V4 = "10.77.0.100";
    private static final String V6 = "fd77::100";
    private static final String LONG_LEASE = "60000";

    @TempDir private Path directory;
    private MachineNetwork network;
    private Machine a;
    private Machine b;
    private Machine client;

    @BeforeEach
    void make() {
        network = MachineNetwork.of("a", "b", "c");
        a = network.machine("a");
        b = network.machine("b");
        client = network.machine("c");
    }

    @AfterEach
    void remove() {
        if (network != null) {
            network.close();
        }
    }

    @ParameterizedTest
    @CsvSource({V4 + "/24," + V4, V6 + "/64," + V6})
    void isAskedForThenSetThenAnnouncedAndTakenAwayAtOnce(String written, String address)
            throws Exception {
        try (Capture capture = network.capture("arp or icmp6")) {
            MachineProcess node = start(a, "a,b", written);
            assertThat(client.whoHas(address)).isEmpty();
            node.tell("primary a 7 " + LONG_LEASE);
            await(() -> a.has(address));
            assertThat(client.whoHas(address)).contains(a.mac());
            await(() -> log(a).contains("on a now: a has the primary of shop."));
            // Announced at 0 and 1 s.
            await(() -> announcements(capture, a, address) >= 2);
            assertThat(probes(capture, address)).isEqualTo(3);

            node.tell("none");
            await(() -> log(a).contains("was taken from a: shop has no primary at this moment."));
            assertThat(a.has(address)).isFalse();
            assertThat(client.whoHas(address)).isEmpty();
            assertThat(lastMicros(a, "published in")).isLessThan(50_000);
        }
    }

    @ParameterizedTest
    @CsvSource({V4 + "/24," + V4, V6 + "/64," + V6})
    void aForeignOwnerIsFoundBeforeTheClaim(String written, String address) throws Exception {
        give(b, written);
        try (Capture capture = network.capture("arp or icmp6")) {
            MachineProcess node = start(a, "a", written);
            node.tell("primary a 7 " + LONG_LEASE);
            await(() -> log(a).contains("another machine has it: " + b.mac() + " answers on eth0"));
            assertThat(a.has(address)).isFalse();
            assertThat(announcements(capture, a, address)).isZero();
            node.tell("status");
            await(() -> log(a).contains("state=refused"));
            assertThat(client.whoHas(address)).contains(b.mac());

            b.ip("addr", "del", written, "dev", "eth0");
            await(() -> a.has(address));
            assertThat(client.whoHas(address)).contains(a.mac());
        }
        assertThat(log(a).split("another machine has it", -1)).as("told once").hasSizeLessThan(5);
    }

    @ParameterizedTest
    @CsvSource({V4 + "/24," + V4, V6 + "/64," + V6})
    void anotherMachineThatTakesItLaterIsToldAndItIsDefended(String written, String address)
            throws Exception {
        MachineProcess node = start(a, "a", written);
        node.tell("primary a 7 " + LONG_LEASE);
        await(() -> a.has(address));
        client.whoHas(address);
        give(b, written);
        // Whatever it sends from that address gives it away.
        b.start(
                directory.resolve("rival.log"),
                List.of(
                        "ping",
                        "-i0.2",
                        "-I",
                        address,
                        written.contains(":") ? client.address6() : client.address()));
        await(() -> log(a).contains("Another machine uses address"));
        assertThat(log(a)).contains("ERROR 7 ").contains(b.mac() + " on eth0");
        node.tell("status");
        await(() -> log(a).contains("state=contested"));
    }

    @Test
    void clientsLearnTheNewMachineWithoutAsking() throws Exception {
        MachineProcess first = start(a, "a,b", V4 + "/24");
        MachineProcess second = start(b, "a,b", V4 + "/24");
        first.tell("primary a 7 " + LONG_LEASE);
        second.tell("primary a 7 " + LONG_LEASE);
        await(() -> a.has(V4));
        assertThat(client.whoHas(V4)).contains(a.mac());
        first.tell("none");
        second.tell("none");
        second.tell("primary b 8 " + LONG_LEASE);
        await(() -> b.has(V4));
        assertThat(a.has(V4)).isFalse();
        await(() -> client.neighbours().contains(V4 + " lladdr " + b.mac()));
    }

    @Test
    void itIsGoneAtTheDeadlineOfALeaseThatIsNotRenewed() throws Exception {
        MachineProcess node = start(a, "a,b", V4 + "/24");
        node.tell("primary a 7 2000");
        await(() -> a.has(V4));
        await(() -> log(a).contains("was taken from a: its lease could not be renewed in time."));
        assertThat(a.has(V4)).isFalse();
    }

    @Test
    void theKernelTakesItFromAStoppedProcess() throws Exception {
        MachineProcess node = start(a, "a,b", V4 + "/24", V6 + "/64");
        node.tell("primary a 7 3000");
        await(() -> a.has(V4) && a.has(V6));
        node.stop();
        long stopped = System.nanoTime();
        await(() -> !a.has(V4) && !a.has(V6));
        assertThat(System.nanoTime() - stopped).isLessThan(5_000_000_000L);
        node.resume();
        await(
                () ->
                        log(a).contains("it was not Shoestring that took it away")
                                || log(a).contains("could not be renewed"));
        assertThat(a.has(V4)).isFalse();
    }

    @Test
    void aRenewedLeaseKeepsItAlthoughTheKernelWouldTakeIt() throws Exception {
        MachineProcess node = start(a, "a,b", V4 + "/24");
        for (int i = 0; i < 16; i++) {
            node.tell("primary a 7 2000");
            Thread.sleep(250);
            if (i > 2) {
                assertThat(a.has(V4)).isTrue();
            }
        }
        assertThat(log(a).lines().filter(line -> line.startsWith("INFO 7 "))).hasSize(1);
    }

    @Test
    void aMachineThatCanOnlyHaveItItselfKeepsItThroughAnInterruption() throws Exception {
        MachineProcess node = start(a, "a", V4 + "/24");
        node.tell("none");
        await(() -> log(a).contains("published"));
        assertThat(a.has(V4)).isFalse();
        node.tell("primary a 7 500");
        await(() -> a.has(V4));
        node.tell("none");
        Thread.sleep(1_000);
        assertThat(a.has(V4)).isTrue();
        assertThat(client.whoHas(V4)).contains(a.mac());
    }

    @Test
    void aKilledProcessLeavesItAndTheNextOneRemovesIt() throws Exception {
        MachineProcess killed = start(a, "a", V4 + "/24", V6 + "/64");
        killed.tell("primary a 7 " + LONG_LEASE);
        await(() -> a.has(V4) && a.has(V6));
        killed.kill();
        assertThat(client.whoHas(V4)).contains(a.mac());
        Files.delete(logFile(a));

        MachineProcess next = start(a, "a", V4 + "/24", V6 + "/64");
        assertThat(a.has(V4)).isFalse();
        assertThat(a.has(V6)).isFalse();
        assertThat(log(a)).contains("Address " + V4 + " was still on eth0 of a");
        next.tell("primary a 8 " + LONG_LEASE);
        await(() -> a.has(V4) && a.has(V6));
        next.end();
    }

    @Test
    void whatAnotherProgramTakesAwayIsClaimedAnew() throws Exception {
        MachineProcess node = start(a, "a", V4 + "/24");
        node.tell("primary a 7 " + LONG_LEASE);
        await(() -> a.has(V4));
        a.ip("addr", "del", V4 + "/24", "dev", "eth0");
        await(() -> log(a).contains("it was not Shoestring that took it away"));
        await(() -> a.has(V4));
    }

    @Test
    void whatTheMachineHasOfItselfIsLeftAlone() throws Exception {
        give(a, V4 + "/24");
        MachineProcess node = start(a, "a", V4 + "/24");
        node.tell("primary a 7 " + LONG_LEASE);
        await(() -> log(a).contains("It is already set on eth0, and not by Shoestring"));
        node.tell("none");
        Thread.sleep(200);
        assertThat(a.has(V4)).isTrue();
    }

    @Test
    void anInterfaceThatGoesDownAndComesUpHasItAgain() throws Exception {
        MachineProcess node = start(a, "a", V4 + "/24", V6 + "/64");
        node.tell("primary a 7 " + LONG_LEASE);
        await(() -> a.has(V4) && a.has(V6));
        a.ip("link", "set", "eth0", "down");
        await(() -> log(a).contains("interface is down"));
        assertThat(a.has(V4)).isFalse();
        a.ip("link", "set", "eth0", "up");
        await(() -> a.has(V4));
        await(() -> client.whoHas(V4).equals(java.util.Optional.of(a.mac())));
    }

    @Test
    void withoutRightsItSaysWhichAreMissing() throws Exception {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--bounding-set=-net_admin,-net_raw", "--"));
        command.addAll(command("a", directory.resolve("state-a"), "a", V4 + "/24"));
        MachineProcess node = a.start(logFile(a), command);
        await(() -> log(a).contains("ready"));
        node.tell("primary a 7 " + LONG_LEASE);
        await(() -> log(a).contains("CAP_NET_ADMIN and CAP_NET_RAW"));
    }

    private static void give(Machine machine, String written) {
        List<String> command = new ArrayList<>(List.of("addr", "add", written, "dev", "eth0"));
        if (written.contains(":")) {
            command.add("nodad");
        }
        machine.ip(command.toArray(String[]::new));
    }

    private MachineProcess start(Machine machine, String candidates, String... addresses) {
        Path state = directory.resolve("state-" + machine.name());
        MachineProcess process =
                machine.start(
                        logFile(machine), command(machine.name(), state, candidates, addresses));
        await(() -> log(machine).contains("ready"));
        return process;
    }

    private static List<String> command(
            String node, Path state, String candidates, String... addresses) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                AddressProgram.class.getName(),
                                node,
                                state.toString(),
                                candidates));
        command.addAll(List.of(addresses));
        return command;
    }

    private Path logFile(Machine machine) {
        return directory.resolve(machine.name() + ".log");
    }

    private String log(Machine machine) {
        try {
            return Files.exists(logFile(machine)) ? Files.readString(logFile(machine)) : "";
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private long lastMicros(Machine machine, String what) {
        return log(machine)
                .lines()
                .filter(line -> line.startsWith(what))
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .reduce((one, other) -> other)
                .orElseThrow();
    }

    private static int probes(Capture capture, String address) {
        return address.contains(":")
                ? capture.with(":: > ff02::1:ff00:100", "who has " + address).size()
                : capture.with("who-has " + address + " tell 0.0.0.0").size();
    }

    private static int announcements(Capture capture, Machine from, String address) {
        return address.contains(":")
                ? capture.with(from.mac() + " > 33:33:", "tgt is " + address).size()
                : capture.with(from.mac(), "who-has " + address + " tell " + address).size();
    }

    private void await(BooleanSupplier condition) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() < end)
                    .as("in time; a: " + log(a) + "b: " + log(b))
                    .isTrue();
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
