package io.shoestring.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressObservation.Standing;
import io.shoestring.model.AddressRight;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStep;
import io.shoestring.model.AddressStep.Ask;
import io.shoestring.model.AddressStep.GiveBack;
import io.shoestring.model.AddressStep.Hold;
import io.shoestring.model.AddressStep.Leave;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

class AddressDeciderTest {
    private static final long SECOND = 1_000_000_000L;
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final NodeName A = new NodeName("a");
    private static final NodeName B = new NodeName("b");
    private static final NodeName C = new NodeName("c");

    private final long now = 1_000 * SECOND;
    private NodeName me = A;
    private Topology topology = new Topology(1, Map.of());
    private final Map<AddressName, AddressRight> rights = new HashMap<>();
    private final Map<NodeName, Standing> standings = new HashMap<>();
    private List<AddressName> held = List.of();

    private static AddressSpec spec(String name, Follows follows, NodeName... candidates) {
        return new AddressSpec(
                new AddressName(name),
                new IpPrefix("10.0.0.100", 24),
                Optional.empty(),
                follows,
                List.of(candidates));
    }

    private static AddressSpec writer(NodeName... candidates) {
        return spec("writer", new Follows.PrimaryOf(SHOP), candidates);
    }

    private final Map<AddressName, NodeName> wishes = new LinkedHashMap<>();

    private static AddressSpec reader(String name) {
        return spec(name, new Follows.ReplicaOf(SHOP), A, B, C);
    }

    private static AddressSpec web(boolean failback) {
        return spec("web", new Follows.HealthyListener("web", failback), A, B, C);
    }

    private void primary(NodeName node, long epoch, long deadlineNanos) {
        var member = new MemberSpec(new MemberName("m"), node, new Endpoint("10.0.0.1", 5432), 1);
        DatabaseTopology part =
                new DatabaseTopology(
                        SHOP, epoch, Optional.of(member), false, deadlineNanos, List.of(), "");
        topology = new Topology(2, Map.of(SHOP, part));
    }

    private void replica(NodeName node, long sinceSeconds) {
        standings.put(node, new Standing(Map.of(SHOP, now - sinceSeconds * SECOND), Map.of()));
    }

    private void listener(NodeName node, long sinceSeconds) {
        standings.put(node, new Standing(Map.of(), Map.of("web", now - sinceSeconds * SECOND)));
    }

    private void right(String address, NodeName holder) {
        rights.put(new AddressName(address), new AddressRight(5, holder, now + SECOND));
    }

    private Map<AddressName, AddressStep> decide(AddressSpec... addresses) {
        return AddressDecider.decide(
                new AddressObservation(
                        now, me, List.of(addresses), topology, rights, standings, held, wishes));
    }

    private AddressStep step(AddressSpec address) {
        return decide(address).values().iterator().next();
    }

    /** Where every address is planned to be, told by asking each node about free addresses. */
    private Map<String, NodeName> planned(AddressSpec... addresses) {
        Map<String, NodeName> plan = new LinkedHashMap<>();
        AddressPlan.of(
                        new AddressObservation(
                                now,
                                me,
                                List.of(addresses),
                                topology,
                                rights,
                                standings,
                                held,
                                wishes))
                .forEach((name, node) -> plan.put(name.value(), node));
        return plan;
    }

    @Test
    void theWritersAddressIsWithThePrimaryUntilItsLeaseRunsOut() {
        primary(A, 7, now + 3 * SECOND);
        assertThat(step(writer(A, B)))
                .isEqualTo(
                        new Hold(
                                7, OptionalLong.of(now + 3 * SECOND), "a has the primary of shop"));
        me = B;
        assertThat(step(writer(A, B))).isEqualTo(new Leave("a has the primary of shop"));
    }

    @Test
    void afterTheDeadlineItIsLeftEvenIfNobodyToldUs() {
        held = List.of(new AddressName("writer"));
        primary(A, 7, now);
        assertThat(step(writer(A, B))).isInstanceOf(Leave.class);
        primary(A, 7, now + 1);
        assertThat(step(writer(A, B))).isInstanceOf(Hold.class);
    }

    @Test
    void withoutAPrimaryItIsLeftIfAnotherMachineMayBeNext() {
        held = List.of(new AddressName("writer"));
        assertThat(step(writer(A, B))).isEqualTo(new Leave("shop has no primary at this moment"));
    }

    @Test
    void theOnlyMachineOfADatabaseKeepsItAndClientsWaitThere() {
        assertThat(step(writer(A))).isInstanceOf(Leave.class);
        held = List.of(new AddressName("writer"));
        assertThat(step(writer(A)))
                .isInstanceOfSatisfying(
                        Hold.class, hold -> assertThat(hold.untilNanos()).isEmpty());
        primary(A, 7, now - SECOND);
        assertThat(step(writer(A))).isInstanceOf(Hold.class);
        held = List.of();
        assertThat(step(writer(A))).as("claimed only under a good lease").isInstanceOf(Leave.class);
        me = B;
        held = List.of(new AddressName("writer"));
        assertThat(step(writer(A))).as("a node without a member").isInstanceOf(Leave.class);
    }

