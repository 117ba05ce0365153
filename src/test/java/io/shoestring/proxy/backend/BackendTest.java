package io.shoestring.proxy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.BackendConfig.Balance;
import io.shoestring.config.RequestKey;
import io.shoestring.model.Endpoint;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

@Timeout(30)
class BackendTest {
    private final AtomicLong nanos = new AtomicLong(1_000);
    private final EventLoop loop = new DefaultEventLoop();
    private final EventLoop otherLoop = new DefaultEventLoop();
    private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    private final Map<String, BackendConfig.Server> servers = new LinkedHashMap<>();
    private Balance balance = Balance.ROUND_ROBIN;
    private int maxQueue = 10;
    private Duration queueTimeout = Duration.ofSeconds(20);
    private Duration slowStart = Duration.ZERO;
    private int panicThreshold;
    private Optional<BackendConfig.Breaker> breaker = Optional.empty();

    @AfterEach
    void end() {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        otherLoop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    /** A claim that writes down what it gets. */
    private static final class Taker extends Claim {
        private final long key;
        private final int priority;
        final BlockingQueue<Object> got = new LinkedBlockingQueue<>();
        volatile boolean onItsLoop = true;

        Taker(EventLoop on, long key) {
            this(on, key, 0);
        }

        Taker(EventLoop on, long key, int priority) {
            super(on);
            this.key = key;
            this.priority = priority;
        }

        @Override
        protected int priority() {
            return priority;
        }

        @Override
        protected long key() {
            return key;
        }

        @Override
        protected void granted(Server server) {
            onItsLoop &= loop().inEventLoop();
            got.add(server);
        }

        @Override
        protected void refused(Refusal why) {
            onItsLoop &= loop().inEventLoop();
            got.add(why);
        }

        Taker asks(Backend backend) {
            loop().execute(() -> backend.assign(this));
            return this;
        }

        Object answer() throws InterruptedException {
            Object answer = got.poll(10, TimeUnit.SECONDS);
            return answer == null ? "nothing" : answer;
        }

        boolean waits() throws InterruptedException {
            return got.poll(50, TimeUnit.MILLISECONDS) == null;
        }
    }

    private void server(String name, int weight, int limit, boolean backup) {
        OptionalInt most = limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit);
        var address = new Endpoint("127.0.0.1", 1000 + servers.size());
        servers.put(name, new BackendConfig.Server(name, address, weight, most, backup));
    }

    private Backend backend() {
        var timeouts =
                new BackendConfig.Timeouts(
                        Duration.ofSeconds(1), Duration.ofSeconds(1), queueTimeout);
        return new Backend(
                new BackendConfig(
                        "web",
                        balance,
                        servers,
                        Optional.empty(),
                        Optional.empty(),
                        timeouts,
                        maxQueue,
                        3,
                        slowStart,
                        panicThreshold,
                        BackendConfig.ProxyProtocol.NONE,
                        Optional.empty(),
                        Optional.empty(),
                        BackendConfig.Http2.NONE,
                        RequestKey.PATH,
                        breaker),
                nanos::get,
                loop,
                entry -> told.add(entry.severity() + " " + entry.sentence()));
    }

    private Server take(Backend backend) throws InterruptedException {
        return take(backend, 0);
    }

    private Server take(Backend backend, long key) throws InterruptedException {
        Object answer = new Taker(loop, key).asks(backend).answer();
        assertThat(answer).isInstanceOf(Server.class);
        return (Server) answer;
    }

