package io.shoestring.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.consensus.LocalStore;
import io.shoestring.control.AddressMove;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.EventLog;
import io.shoestring.sandbox.machines.Machine;
import io.shoestring.sandbox.machines.MachineNetwork;
import io.shoestring.testing.SharedStore;
import io.shoestring.testing.TestNetwork;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Addresses of readers and listeners on three machines, with one memory. The nodes' clocks run four
 * times as fast as ours. No address is ever on two machines.
 */
@Timeout(120)
class PlannedAddressTest {
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final String WEB = "10.77.0.101";
    private static final String WEB6 = "fd77::101";
    private static final String READER_1 = "10.77.0.111";
    private static final String READER_2 = "10.77.0.112";
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final List<NodeName> NODES = NAMES.stream().map(NodeName::new).toList();

    private static MachineNetwork network;

    /** One machine's part; it is cut off from consensus if told so. */
    private record Running(
            EventLog events, Published<Topology> topology, VirtualAddresses addresses) {}

    @TempDir private Path directory;
    private final Clock real = Clock.system();
    private final Clock fast = () -> 4 * real.nanos();
    private final Map<NodeName, List<String>> healthy = new ConcurrentHashMap<>();
    private final Set<String> cutOff = ConcurrentHashMap.newKeySet();
    private final Map<String, Running> running = new HashMap<>();
    private final List<String> watched = new ArrayList<>();
    private LocalStore store;

    @BeforeAll
    static void make() {
        network = TestNetwork.of("a", "b", "c");
    }