    @Test
    void readersAreSpreadEvenlyOverGoodReplicas() {
        primary(A, 7, now + SECOND);
        replica(B, 60);
        replica(C, 60);
        assertThat(planned(reader("r1"), reader("r2"), reader("r3"), reader("r4")))
                .isEqualTo(Map.of("r1", B, "r2", C, "r3", B, "r4", C));
    }

    @Test
    void aReaderMovesOnlyFromANodeThatHasMoreThanItsShare() {
        replica(B, 60);
        replica(C, 60);
        right("r1", C);
        right("r2", B);
        right("r3", C);
        assertThat(planned(reader("r1"), reader("r2"), reader("r3")))
                .as("two and one is even enough")
                .isEqualTo(Map.of("r1", C, "r2", B, "r3", C));
        right("r2", C);
        assertThat(planned(reader("r1"), reader("r2"), reader("r3")))
                .isEqualTo(Map.of("r1", C, "r2", C, "r3", B));
    }

    @Test
    void whoBecameGoodAMomentAgoGetsNothingYetButKeepsWhatItHas() {
        replica(B, 60);
        replica(C, 9);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", B, "r2", B));
        replica(C, 10);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", B, "r2", C));
        replica(C, 9);
        right("r2", C);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", B, "r2", C));
    }

    @Test
    void withoutAGoodReplicaReadersGoToTheWriterAndComeBackCalmly() {
        primary(A, 7, now + SECOND);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", A, "r2", A));
        right("r1", A);
        right("r2", A);
        replica(B, 9);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", A, "r2", A));
        replica(B, 10);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", B, "r2", B));
    }

    @Test
    void readersDoNotGoToAWriterWhoseLeaseHasRunOut() {
        primary(A, 7, now - SECOND);
        right("r1", B);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", B));
    }

    @Test
    void aRightIsAskedForHeldAndGivenBackByWhomItConcerns() {
        replica(B, 60);
        me = B;
        assertThat(step(reader("r1"))).isInstanceOf(Ask.class);
        me = C;
        assertThat(step(reader("r1"))).isInstanceOf(Leave.class);
        right("r1", C);
        assertThat(step(reader("r1")))
                .isEqualTo(new GiveBack(5, "b is chosen for replicas of shop"));
        me = B;
        assertThat(step(reader("r1"))).as("still c's").isInstanceOf(Leave.class);
        right("r1", B);
        assertThat(step(reader("r1")))
                .isEqualTo(
                        new Hold(
                                5,
                                OptionalLong.of(now + SECOND),
                                "b is chosen for replicas of shop"));
    }

    @Test
    void aListenersAddressStaysWhereItIsHealthyUnlessFailbackIsWanted() {
        listener(A, 60);
        listener(B, 60);
        assertThat(planned(web(false))).isEqualTo(Map.of("web", A));
        right("web", B);
        assertThat(planned(web(false))).isEqualTo(Map.of("web", B));
        assertThat(planned(web(true))).isEqualTo(Map.of("web", A));
        listener(A, 9);
        assertThat(planned(web(true))).as("not yet").isEqualTo(Map.of("web", B));
        standings.remove(B);
        assertThat(planned(web(false))).as("b is gone").isEqualTo(Map.of("web", A));
        standings.clear();
        assertThat(planned(web(true))).isEmpty();
    }

    @Test
    void whatWasMovedByHandStaysWhileItsNodeIsGood() {
        replica(B, 60);
        replica(C, 60);
        wishes.put(new AddressName("r1"), C);
        wishes.put(new AddressName("r3"), C);
        right("r1", B);
        assertThat(planned(reader("r1"), reader("r2"), reader("r3")))
                .isEqualTo(Map.of("r1", C, "r2", B, "r3", C));
        me = B;
        assertThat(step(reader("r1")))
                .isEqualTo(new GiveBack(5, "c is chosen by hand for replicas of shop"));
        standings.remove(C);
        assertThat(planned(reader("r1"), reader("r2"))).isEqualTo(Map.of("r1", B, "r2", B));

        listener(A, 60);
        listener(B, 60);
        wishes.put(new AddressName("web"), B);
        right("web", A);
        assertThat(planned(web(true))).isEqualTo(Map.of("web", B));
        standings.remove(B);
        assertThat(planned(web(true))).isEqualTo(Map.of("web", A));
    }

    @Test
    void aMoveByHandIsRefusedWithTheReason() {
        replica(B, 60);
        assertThat(moved("r1", B)).isInstanceOf(AddressMove.Possible.class);
        assertThat(moved("r1", C).sentence())
                .isEqualTo(
                        "c is not good for replicas of shop at this moment, so r1 stays where it"
                                + " is.");
        assertThat(moved("r1", new NodeName("x")).sentence()).contains("it can be on: a, b, c.");
        assertThat(moved("writer", B).sentence()).contains("'shoestring switchover shop --to");
        assertThat(moved("other", B).sentence()).contains("there are: r1, writer.");
    }

    private AddressMove moved(String address, NodeName to) {
        return AddressMove.judge(
                new AddressObservation(
                        now,
                        me,
                        List.of(reader("r1"), writer(A, B)),
                        topology,
                        rights,
                        standings,
                        held),
                new AddressName(address),
                Optional.of(to));
    }
}
