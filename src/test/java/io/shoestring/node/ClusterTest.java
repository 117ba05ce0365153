package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.consensus.LocalStore;
import io.shoestring.database.LocalMember;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.NodeStatus;
import io.shoestring.model.Protection;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.EventLog;
import io.shoestring.testing.SharedStore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Three real nodes with real threads in one process: two with a member each, and one that only
 * votes. The store is a real one, which a node reaches only together with another.
 */
@Timeout(120)
class ClusterTest {
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final NodeName DB0 = new NodeName("db0");
    private static final NodeName DB1 = new NodeName("db1");
    private static final NodeName WITNESS = new NodeName("witness");
    private static final List<NodeName> NAMES = List.of(DB0, DB1, WITNESS);
    private static final Duration LONG = Duration.ofSeconds(30);

    private record Running(
            Node node, Published<Topology> topology, EventLog events, AtomicInteger open) {}

    @TempDir private Path directory;
    private final Clock clock = Clock.system();
    private final InMemoryChannels channels = new InMemoryChannels();
    private final Map<MemberName, FakeMember> members = new LinkedHashMap<>();
    private final Map<NodeName, Duration> ahead = new ConcurrentHashMap<>();
    private final Map<NodeName, Running> nodes = new LinkedHashMap<>();
    private final DatabaseSpec spec =
            new DatabaseSpec(
                    SHOP,
                    Protection.AVAILABILITY,
                    List.of(member(A, DB0, 5433), member(B, DB1, 5434)),
                    true);
    private final List<NodeName> fenced = new CopyOnWriteArrayList<>();
    private volatile PowerSwitch power = PowerSwitch.none();
    private LocalStore store;

    @BeforeEach
    void open() throws Exception {
        store = LocalStore.open(directory.resolve("consensus"), "db1", clock);
        spec.members().forEach(member -> new FakeMember(member, clock, members));
        fake(A).is("stopped");
        // Who is first decides: not the node of the first primary.
        begin(DB1);
        await().atMost(LONG).until(() -> decides(DB1));
        begin(DB0);
        begin(WITNESS);
    }

    @AfterEach
    void end() {
        new ArrayList<>(nodes.keySet()).forEach(this::stop);
        store.close();
    }

    @Test
    void oneNodeDecidesForAllAndEveryProxyKnows() {
        awaitReady();
        assertThat(fake(A).done()).contains("StartPrimary");
        assertThat(fake(B).done()).contains("Follow");
        for (NodeName name : NAMES) {
            await().atMost(LONG).until(() -> primary(name).equals(Optional.of(A)));
            long left = topology(name).leaseDeadlineNanos() - clock.nanos();
            assertThat(left).isPositive().isLessThanOrEqualTo(8_000_000_000L);
            assertThat(status(name).readiness()).contains("loses nothing");
        }
    }

    @Test
    void eachNodeTellsOfAllOthers() {
        awaitReady();
        List<String> expected =
                List.of(
                        "runs, but does not vote yet",
                        "runs with another configuration than db0; 'shoestring apply FILE' brings"
                                + " them together",
                        "runs, but does not vote yet");
        await().atMost(LONG).until(() -> states(DB0).equals(expected));
        assertThat(running(DB0).node().status().nodes())
                .extracting(NodeStatus::decides)
                .containsExactly(false, true, false);
        stop(WITNESS);
        await().atMost(LONG).until(() -> states(DB0).get(2).startsWith("does not answer for "));
    }

    @Test
    void aClockThatIsOffIsToldWhileItIs() {
        awaitReady();
        ahead.put(WITNESS, Duration.ofHours(-1));
        for (NodeName name : List.of(DB0, WITNESS)) {
            await().atMost(LONG)
                    .until(
                            () -> states(name).get(2),
                            containsPattern("its clock is (3599|3600) s behind the other nodes'"));
            await().atMost(LONG).until(() -> tells(name, "clock of witness is 3"));
        }
        assertThat(states(WITNESS).get(0)).doesNotContain("clock");
        ahead.put(WITNESS, Duration.ofSeconds(2));
        for (NodeName name : List.of(DB0, WITNESS)) {
            await().atMost(LONG).until(() -> tells(name, "The clock of witness is right again."));
            assertThat(states(name)).noneMatch(state -> state.contains("clock"));
        }
        stop(DB1);
        ahead.put(WITNESS, Duration.ofMinutes(2));
        await().atMost(LONG)
                .until(
                        () -> states(DB0).get(2),
                        containsPattern("its clock is (119|120) s ahead of db0's"));
    }

    private static Predicate<String> containsPattern(String pattern) {
        return Pattern.compile(pattern).asPredicate();
    }

    private boolean tells(NodeName name, String sentence) {
        return running(name).events().since(0, 1_000).stream()
                .anyMatch(event -> event.text().contains(sentence));
    }

    private Instant timeOfDay(NodeName name) {
        return WallClock.system().now().plus(ahead.getOrDefault(name, Duration.ZERO));
    }

    private List<String> states(NodeName name) {
        return running(name).node().status().nodes().stream().map(NodeStatus::state).toList();
    }