    @AfterAll
    static void remove() {
        if (network != null) {
            network.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        store = LocalStore.open(directory.resolve("consensus"), "all", fast);
    }

    @AfterEach
    void end() {
        new ArrayList<>(running.keySet()).forEach(this::stop);
        store.close();
        NAMES.forEach(name -> machine(name).ip("neigh", "flush", "dev", "eth0"));
    }

    @Test
    void anAddressIsWhereItsListenerIsHealthyAndGoesBackOnlyIfItShall() throws Exception {
        start(spec("web", WEB + "/24", web(false)), spec("web6", WEB6 + "/64", web(true)));
        healthyOn("a", "b");
        await(() -> has("a", WEB) && has("a", WEB6));

        healthyOn("b");
        await(() -> has("b", WEB) && has("b", WEB6));

        healthyOn("a", "b");
        await(() -> has("a", WEB6));
        assertThat(has("b", WEB)).isTrue();
        assertThat(told("a")).contains("is on a now: a is chosen for listener web");
    }

    @Test
    void theAddressOfAMachineThatIsCutOffIsGoneBeforeAnotherHasIt() throws Exception {
        start(spec("web", WEB + "/24", web(false)));
        healthyOn("a", "b");
        await(() -> has("a", WEB));

        cutOff.add("a");
        healthyOn("b");
        await(() -> has("b", WEB));
        assertThat(told("a")).contains("could not be renewed in time");
        cutOff.clear();
        healthyOn("a", "b");
        assertThat(has("b", WEB)).isTrue();
    }

    @Test
    void aNodeThatEndsLeavesItsAddressAtOnce() throws Exception {
        start(spec("web", WEB + "/24", web(false)));
        healthyOn("a", "b");
        await(() -> has("a", WEB));
        stop("a");
        assertThat(has("a", WEB)).isFalse();
        assertThat(store.lease("addresses/web")).isEmpty();
        healthyOn("b");
        await(() -> has("b", WEB));
    }

    @Test
    void readersAreSpreadOverTheGoodReplicasAndGoToTheWriterWhenThereIsNone() throws Exception {
        start(
                spec("r1", READER_1 + "/24", new Follows.ReplicaOf(SHOP)),
                spec("r2", READER_2 + "/24", new Follows.ReplicaOf(SHOP)));
        replicas("b", "c");
        await(
                () ->
                        (has("b", READER_1) && has("c", READER_2))
                                || (has("c", READER_1) && has("b", READER_2)));

        replicas("c");
        await(() -> has("c", READER_1) && has("c", READER_2));

        replicas();
        await(() -> has("a", READER_1) && has("a", READER_2));

        replicas("b", "c");
        await(() -> !has("a", READER_1) && !has("a", READER_2));
        await(() -> holders(READER_1) == 1 && holders(READER_2) == 1);
    }

    @Test
    void aReadersAddressThatWasMovedByHandStaysUntilItIsBalancedAgain() throws Exception {
        start(
                spec("r1", READER_1 + "/24", new Follows.ReplicaOf(SHOP)),
                spec("r2", READER_2 + "/24", new Follows.ReplicaOf(SHOP)));
        replicas("b", "c");
        await(() -> holders(READER_1) == 1 && holders(READER_2) == 1);
        String with = has("b", READER_2) ? "b" : "c";
        assertThat(move("r1", Optional.of(new NodeName(with))))
                .isInstanceOf(AddressMove.Possible.class);
        await(() -> has(with, READER_1) && holders(READER_2) == 1 && !has(with, READER_2));

        replicas(with.equals("b") ? "c" : "b");
        await(() -> !has(with, READER_1) && holders(READER_1) == 1);
        replicas("b", "c");
        await(() -> has(with, READER_1));
        assertThat(move("r1", Optional.empty()).sentence()).contains("balanced again");
    }

    private AddressMove move(String address, Optional<NodeName> to) throws Exception {
        Running asked = Objects.requireNonNull(running.get("a"), "not running");
        return asked.addresses().move(new AddressName(address), to);
    }

    private static Follows web(boolean failback) {
        return new Follows.HealthyListener("web", failback);
    }

    private AddressSpec spec(String name, String text, Follows follows) {
        String[] words = text.split("/", -1);
        watched.add(words[0]);
        return new AddressSpec(
                new AddressName(name),
                new IpPrefix(words[0], Integer.parseInt(words[1])),
                Optional.empty(),
                follows,
                NODES);
    }

    private void start(AddressSpec... specs) throws Exception {
        for (String name : NAMES) {
            running.put(name, machine(name).call(() -> node(name, List.of(specs))));
        }
    }

    private Running node(String name, List<AddressSpec> specs) throws Exception {
        Path home = directory.resolve(name);
        EventLog events = EventLog.open(home, WallClock.system());
        Published<Topology> topology = new Published<>(new Topology(0, Map.of()));
        VirtualAddresses addresses =
                VirtualAddresses.open(
                        new NodeName(name), specs, fast, topology, events, home, new Nobody());
        addresses.start(
                new SharedStore(store, () -> !cutOff.contains(name)), () -> Map.copyOf(healthy));
        return new Running(events, topology, addresses);
    }

    private void stop(String name) {
        Running node = running.remove(name);
        if (node != null) {
            node.addresses().close();
            node.events().close();
        }
    }

    private void healthyOn(String... names) {
        healthy.keySet().retainAll(Arrays.stream(names).map(NodeName::new).toList());
        for (String name : names) {
            healthy.put(new NodeName(name), List.of("web"));
        }
    }

    /** Publishes that a has the primary, and these the replicas. */
    private void replicas(String... names) {
        DatabaseTopology part =
                new DatabaseTopology(
                        SHOP,
                        7,
                        Optional.of(member("a")),
                        false,
                        fast.nanos() + 3_600_000_000_000L,
                        Arrays.stream(names).map(PlannedAddressTest::member).toList(),
                        "a test says so");
        running.values()
                .forEach(
                        node ->
                                node.topology()
                                        .publish(
                                                new Topology(
                                                        node.topology().get().version() + 1,
                                                        Map.of(SHOP, part))));
    }

    private static MemberSpec member(String node) {
        return new MemberSpec(
                new MemberName(node), new NodeName(node), new Endpoint("10.77.0.1", 5432), 1);
    }

    private static Machine machine(String name) {
        return network.machine(name);
    }

    private static boolean has(String machine, String address) {
        return machine(machine).has(address);
    }

    private static long holders(String address) {
        return NAMES.stream().filter(name -> has(name, address)).count();
    }

    private String told(String name) {
        Running node = Objects.requireNonNull(running.get(name), "not running");
        return String.join(
                "\n", node.events().since(0, 1_000).stream().map(it -> it.text()).toList());
    }

    /**
     * Whoever looks at one machine after the other may see an address twice that moved meanwhile.
     */
    private void await(BooleanSupplier condition) throws InterruptedException {
        long end = real.nanos() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(real.nanos() < end)
                    .as(() -> String.join("\n", running.keySet().stream().map(this::told).toList()))
                    .isTrue();
            for (String address : watched) {
                if (holders(address) > 1) {
                    assertThat(holders(address)).as(address).isLessThanOrEqualTo(1);
                }
            }
            Thread.sleep(20);
        }
    }
}
