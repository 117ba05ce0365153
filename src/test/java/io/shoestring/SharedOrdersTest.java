package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.admin.Balancers.Wish;
import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.ConfigReader;
import io.shoestring.consensus.LocalStore;
import io.shoestring.health.Colleagues;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.monitoring.EventLog;
import io.shoestring.monitoring.EventQueue;
import io.shoestring.network.EventLoops;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Two balancers with one memory agree on which servers are in use. */
@Timeout(60)
class SharedOrdersTest {
    @TempDir(factory = InMemory.class)
    Path directory;

    private final EventLoops loops = new EventLoops(1);
    private EventLog log;
    private EventQueue events;
    private LocalStore store;

    @BeforeEach
    void open() throws Exception {
        log = EventLog.open(directory, WallClock.system(), "one");
        events = new EventQueue(log);
        store = LocalStore.open(directory, "one", Clock.system());
    }

    @AfterEach
    void close() throws Exception {
        store.close();
        events.close();
        log.close();
        loops.close(Duration.ofSeconds(1));
    }

    /** One node's servers and who has them follow the cluster. */
    private final class Balancer implements AutoCloseable {
        private final BalancerDesk desk;
        private final SharedOrders orders;

        Balancer(String servers) throws Exception {
            Clock clock = Clock.system();
            desk =
                    new BalancerDesk(
                            backends(servers),
                            loops,
                            clock,
                            events,
                            _ -> List.of(),
                            Colleagues.NONE,
                            new TrafficFigures(clock));
            orders = new SharedOrders(store, desk, () -> true);
            orders.start();
        }

        private ServerStatus server(int index) {
            return desk.status().getFirst().servers().get(index);
        }

        private String states() {
            return server(0).state() + " " + server(1).state();
        }

        private int weight(String server) {
            return desk.setting("web", server).orElseThrow().weight();
        }

        void become(String servers) throws Exception {
            desk.become(backends(servers));
            orders.wake();
        }

        @Override
        public void close() {
            orders.close();
            desk.close();
        }
    }

    private Map<String, BackendConfig> backends(String servers) {
        String text =
                """
                cluster: { name: edge, nodes: { one: 127.0.0.1 } }
                listeners:
                  web: { bind: 127.0.0.1:0, protocol: http, routes: [ { backend: web } ] }
                backends:
                  web: { servers: { %s } }
                """
                        .formatted(servers);
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config.backends();
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    private static final String TWO = "a: \"127.0.0.1:1001\", b: \"127.0.0.1:1002\"";

    private static void soon(Callable<Boolean> condition) {
        await().atMost(Duration.ofSeconds(20)).until(condition);
    }

    @Test
    void anOrderHoldsOnBothAndOnOneThatComesLater() throws Exception {
        try (Balancer one = new Balancer(TWO);
                Balancer two = new Balancer(TWO)) {
            assertThat(one.orders.want("web", "a", Wish.DRAIN).sentence())
                    .startsWith("Server web/a gets no new connections")
                    .endsWith("The other nodes are told.");
            assertThat(one.states()).isEqualTo("drain up");
            soon(() -> two.states().equals("drain up"));
            two.orders.weigh("web", "b", 7);
            soon(() -> one.weight("b") == 7);
            two.orders.want("web", "b", Wish.MAINTENANCE);
            soon(() -> one.states().equals("drain maintenance"));
            two.orders.want("web", "a", Wish.READY);
            soon(() -> one.states().equals("up maintenance"));
        }
        try (Balancer later = new Balancer(TWO)) {
            soon(() -> later.states().equals("up maintenance") && later.weight("b") == 7);
        }
    }

    @Test
    void whatIsSaidToOneStaysUntilSomethingIsSaidForAll() throws Exception {
        try (Balancer one = new Balancer(TWO);
                Balancer two = new Balancer(TWO)) {
            one.orders.want("web", "a", Wish.DRAIN);
            soon(() -> two.states().equals("drain up"));
            two.desk.want("web", "a", Wish.READY);
            two.desk.want("web", "b", Wish.DRAIN);
            // Another order, of another server: the choice of before is not undone by it.
            one.orders.weigh("web", "b", 3);
            soon(() -> two.weight("b") == 3);
            assertThat(two.states()).isEqualTo("up drain");
            assertThat(one.states()).isEqualTo("drain up");
            one.orders.want("web", "b", Wish.READY);
            soon(() -> two.states().equals("up up"));
        }
    }

    @Test
    void aServerThatIsMadeAnewIsStillDrainedButTheFilesNewWeightHolds() throws Exception {
        try (Balancer one = new Balancer(TWO)) {
            one.orders.want("web", "a", Wish.DRAIN);
            one.orders.weigh("web", "a", 9);
            one.become("a: { address: \"127.0.0.1:1003\", weight: 4 }, b: \"127.0.0.1:1002\"");
            soon(() -> one.states().equals("drain up"));
            assertThat(one.weight("a")).isEqualTo(4);
        }
    }

    @Test
    void whoIsUnknownIsRefusedAndNothingIsWritten() throws Exception {
        try (Balancer one = new Balancer(TWO)) {
            assertThat(one.orders.want("web", "c", Wish.DRAIN).accepted()).isFalse();
            assertThat(store.get(SharedOrders.KEY)).isEmpty();
        }
    }

    @Test
    void withoutConsensusItIsDoneHereAndSaid() throws Exception {
        try (Balancer one = new Balancer(TWO)) {
            store.close();
            var reply = one.orders.want("web", "a", Wish.DRAIN);
            assertThat(reply.accepted()).isFalse();
            assertThat(reply.sentence()).contains("whether the others were told is not known");
            assertThat(one.states()).isEqualTo("drain up");
        }
    }
}