    private List<String> takeAndKeep(Backend backend, int count) throws InterruptedException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(take(backend).name());
        }
        return names;
    }

    private static Server named(Backend backend, String name) {
        return backend.server(name).orElseThrow();
    }

    @Test
    void aRoundIsAsEvenlySpreadAsTheWeightsAllow() throws InterruptedException {
        server("a", 5, 0, false);
        server("b", 1, 0, false);
        server("c", 1, 0, false);
        Backend backend = backend();
        assertThat(takeAndKeep(backend, 7)).containsExactly("a", "a", "b", "a", "c", "a", "a");
        assertThat(takeAndKeep(backend, 7)).containsExactly("a", "a", "b", "a", "c", "a", "a");
    }

    @Test
    void weightsFarApartStillGiveEverybodySomething() throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            server("s" + i, i == 0 ? 1 : 255, 0, false);
        }
        Backend backend = backend();
        Map<String, Integer> counts = new HashMap<>();
        takeAndKeep(backend, 4_000).forEach(name -> counts.merge(name, 1, Integer::sum));
        assertThat(counts).hasSize(200);
        assertThat(counts.get("s0")).isLessThanOrEqualTo(counts.get("s1"));
    }

    @Test
    void aServerWhoseRequestsFailIsOutForAWhileAndTriedByOneAtATime() throws Exception {
        breaker = Optional.of(new BackendConfig.Breaker(3, Duration.ofMillis(200)));
        server("a", 1, 0, false);
        server("b", 1, 0, false);
        Backend backend = backend();
        Server a = named(backend, "a");
        a.outcomes().failed("refused");
        a.outcomes().answeredBadly("answered 500");
        a.outcomes().succeeded();
        a.outcomes().failed("refused");
        a.outcomes().failed("refused");
        assertThat(takeAndKeep(backend, 4)).contains("a", "b");
        a.outcomes().answeredBadly("answered 503");
        Awaitility.await().until(() -> !told.isEmpty());
        assertThat(told)
                .containsExactly(
                        "WARNING server a of backend web is out of use for a while: 3 failures in a"
                                + " row, the last: answered 503");
        assertThat(takeAndKeep(backend, 4)).containsOnly("b");

        // The only one that is left stays.
        Server b = named(backend, "b");
        for (int i = 0; i < 9; i++) {
            b.outcomes().failed("refused");
        }
        assertThat(takeAndKeep(backend, 1)).containsOnly("b");

        a.release();
        a.release();
        Awaitility.await().until(() -> told.size() == 2);
        assertThat(told).last().asString().endsWith("is tried again, by one request at a time");
        List<String> next = takeAndKeep(backend, 4);
        assertThat(next).containsOnlyOnce("a");
        a.outcomes().failed("refused");
        Awaitility.await().until(() -> told.size() == 3);
        assertThat(told).last().asString().endsWith("the next one failed, too: refused");
        a.release();
        assertThat(takeAndKeep(backend, 4)).containsOnly("b");

        Awaitility.await().until(() -> told.size() == 4);
        assertThat(a.state().circuit().trips()).isEqualTo(2);
        a.outcomes().succeeded();
        Awaitility.await().until(() -> told.size() == 5);
        assertThat(told).last().asString().endsWith("is in use again: a request succeeded");
        assertThat(takeAndKeep(backend, 4).stream().filter("a"::equals)).hasSize(2);
    }

    @Test
    void theLeastLoadedForItsWeightIsTaken() throws InterruptedException {
        balance = Balance.LEAST_CONNECTIONS;
        server("a", 3, 0, false);
        server("b", 1, 0, false);
        Backend backend = backend();
        takeAndKeep(backend, 40);
        assertThat(named(backend, "a").connections()).isEqualTo(30);
        assertThat(named(backend, "b").connections()).isEqualTo(10);
        for (int i = 0; i < 20; i++) {
            named(backend, "a").release();
        }
        assertThat(takeAndKeep(backend, 15)).containsOnly("a");
    }

    @Test
    void ofTwoDrawnTheLessLoadedIsTaken() throws InterruptedException {
        balance = Balance.RANDOM;
        IntStream.range(0, 10).forEach(i -> server("s" + i, 1, 0, false));
        Backend backend = backend();
        takeAndKeep(backend, 1_000);
        // With one draw some server would have more than 120 in nearly every run.
        assertThat(backend.servers()).allMatch(server -> server.connections() < 110);
        assertThat(backend.servers()).allMatch(server -> server.connections() > 90);
    }

    @Test
    void aKeyKeepsItsServerAndOnlyALostServersKeysMove() throws InterruptedException {
        balance = Balance.SOURCE;
        IntStream.range(0, 5).forEach(i -> server("s" + i, i == 0 ? 4 : 1, 0, false));
        Backend backend = backend();
        Map<Long, String> home = new HashMap<>();
        for (long i = 0; i < 2_000; i++) {
            home.put(i, take(backend, HashKey.of("10.0.0." + i)).name());
        }
        long onHeavy = home.values().stream().filter("s0"::equals).count();
        assertThat(onHeavy).isBetween(900L, 1_100L);

        backend.found(named(backend, "s3"), false, "gone");
        for (long i = 0; i < 2_000; i++) {
            String now = take(backend, HashKey.of("10.0.0." + i)).name();
            String before = home.get(i);
            assertThat(now).isNotEqualTo("s3");
            if (!"s3".equals(before)) {
                assertThat(now).isEqualTo(before);
            }
        }
    }

    @Test
    void theFirstWithRoomIsTaken() throws InterruptedException {
        balance = Balance.FIRST;
        server("a", 1, 2, false);
        server("b", 1, 2, false);
        Backend backend = backend();
        assertThat(takeAndKeep(backend, 3)).containsExactly("a", "a", "b");
        named(backend, "a").release();
        assertThat(takeAndKeep(backend, 2)).containsExactly("a", "b");
    }

    @Test
    void backupsServeOnlyWhenNobodyElseDoes() throws InterruptedException {
        server("a", 1, 0, false);
        server("spare", 1, 0, true);
        Backend backend = backend();
        assertThat(takeAndKeep(backend, 4)).containsOnly("a");
        backend.found(named(backend, "a"), false, "connection refused");
        assertThat(takeAndKeep(backend, 2)).containsOnly("spare");
        backend.found(named(backend, "a"), true, "connected");
        assertThat(takeAndKeep(backend, 2)).containsOnly("a");
    }

    @Test
    void whoIsDrainedInMaintenanceDownOrOfNoWeightGetsNothing() throws InterruptedException {
        server("a", 1, 0, false);
        server("b", 1, 0, false);
        Backend backend = backend();
        Server a = named(backend, "a");
        backend.want(a, Administrative.DRAIN);
        assertThat(takeAndKeep(backend, 3)).containsOnly("b");
        backend.want(a, Administrative.MAINTENANCE);
        assertThat(takeAndKeep(backend, 3)).containsOnly("b");
        backend.want(a, Administrative.READY);
        assertThat(takeAndKeep(backend, 4)).contains("a");
        backend.weigh(a, 0);
        assertThat(takeAndKeep(backend, 3)).containsOnly("b");
        backend.weigh(a, 1);
        backend.found(a, false, "timeout");
        backend.want(a, Administrative.READY);
        assertThat(takeAndKeep(backend, 3)).containsOnly("b");
        backend.found(named(backend, "b"), false, "timeout");
        assertThat(new Taker(loop, 0).asks(backend).answer()).isEqualTo(Refusal.NO_SERVER);
    }

    @Test
    void onlyTheAgentTakesBackWhatTheAgentSaid() throws InterruptedException {
        server("a", 10, 0, false);
        server("b", 10, 0, false);
        Backend backend = backend();
        Server a = named(backend, "a");
        backend.told(
                a, new ServerState.Agent(true, "", Administrative.DRAIN, 50, OptionalInt.of(7)));
        assertThat(a.limit()).isEmpty();
        backend.want(a, Administrative.READY);
        assertThat(takeAndKeep(backend, 3)).containsOnly("b");
        backend.told(
                a, new ServerState.Agent(true, "", Administrative.READY, 50, OptionalInt.of(7)));
        assertThat(a.limit()).hasValue(7);
        assertThat(a.state().effectiveWeight()).isEqualTo(5);
        assertThat(takeAndKeep(backend, 3)).containsExactlyInAnyOrder("a", "b", "b");
        backend.told(a, ServerState.Agent.SILENT);
        assertThat(a.limit()).isEmpty();
        assertThat(a.state().effectiveWeight()).isEqualTo(10);
    }

    @Test
    void aFreedPlaceWakesTheFirstWhoWaitsOnItsOwnLoop() throws InterruptedException {
        server("a", 1, 1, false);
        Backend backend = backend();
        Server a = take(backend);
        Taker first = new Taker(otherLoop, 0).asks(backend);
        assertThat(first.waits()).isTrue();
        Taker second = new Taker(loop, 0).asks(backend);
        assertThat(second.waits()).isTrue();
        assertThat(backend.queued()).isEqualTo(2);
        a.release();
        assertThat(first.answer()).isEqualTo(a);
        assertThat(second.waits()).isTrue();
        a.release();
        assertThat(second.answer()).isEqualTo(a);
        assertThat(first.onItsLoop && second.onItsLoop).isTrue();
        a.release();
        assertThat(a.connections()).isZero();
        assertThat(backend.queued()).isZero();
        assertThat(backend.mostQueued()).isEqualTo(2);
    }

    @Test
    void ofThoseWhoWaitTheHighestPriorityIsFirst() throws InterruptedException {
        server("a", 1, 1, false);
        Backend backend = backend();
        Server a = take(backend);
        List<Taker> waiting = new ArrayList<>();
        for (int priority : new int[] {0, -5, 10, 0, 10}) {
            Taker taker = new Taker(loop, 0, priority).asks(backend);
            assertThat(taker.waits()).isTrue();
            waiting.add(taker);
        }
        assertThat(backend.queued()).isEqualTo(5);
        loop.execute(() -> waiting.get(3).cancel(backend));
        for (int next : new int[] {2, 4, 0, 1}) {
            a.release();
            assertThat(waiting.get(next).answer()).isEqualTo(a);
        }
        assertThat(waiting.get(3).waits()).isTrue();
        assertThat(backend.queued()).isZero();
        a.release();
        assertThat(take(backend)).isEqualTo(a);
    }

    @Test
    void theQueueHasAnEndInLengthAndInTime() throws InterruptedException {
        maxQueue = 1;
        queueTimeout = Duration.ofMillis(100);
        server("a", 1, 1, false);
        Backend backend = backend();
        Server a = take(backend);
        Taker waits = new Taker(loop, 0).asks(backend);
        Taker tooMany = new Taker(loop, 0).asks(backend);
        assertThat(tooMany.answer()).isEqualTo(Refusal.QUEUE_FULL);
        assertThat(waits.answer()).isEqualTo(Refusal.QUEUE_TIMEOUT);
        assertThat(backend.queued()).isZero();
        a.release();
        assertThat(a.connections()).isZero();
        assertThat(waits.waits()).isTrue();
    }

    @Test
    void whoGivesUpWaitingIsPassedOver() throws InterruptedException {
        server("a", 1, 1, false);
        Backend backend = backend();
        Server a = take(backend);
        Taker first = new Taker(loop, 0).asks(backend);
        Taker second = new Taker(loop, 0).asks(backend);
        assertThat(first.waits()).isTrue();
        loop.execute(() -> first.cancel(backend));
        a.release();
        assertThat(second.answer()).isEqualTo(a);
        assertThat(first.waits()).isTrue();
    }

    @Test
    void aPlaceThatIsOnItsWayToWhoGaveUpIsGivenBack() throws Exception {
        server("a", 1, 1, false);
        Backend backend = backend();
        Server a = take(backend);
        Taker taker = new Taker(loop, 0).asks(backend);
        assertThat(taker.waits()).isTrue();
        // Both on the loop: the answer is queued behind this task, which gives up first.
        loop.submit(
                        () -> {
                            a.release();
                            taker.cancel(backend);
                        })
                .get();
        assertThat(taker.waits()).isTrue();
        assertThat(a.connections()).isZero();
    }

    @Test
    void whenTheLastServerGoesNobodyWaitsAnyLonger() throws InterruptedException {
        server("a", 1, 1, false);
        Backend backend = backend();
        take(backend);
        Taker taker = new Taker(otherLoop, 0).asks(backend);
        assertThat(taker.waits()).isTrue();
        backend.found(named(backend, "a"), false, "connection refused");
        assertThat(taker.answer()).isEqualTo(Refusal.NO_SERVER);
    }

    @Test
    void aServerThatComesBackServesThoseWhoWait() throws InterruptedException {
        server("a", 1, 1, false);
        server("b", 1, 1, false);
        Backend backend = backend();
        backend.found(named(backend, "b"), false, "connection refused");
        take(backend);
        Taker taker = new Taker(otherLoop, 0).asks(backend);
        assertThat(taker.waits()).isTrue();
        backend.found(named(backend, "b"), true, "connected");
        assertThat(taker.answer()).isEqualTo(named(backend, "b"));
    }

    @Test
    void aLimitIsExactWhateverTheLoopsDo() throws InterruptedException {
        server("a", 1, 3, false);
        server("b", 1, 2, false);
        maxQueue = 100_000;
        Backend backend = backend();
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        int takers = 20_000;
        var done = new CountDownLatch(takers);
        for (int i = 0; i < takers; i++) {
            EventLoop on = i % 2 == 0 ? loop : otherLoop;
            EventLoop back = i % 3 == 0 ? loop : otherLoop;
            var claim =
                    new Claim(on) {
                        @Override
                        protected long key() {
                            return 0;
                        }

                        @Override
                        protected void granted(Server server) {
                            most.accumulateAndGet(held.incrementAndGet(), Math::max);
                            back.execute(
                                    () -> {
                                        held.decrementAndGet();
                                        server.release();
                                        done.countDown();
                                    });
                        }

                        @Override
                        protected void refused(Refusal why) {}
                    };
            on.execute(() -> backend.assign(claim));
        }
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(most.get()).isBetween(2, 5);
        assertThat(backend.servers()).allMatch(server -> server.connections() == 0);
        assertThat(backend.mostQueued()).isPositive();
    }

    @Test
    void whoCouldNotReachAServerGoesToAnotherOneWhileThereIsOne() throws InterruptedException {
        balance = Balance.FIRST;
        server("a", 1, 0, false);
        server("b", 1, 0, false);
        Backend backend = backend();
        Taker taker = new Taker(loop, 0).asks(backend);
        assertThat(taker.answer()).isEqualTo(named(backend, "a"));
        taker.avoid(named(backend, "a"));
        assertThat(taker.asks(backend).answer()).isEqualTo(named(backend, "b"));
        taker.avoid(named(backend, "b"));
        assertThat(taker.asks(backend).answer()).isEqualTo(named(backend, "a"));
    }

    @Test
    void aServerThatComesBackGetsItsShareSlowly() throws Exception {
        slowStart = Duration.ofSeconds(10);
        server("a", 1, 0, false);
        server("b", 1, 1_000, false);
        Backend backend = backend();
        Server b = named(backend, "b");
        // Not at the start of the process.
        assertThat(takeAndKeep(backend, 10).stream().filter("b"::equals)).hasSize(5);
        backend.found(b, false, "timeout");
        backend.found(b, true, "connected");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        waitForRamp(b, 100);
        List<String> tenth = takeAndKeep(backend, 110);
        assertThat(tenth.stream().filter("b"::equals).count()).isBetween(8L, 12L);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(4));
        waitForRamp(b, 500);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(6));
        waitForRamp(b, 1_000);
        assertThat(takeAndKeep(backend, 10).stream().filter("b"::equals)).hasSize(5);
    }

    private static void waitForRamp(Server server, int limit) throws InterruptedException {
        while (server.limit().orElse(0) != limit) {
            Thread.sleep(5);
        }
    }

    @Test
    void whenNearlyAllSeemDownTheChecksAreNotBelieved() throws InterruptedException {
        panicThreshold = 50;
        IntStream.range(0, 4).forEach(i -> server("s" + i, 1, 0, false));
        Backend backend = backend();
        backend.found(named(backend, "s0"), false, "timeout");
        backend.found(named(backend, "s1"), false, "timeout");
        assertThat(takeAndKeep(backend, 8)).containsOnly("s2", "s3");
        backend.found(named(backend, "s2"), false, "timeout");
        assertThat(takeAndKeep(backend, 8)).contains("s0", "s1", "s2", "s3");
        backend.want(named(backend, "s0"), Administrative.MAINTENANCE);
        assertThat(takeAndKeep(backend, 8)).doesNotContain("s0");
        backend.found(named(backend, "s2"), true, "connected");
        assertThat(takeAndKeep(backend, 8)).containsOnly("s2", "s3");
        assertThat(told)
                .contains(
                        "ERROR backend web has less than 50 % of its servers up: the checks are not"
                                + " believed, and all are used",
                        "INFO backend web has enough servers up: the checks count");
    }

    @Test
    void everyChangeIsToldOnceInASentence() {
        server("a", 2, 0, false);
        Backend backend = backend();
        Server a = named(backend, "a");
        backend.found(a, true, "connected");
        backend.found(a, false, "connection refused");
        backend.found(a, false, "timeout");
        backend.found(a, true, "connected");
        backend.want(a, Administrative.DRAIN);
        backend.want(a, Administrative.READY);
        backend.weigh(a, 7);
        assertThat(told)
                .containsExactly(
                        "WARNING server a of backend web is down: connection refused",
                        "ERROR backend web has no server left",
                        "INFO server a of backend web is up: connected",
                        "INFO backend web has a server again",
                        "INFO server a of backend web is drained, by an operator; it has 0"
                                + " connections",
                        "ERROR backend web has no server left",
                        "INFO server a of backend web is ready again, by an operator; it has 0"
                                + " connections",
                        "INFO backend web has a server again",
                        "INFO server a of backend web has weight 7 now; it was 2");
    }
}
