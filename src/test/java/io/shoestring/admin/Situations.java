package io.shoestring.admin;

import io.shoestring.model.AddressStatus;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.CheckStatus;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.model.BackendStatus.Traffic;
import io.shoestring.model.CarriedOver;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.HttpTraffic;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MemberStatus;
import io.shoestring.model.NodeStatus;
import io.shoestring.model.PoolStatus;
import io.shoestring.model.RequestFigures;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** States of a cluster as a node may tell them. */
public final class Situations {
    private Situations() {}

    /** A pair that is well, with some traffic. */
    public static ClusterStatus good() {
        return cluster(pair(), List.of(listener("sql", 24, 0, 18_204, 41_377)));
    }

    /** The same pair, whose counters went on. */
    public static ClusterStatus good(long onPrimary, long onReplicas) {
        return cluster(pair(), List.of(listener("sql", 24, 0, onPrimary, onReplicas)));
    }

    /** The primary died, and its replica is about to take over. */
    public static ClusterStatus failingOver() {
        return cluster(
                database(
                        7,
                        Optional.empty(),
                        "The primary a died; b is being promoted.",
                        "Nothing can take over from b until a is back as a replica.",
                        false,
                        List.of(
                                member(
                                        "a",
                                        5433,
                                        "stopped",
                                        "killed by signal 9; its data directory is free",
                                        OptionalLong.empty(),
                                        false,
                                        Optional.empty()),
                                member(
                                        "b",
                                        5434,
                                        "replica",
                                        "has everything that a acknowledged",
                                        OptionalLong.of(0),
                                        true,
                                        Optional.of("being promoted in epoch 8")))),
                List.of(listener("sql", 24, 16, 18_204, 41_377)));
    }

    /** A pair that is well, beside listeners that balance. */
    public static ClusterStatus balancing() {
        return cluster(
                pair(),
                List.of(
                        listener("sql", 24, 0, 18_204, 41_377),
                        balancing("cache", "tcp", Optional.empty()),
                        balancing(
                                "web",
                                "http",
                                Optional.of(
                                        new HttpTraffic(
                                                12_345,
                                                67,
                                                89,
                                                List.of(0L, 12_000L, 0L, 321L, 24L),
                                                30,
                                                5,
                                                0,
                                                0,
                                                20,
                                                4,
                                                3,
                                                0,
                                                0)))));
    }

    private static ListenerStatus balancing(
            String name, String protocol, Optional<HttpTraffic> http) {
        return new ListenerStatus(
                name,
                "127.0.0.1:8080",
                protocol,
                "",
                7,
                0,
                0,
                0,
                0,
                5,
                7,
                0,
                "servers",
                100,
                9,
                2_000,
                3_000,
                1,
                2,
                http,
                Optional.empty(),
                CarriedOver.NOTHING,
                Optional.of(requests(12_345)),
                Map.of(),
                Map.of());
    }

    /** A pair, servers of a backend of which one is in maintenance, two nodes, an address. */
    public static ClusterStatus everything() {
        ClusterStatus pair = balancing();
        return new ClusterStatus(
                pair.cluster(),
                pair.node(),
                pair.version(),
                5,
                pair.databases(),
                pair.listeners(),
                List.of(
                        new AddressStatus(
                                "writer",
                                "10.0.0.100/24",
                                "primary of shop",
                                Optional.of("db0"),
                                "eth0",
                                "held",
                                "db0 has the primary of shop.",
                                true)),
                List.of(
                        new BackendStatus(
                                "web",
                                "least-connections",
                                false,
                                true,
                                "1 of 2 servers are up.",
                                0,
                                3,
                                67,
                                120,
                                List.of(server("web1", "up"), server("web2", "maintenance")),
                                requests(12_345))),
                List.of(
                        new NodeStatus("db0", "10.0.0.10", true, true, "0.1.0", true, "well"),
                        new NodeStatus("db1", "10.0.0.11", false, true, "0.1.0", true, "well")));
    }

    private static ServerStatus server(String name, String state) {
        return new ServerStatus(
                name,
                "10.0.0.21:8080",
                false,
                state,
                state.equals("up") ? "" : "by an operator",
                600,
                10,
                7,
                30,
                OptionalLong.of(500),
                12_345,
                67,
                120,
                OptionalLong.of(0),
                new Traffic(
                        2_000_000,
                        88_000_000,
                        3,
                        1,
                        0,
                        2,
                        5,
                        4,
                        List.of(0L, 12_300L, 0L, 21L, 24L)),
                CheckStatus.NONE,
                requests(12_345));
    }