    @Test
    void theDeathOfAProcessOnAnotherMachineIsKnownAtOnce() {
        awaitReady();
        long died = clock.nanos();
        fake(A).die();
        awaitPrimary(B);
        long millis = (fake(B).began(Action.Promote.class) - died) / 1_000_000;
        assertThat(millis).isLessThan(1_500);
        awaitReady();
    }

    @Test
    void aSwitchoverIsAskedForAnywhereAndWaitsForAllProxies() {
        awaitReady();
        NodeName asked = NAMES.stream().filter(name -> !decides(name)).findFirst().orElseThrow();
        running(asked).open().set(1);
        await().pollDelay(Duration.ofMillis(700)).until(() -> true);
        Operations.Reply reply = running(asked).node().switchover(SHOP, Optional.of(B));
        assertThat(reply.accepted()).as(reply.sentence()).isTrue();
        await().atMost(LONG).until(() -> topology(asked).holdWrites());
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
        assertThat(fake(A).done()).doesNotContain("Stop");
        running(asked).open().set(0);
        awaitPrimary(B);
        assertThat(fake(A).done()).contains("Stop");
        awaitReady();
    }

    @Test
    void anotherNodeGoesOnWhenTheConductorDies() {
        awaitReady();
        long epoch = topology(WITNESS).epoch();
        stop(DB1);
        await().atMost(LONG).until(() -> nodes.keySet().stream().anyMatch(this::decides));
        for (NodeName name : nodes.keySet()) {
            await().atMost(LONG)
                    .until(() -> topology(name).leaseDeadlineNanos() - clock.nanos() > 0);
            assertThat(topology(name).epoch()).isEqualTo(epoch);
        }
    }

    @Test
    void anIsolatedPrimaryIsStoppedBeforeAnotherTakesOver() {
        awaitReady();
        isolate(DB0);
        await().atMost(LONG).until(() -> fake(A).done().contains("Fence"));
        assertThat(topology(DB0).leaseDeadlineNanos() - clock.nanos()).isNegative();
        await().atMost(LONG).until(() -> primary(DB1).equals(Optional.of(B)));
        assertThat(fake(B).began(Action.Promote.class))
                .isGreaterThan(fake(A).began(Action.Fence.class));
        assertThat(status(DB0).summary())
                .contains("no majority")
                .contains("db1 and witness do not answer");
        assertThat(running(DB0).node().pause(SHOP, true).sentence()).contains("no majority");
        channels.heal();
        awaitReady();
        assertThat(fake(A).done()).contains("Follow");
    }

    @Test
    void whoseMachineWasSwitchedOffIsNotWaitedFor() throws Exception {
        awaitReady();
        power =
                node -> {
                    fake(A).is("stopped");
                    return new Outcome.Done("off");
                };
        isolate(DB0);
        awaitPrimary(DB1, B);
        assertThat(fenced).containsExactly(DB0);
        assertThat(running(DB1).events().since(0, 1_000))
                .extracting(Event::text)
                .contains(
                        "The machine of a was switched off by the fence command.",
                        "The machine of a is off: its lease ends before its time.");
        channels.heal();
        awaitReady();
    }

    @Test
    void aMachineThatCouldNotBeSwitchedOffIsWaitedFor() throws Exception {
        awaitReady();
        power = node -> new Outcome.Failed("the fence command said 'no'.");
        isolate(DB0);
        awaitPrimary(DB1, B);
        assertThat(fake(A).done()).contains("Fence");
        assertThat(fenced).isNotEmpty();
        assertThat(running(DB1).events().since(0, 1_000))
                .extracting(Event::text)
                .anyMatch(text -> text.startsWith("Machine db0 was not fenced: the fence command"))
                .noneMatch(text -> text.contains("before its time"));
    }

    @Test
    void aNodeThatDoesNotReachThePrimaryLetsAnotherDecide() {
        awaitReady();
        channels.cut(DB0, DB1);
        channels.cut(DB1, DB0);
        await().atMost(LONG).until(() -> decides(WITNESS) || decides(DB0));
        await().atMost(LONG)
                .until(() -> topology(DB0).leaseDeadlineNanos() - clock.nanos() > 4_000_000_000L);
        assertThat(primary(DB0)).contains(A);
        assertThat(fake(A).done()).doesNotContain("Fence");
        assertThat(fenced).isEmpty();
    }

    @Test
    void whoIsOfflineStaysSoWhoeverDecides() throws Exception {
        awaitReady();
        Operations.Reply refused = running(WITNESS).node().offline(SHOP, A, true);
        assertThat(refused.accepted()).isFalse();
        assertThat(refused.sentence()).contains("'shoestring switchover shop' first");
        assertThat(running(WITNESS).node().offline(SHOP, B, true).accepted()).isTrue();
        await().atMost(LONG).until(() -> topology(DB0).replicas().isEmpty());
        await().atMost(LONG)
                .until(() -> status(WITNESS).members().stream().anyMatch(it -> it.offline()));
        stop(DB1);
        begin(DB1);
        await().atMost(LONG).until(() -> NAMES.stream().anyMatch(this::decides));
        await().atMost(LONG).until(() -> status(DB0).members().get(1).offline());
        fake(A).die();
        await().atMost(LONG).until(() -> Collections.frequency(fake(A).done(), "StartPrimary") > 1);
        assertThat(fake(B).done()).doesNotContain("Promote");
        await().atMost(LONG)
                .until(() -> running(WITNESS).node().offline(SHOP, B, false).accepted());
        awaitReady();
    }

