package io.shoestring.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.AddressStatus;
import io.shoestring.sandbox.machines.Capture;
import io.shoestring.sandbox.machines.Machine;
import io.shoestring.sandbox.machines.MachineNetwork;
import io.shoestring.sandbox.machines.MachineProcess;
import io.shoestring.testing.TestNetwork;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Machines a and b may have the address; c is a client. Everything is seen from the wire. */
@Timeout(60)
class VirtualAddressTest {
    private static final String V4 = "10.77.0.100";
    private static final String V6 = "fd77::100";
    private static final long LONG_LEASE = 60_000;

    private static MachineNetwork network;
    private static Machine a;
    private static Machine b;
    private static Machine client;

    @TempDir private Path directory;
    private final List<TestNode> nodes = new ArrayList<>();

    @BeforeAll
    static void make() {
        network = TestNetwork.of("a", "b", "c");
        a = network.machine("a");
        b = network.machine("b");
        client = network.machine("c");
    }

    @AfterAll
    static void remove() {
        if (network != null) {
            network.close();
        }
    }

    @AfterEach
    void cleanUp() {
        nodes.forEach(TestNode::close);
        List.of(a, b, client).forEach(VirtualAddressTest::reset);
    }

    @ParameterizedTest
    @CsvSource({V4 + "/24," + V4, V6 + "/64," + V6})
    void isAskedForThenSetThenAnnouncedAndTakenAwayAtOnce(String written, String address)
            throws Exception {
        try (Capture capture = network.capture("arp or icmp6")) {
            TestNode node = start(a, "a,b", written);
            assertThat(client.whoHas(address)).isEmpty();
            node.primary("a", 7, LONG_LEASE);
            await(() -> a.has(address));
            assertThat(client.whoHas(address)).contains(a.mac());
            await(() -> node.told().contains("INFO 7 Address " + address + " is on a now: a has"));
            // Announced at 0 and 1 s.
            await(() -> announcements(capture, a, address) >= 2);
            assertThat(probes(capture, address)).isEqualTo(3);

            long micros = node.none();
            assertThat(a.has(address)).isFalse();
            assertThat(micros).isLessThan(50_000);
            System.err.println("removed and published in " + micros + " us");
            assertThat(client.whoHas(address)).isEmpty();
            await(() -> node.told().contains("was taken from a: shop has no primary at this"));
        }
    }