    private static RequestFigures requests(long count) {
        return new RequestFigures(
                        count,
                        count / 500,
                        count * 900,
                        640,
                        2_400,
                        9_100,
                        RequestFigures.BOUNDS_MICROS.stream()
                                .map(micros -> count * micros / (micros + 640))
                                .toList(),
                        Optional.empty())
                .with(Optional.of(new RequestFigures.Recent(60, 4_020, 8, 67, 630, 2_300, 8_900)));
    }

    /** After a failover: the old primary comes back. */
    public static ClusterStatus alone() {
        return cluster(
                database(
                        8,
                        Optional.of("b"),
                        "b is primary; a is being brought back as a replica.",
                        "If b dies now, it is started again in place: no replica may take over.",
                        false,
                        List.of(
                                member(
                                        "a",
                                        5433,
                                        "stopped",
                                        "went its own way after 0/5A21C40",
                                        OptionalLong.empty(),
                                        false,
                                        Optional.of("rewinding to b's history")),
                                member(
                                        "b",
                                        5434,
                                        "primary",
                                        "takes writes",
                                        OptionalLong.empty(),
                                        false,
                                        Optional.empty()))),
                List.of(listener("sql", 24, 0, 18_900, 41_377)));
    }

    /** A switchover is in its step, from a to b. */
    public static ClusterStatus switching(String step) {
        DatabaseStatus now = pair();
        return cluster(
                new DatabaseStatus(
                        now.name(),
                        now.protection(),
                        now.epoch(),
                        now.primary(),
                        "A switchover from a to b is on its way.",
                        now.readiness(),
                        true,
                        false,
                        Optional.of(step),
                        now.members()),
                List.of(listener("sql", 24, 0, 18_204, 41_377)));
    }

    /** The roles of the pair are changed: b is primary in epoch 8. */
    public static ClusterStatus switched() {
        return cluster(
                database(
                        8,
                        Optional.of("b"),
                        "b is primary, a follows and is synchronous.",
                        "If b dies now, a takes over at once; no acknowledged commit is lost.",
                        true,
                        List.of(
                                member(
                                        "a",
                                        5433,
                                        "replica",
                                        "streams from b",
                                        OptionalLong.of(0),
                                        true,
                                        Optional.empty()),
                                member(
                                        "b",
                                        5434,
                                        "primary",
                                        "takes writes",
                                        OptionalLong.empty(),
                                        false,
                                        Optional.empty()))),
                List.of(listener("sql", 24, 0, 18_204, 41_377)));
    }

    /** Two databases with three members, one of them unwell, and three listeners. */
    public static ClusterStatus large() {
        DatabaseStatus shop = pair();
        MemberStatus third =
                new MemberStatus(
                        "c",
                        "db2",
                        "10.0.0.12:5432",
                        "replica",
                        "streams from a, 38 s behind on replay",
                        "3:0/6000148",
                        OptionalLong.of(48_234_496),
                        false,
                        Optional.empty());
        DatabaseStatus three =
                new DatabaseStatus(
                        "shop",
                        "availability",
                        7,
                        Optional.of("a"),
                        shop.summary(),
                        shop.readiness(),
                        true,
                        false,
                        Optional.empty(),
                        List.of(shop.members().get(0), shop.members().get(1), third));
        DatabaseStatus reports =
                new DatabaseStatus(
                        "reports",
                        "performance",
                        3,
                        Optional.of("x"),
                        "x is primary; y does not answer for 4 minutes.",
                        "If x dies now, nothing takes over: y is not reachable.",
                        false,
                        true,
                        Optional.empty(),
                        List.of(
                                member(
                                        "x",
                                        5501,
                                        "primary",
                                        "takes writes",
                                        OptionalLong.empty(),
                                        false,
                                        Optional.empty()),
                                member(
                                        "y",
                                        5502,
                                        "unresponsive",
                                        "did not answer within 2 s: connection refused",
                                        OptionalLong.empty(),
                                        false,
                                        Optional.empty())));
        return new ClusterStatus(
                "shop",
                "db0",
                "0.1.0",
                12,
                List.of(three, reports),
                List.of(
                        listener("sql", 24, 0, 18_204, 41_377),
                        listener("batch", 3, 0, 900, 12),
                        new ListenerStatus(
                                        "reports",
                                        "0.0.0.0:6433",
                                        "postgresql",
                                        "reports",
                                        1,
                                        0,
                                        0,
                                        77,
                                        0,
                                        4,
                                        1,
                                        0)
                                .withPool(
                                        Optional.of(
                                                new PoolStatus(
                                                        20,
                                                        4,
                                                        1,
                                                        0,
                                                        Map.of(
                                                                "LISTEN",
                                                                2L,
                                                                "a temporary object",
                                                                1L))))
                                .withCarriedOver(new CarriedOver(12, 1))),
                List.of(
                        new AddressStatus(
                                "writer",
                                "10.0.0.100/24",
                                "primary of shop",
                                Optional.of("db0"),
                                "eth0",
                                "held",
                                "db0 has the primary of shop.",
                                true),
                        new AddressStatus(
                                "accounts",
                                "10.0.0.101/24",
                                "primary of reports",
                                Optional.of("db0"),
                                "eth0",
                                "refused",
                                "Another machine has it: 02:00:00:00:00:09 answers on eth0.",
                                false)));
    }