    @Test
    void whoWatchesFromOutsideIsToldADeadlineUnlessFailoverIsPaused() {
        awaitReady();
        assertThat(running(WITNESS).node().limits()).isEmpty();
        assertThat(running(DB1).node().limits()).isEmpty();
        List<Limit> limits = running(DB0).node().limits();
        assertThat(limits).extracting(Limit::member).containsExactly(A);
        long left = limits.getFirst().deadlineNanos() - clock.nanos();
        assertThat(left).isPositive().isLessThanOrEqualTo(7_000_000_000L);

        assertThat(running(WITNESS).node().pause(SHOP, true).accepted()).isTrue();
        await().atMost(LONG).until(() -> running(DB0).node().limits().isEmpty());
        assertThat(running(WITNESS).node().pause(SHOP, false).sentence())
                .isEqualTo("Automatic failover is on.");
        await().atMost(LONG).until(() -> !running(DB0).node().limits().isEmpty());
    }

    @Test
    void whoResumesIsWarnedOfANodeThatDoesNotAnswer() {
        awaitReady();
        assertThat(running(WITNESS).node().pause(SHOP, true).accepted()).isTrue();
        stop(DB0);
        await().atMost(LONG)
                .untilAsserted(
                        () ->
                                assertThat(running(DB1).node().pause(SHOP, false).sentence())
                                        .contains("The node of a does not answer"));
    }

    private void begin(NodeName name) throws Exception {
        EventLog events = EventLog.open(directory.resolve(name.value()), WallClock.system());
        Published<Topology> topology = new Published<>(new Topology(0, Map.of()));
        AtomicInteger open = new AtomicInteger();
        List<LocalMember> local =
                spec.members().stream()
                        .filter(member -> member.node().equals(name))
                        .<LocalMember>map(member -> fake(member.name()))
                        .toList();
        Set<NodeName> others =
                NAMES.stream().filter(other -> !other.equals(name)).collect(Collectors.toSet());
        Node node =
                new Node(
                        new Node.Identity(
                                "test",
                                name,
                                "0.1",
                                () -> name.equals(DB1) ? "older" : "newer",
                                Map.of(DB0, "10.0.0.1", DB1, "10.0.0.2", WITNESS, "10.0.0.3"),
                                () -> timeOfDay(name)),
                        List.of(new Node.LocalDatabase(spec, local)),
                        new Node.Surroundings(
                                new SharedStore(store, () -> withMajority(name)),
                                events,
                                clock,
                                topology,
                                database -> open.get(),
                                List::of,
                                List::of,
                                List::of,
                                others,
                                channels.of(name),
                                this::switchOff));
        nodes.put(name, new Running(node, topology, events, open));
        node.start();
    }

    private Outcome switchOff(NodeName node) throws InterruptedException {
        fenced.add(node);
        return power.off(node);
    }

    private boolean withMajority(NodeName name) {
        return NAMES.stream()
                .filter(other -> !other.equals(name))
                .anyMatch(other -> channels.linked(name, other));
    }

    private void isolate(NodeName name) {
        for (NodeName other : NAMES) {
            channels.cut(name, other);
            channels.cut(other, name);
        }
    }

    private void stop(NodeName name) {
        Running running = Objects.requireNonNull(nodes.remove(name), "unknown node");
        channels.forget(name);
        running.node().close();
        running.events().close();
    }

    private void awaitReady() {
        for (NodeName name : nodes.keySet()) {
            await().atMost(LONG)
                    .untilAsserted(
                            () -> {
                                assertThat(topology(name).replicas()).hasSize(1);
                                assertThat(status(name).readiness()).contains("loses nothing");
                            });
        }
    }

    private void awaitPrimary(MemberName member) {
        for (NodeName name : nodes.keySet()) {
            awaitPrimary(name, member);
        }
    }

    private void awaitPrimary(NodeName asked, MemberName member) {
        await().atMost(LONG).until(() -> primary(asked).equals(Optional.of(member)));
    }

    private boolean decides(NodeName name) {
        return running(name).node().decides();
    }

    private Running running(NodeName name) {
        return Objects.requireNonNull(nodes.get(name), "unknown node");
    }

    private DatabaseTopology topology(NodeName name) {
        return running(name).topology().get().of(SHOP);
    }

    private Optional<MemberName> primary(NodeName name) {
        return topology(name).primary().map(MemberSpec::name);
    }

    private DatabaseStatus status(NodeName name) {
        return running(name).node().status().databases().getFirst();
    }

    private FakeMember fake(MemberName name) {
        return Objects.requireNonNull(members.get(name), "unknown member");
    }

    private static MemberSpec member(MemberName name, NodeName node, int port) {
        return new MemberSpec(name, node, new Endpoint("127.0.0.1", port), 1);
    }
}