    @ParameterizedTest
    @CsvSource({V4 + "/24," + V4, V6 + "/64," + V6})
    void aForeignOwnerIsFoundBeforeTheClaim(String written, String address) throws Exception {
        give(b, written);
        try (Capture capture = network.capture("arp or icmp6")) {
            TestNode node = start(a, "a", written);
            node.primary("a", 7, LONG_LEASE);
            await(() -> node.told().contains("has it: " + b.mac() + " answers on eth0"));
            assertThat(a.has(address)).isFalse();
            assertThat(announcements(capture, a, address)).isZero();
            assertThat(node.status().getFirst().state()).isEqualTo("refused");
            assertThat(client.whoHas(address)).contains(b.mac());

            b.ip("addr", "del", written, "dev", "eth0");
            await(() -> a.has(address));
            assertThat(client.whoHas(address)).contains(a.mac());
            assertThat(node.told().lines().filter(line -> line.contains("answers")))
                    .as("told once")
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({V4 + "/24," + V4, V6 + "/64," + V6})
    void anotherMachineThatTakesItLaterIsToldAndItIsDefended(String written, String address)
            throws Exception {
        TestNode node = start(a, "a", written);
        node.primary("a", 7, LONG_LEASE);
        await(() -> a.has(address));
        try (Capture capture = network.capture("arp or icmp6")) {
            int before = announcements(capture, a, address);
            give(b, written);
            // Whatever it sends from that address gives it away.
            String target = address.contains(":") ? client.address6() : client.address();
            MachineProcess rival =
                    b.start(
                            directory.resolve("rival.log"),
                            List.of("ping", "-i0.2", "-I", address, target));
            await(() -> node.told().contains("ERROR 7 Another machine uses address"));
            assertThat(node.told()).contains(b.mac() + " on eth0");
            await(() -> announcements(capture, a, address) > before);
            AddressStatus status = node.status().getFirst();
            assertThat(status.state()).isEqualTo("contested");
            assertThat(status.healthy()).isFalse();
            rival.kill();
        }
    }

    @Test
    void clientsLearnTheNewMachineWithoutAsking() throws Exception {
        TestNode first = start(a, "a,b", V4 + "/24");
        TestNode second = start(b, "a,b", V4 + "/24");
        first.primary("a", 7, LONG_LEASE);
        second.primary("a", 7, LONG_LEASE);
        await(() -> a.has(V4));
        assertThat(second.status().getFirst().state()).isEqualTo("elsewhere");
        assertThat(client.whoHas(V4)).contains(a.mac());
        first.none();
        second.none();
        second.primary("b", 8, LONG_LEASE);
        await(() -> b.has(V4));
        assertThat(a.has(V4)).isFalse();
        await(() -> client.neighbours().contains(V4 + " lladdr " + b.mac()));
    }

    @Test
    void itIsGoneAtTheDeadlineOfALeaseThatIsNotRenewed() throws Exception {
        TestNode node = start(a, "a,b", V4 + "/24");
        node.primary("a", 7, 2_000);
        await(() -> a.has(V4));
        await(() -> node.told().contains("taken from a: its lease could not be renewed in time."));
        assertThat(a.has(V4)).isFalse();
        assertThat(node.status().getFirst().state()).isEqualTo("away");
    }

    @Test
    void theKernelTakesItFromAStoppedProcess() throws Exception {
        MachineProcess process = startProcess(3_000, "a,b", V4 + "/24", V6 + "/64");
        await(() -> a.has(V4) && a.has(V6));
        process.stop();
        long stopped = System.nanoTime();
        await(() -> !a.has(V4) && !a.has(V6));
        assertThat(System.nanoTime() - stopped).isLessThan(5_000_000_000L);
        process.resume();
        Thread.sleep(300);
        assertThat(a.has(V4)).isFalse();
    }

    @Test
    void aRenewedLeaseKeepsItAlthoughTheKernelWouldTakeIt() throws Exception {
        TestNode node = start(a, "a,b", V4 + "/24");
        node.primary("a", 7, 2_000);
        await(() -> a.has(V4));
        for (int i = 0; i < 14; i++) {
            node.primary("a", 7, 2_000);
            Thread.sleep(250);
            assertThat(a.has(V4)).isTrue();
        }
        assertThat(node.told().lines()).as(node.told()).hasSize(1);
    }

    @Test
    void aMachineThatCanOnlyHaveItItselfKeepsItThroughAnInterruption() throws Exception {
        TestNode node = start(a, "a", V4 + "/24");
        node.none();
        assertThat(a.has(V4)).isFalse();
        node.primary("a", 7, 600);
        await(() -> a.has(V4));
        node.none();
        Thread.sleep(1_000);
        assertThat(a.has(V4)).isTrue();
        assertThat(client.whoHas(V4)).contains(a.mac());
    }

    @Test
    void aKilledProcessLeavesItAndTheNextOneRemovesIt() throws Exception {
        MachineProcess killed = startProcess(LONG_LEASE, "a", V4 + "/24", V6 + "/64");
        await(() -> a.has(V4) && a.has(V6));
        killed.kill();
        assertThat(client.whoHas(V4)).contains(a.mac());

        TestNode next = start(a, "a", V4 + "/24", V6 + "/64");
        assertThat(a.has(V4)).isFalse();
        assertThat(a.has(V6)).isFalse();
        assertThat(next.told()).contains("Address " + V4 + " was still on eth0 of a");
        next.primary("a", 8, LONG_LEASE);
        await(() -> a.has(V4) && a.has(V6));
        next.close();
        assertThat(a.has(V4)).isFalse();
        assertThat(directory.resolve("state-a/addresses")).isEmptyDirectory();
    }

    @Test
    void whatAnotherProgramTakesAwayIsClaimedAnew() throws Exception {
        TestNode node = start(a, "a", V4 + "/24");
        node.primary("a", 7, LONG_LEASE);
        await(() -> a.has(V4));
        a.ip("addr", "del", V4 + "/24", "dev", "eth0");
        await(() -> node.told().contains("it was not Shoestring that took it away"));
        await(() -> a.has(V4));
    }

    @Test
    void whatTheMachineHasOfItselfIsLeftAlone() throws Exception {
        give(a, V4 + "/24");
        TestNode node = start(a, "a", V4 + "/24");
        node.primary("a", 7, LONG_LEASE);
        await(() -> node.told().contains("It is already set on eth0, and not by Shoestring"));
        node.close();
        assertThat(a.has(V4)).isTrue();
    }

    @Test
    void anInterfaceThatGoesDownAndComesUpHasItAgain() throws Exception {
        TestNode node = start(a, "a", V4 + "/24");
        node.primary("a", 7, LONG_LEASE);
        await(() -> a.has(V4));
        a.ip("link", "set", "eth0", "down");
        await(() -> node.told().contains("interface is down"));
        assertThat(a.has(V4)).isFalse();
        a.ip("link", "set", "eth0", "up");
        await(() -> a.has(V4));
        await(() -> client.whoHas(V4).equals(Optional.of(a.mac())));
    }

    @Test
    void anAddressWithoutAnInterfaceSaysWhichThereAre() throws Exception {
        TestNode node = start(a, "a", "192.0.2.1/24");
        node.primary("a", 7, LONG_LEASE);
        await(
                () ->
                        node.told()
                                .contains(
                                        "No interface of this machine has an address in the"
                                                + " subnet of 192.0.2.1/24"));
        assertThat(node.told()).contains("eth0");
    }

    @Test
    void withoutRightsItSaysWhichAreMissing() throws Exception {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--bounding-set=-net_admin,-net_raw", "--"));
        command.addAll(command(LONG_LEASE, "a", V4 + "/24"));
        Path log = directory.resolve("a.log");
        MachineProcess process = a.start(log, command);
        await(
                () -> {
                    process.tell("");
                    return text(log).contains("CAP_NET_ADMIN and CAP_NET_RAW");
                });
        process.kill();
    }

    private TestNode start(Machine machine, String candidates, String... addresses)
            throws Exception {
        Path state = directory.resolve("state-" + machine.name());
        TestNode node =
                machine.call(() -> new TestNode(machine.name(), state, candidates, addresses));
        nodes.add(node);
        return node;
    }

    private MachineProcess startProcess(long leaseMillis, String candidates, String... addresses) {
        return a.start(directory.resolve("a.log"), command(leaseMillis, candidates, addresses));
    }

    private List<String> command(long leaseMillis, String candidates, String... addresses) {
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
                                Long.toString(leaseMillis),
                                "a",
                                directory.resolve("state-a").toString(),
                                candidates));
        command.addAll(List.of(addresses));
        return command;
    }

    private static void give(Machine machine, String written) {
        List<String> command = new ArrayList<>(List.of("addr", "add", written, "dev", "eth0"));
        if (written.contains(":")) {
            command.add("nodad");
        }
        machine.ip(command.toArray(String[]::new));
    }

    private static void reset(Machine machine) {
        if (machine.has(V4)) {
            machine.ip("addr", "del", V4 + "/24", "dev", "eth0");
        }
        if (machine.has(V6)) {
            machine.ip("addr", "del", V6 + "/64", "dev", "eth0");
        }
        if (!machine.has(machine.address6())) {
            give(machine, machine.address6() + "/64");
        }
        machine.ip("neigh", "flush", "dev", "eth0");
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

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + 15_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() < end).as("in time: " + told()).isTrue();
            Thread.sleep(20);
        }
    }

    private List<String> told() {
        return nodes.stream().map(TestNode::told).toList();
    }
}