    /** What led to {@link #alone}. */
    public static void tell(FakeNode node) {
        Optional<String> shop = Optional.of("shop");
        node.add(Severity.INFO, Optional.empty(), 0, "The node local started.");
        node.add(Severity.INFO, shop, 7, "b is synchronous: commits on a wait for it.");
        node.add(
                Severity.ERROR,
                shop,
                7,
                "The server process of the primary a ended: signal 9.",
                Event.Part.CAUSE);
        node.add(
                Severity.WARNING,
                shop,
                8,
                "b is promoted in epoch 8, because a is dead and b has every commit that was"
                        + " acknowledged.",
                Event.Part.DECISION);
        node.add(
                Severity.INFO,
                shop,
                8,
                "b takes writes. They were held for 640 ms.",
                Event.Part.OUTCOME);
    }

    private static DatabaseStatus pair() {
        return database(
                7,
                Optional.of("a"),
                "a is primary, b follows and is synchronous.",
                "If a dies now, b takes over at once; no acknowledged commit is lost.",
                true,
                List.of(
                        member(
                                "a",
                                5433,
                                "primary",
                                "takes writes",
                                OptionalLong.empty(),
                                false,
                                Optional.empty()),
                        member(
                                "b",
                                5434,
                                "replica",
                                "streams from a",
                                OptionalLong.of(1_248),
                                true,
                                Optional.empty())));
    }

    private static ClusterStatus cluster(DatabaseStatus database, List<ListenerStatus> listeners) {
        return new ClusterStatus(
                "shop", "local", "0.1.0", 4, List.of(database), listeners, List.of());
    }

    private static DatabaseStatus database(
            long epoch,
            Optional<String> primary,
            String summary,
            String readiness,
            boolean healthy,
            List<MemberStatus> members) {
        return new DatabaseStatus(
                "shop",
                "availability",
                epoch,
                primary,
                summary,
                readiness,
                healthy,
                false,
                Optional.empty(),
                members);
    }

    private static MemberStatus member(
            String name,
            int port,
            String role,
            String state,
            OptionalLong lagBytes,
            boolean synchronous,
            Optional<String> busy) {
        return new MemberStatus(
                name,
                "local",
                "127.0.0.1:" + port,
                role,
                state,
                "3:0/5A21C40",
                lagBytes,
                synchronous,
                busy);
    }

    private static ListenerStatus listener(
            String name, long clients, long held, long onPrimary, long onReplicas) {
        return new ListenerStatus(
                name,
                "127.0.0.1:6432",
                "postgresql",
                "shop",
                clients,
                held,
                clients / 3,
                onPrimary,
                onReplicas,
                0,
                0,
                0,
                "",
                2_000,
                40,
                1_200_000,
                48_000_000,
                3,
                17,
                Optional.empty(),
                Optional.empty(),
                CarriedOver.NOTHING,
                Optional.of(requests(onPrimary + onReplicas)),
                Map.of("constraint", 12L, "syntax", 3L),
                Map.of("a", requests(onPrimary), "b", requests(onReplicas)));
    }
}
