package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.testing.FuzzBudget;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Mutation;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Mutated streams of clients against the listener, with real servers behind it: none disturbs
 * another connection, none leaves anything behind. A failing run prints its seed.
 */
class ClientStreamFuzzTest {
    private static final int THREADS = 4;
    private static final FuzzBudget BUDGET = new FuzzBudget(5);

    private static PostgresPair pair;
    private static ProxyUnderTest proxy;
    private static LeakWatch watch;

    @BeforeAll
    static void start() throws Exception {
        watch = new LeakWatch();
        pair = PostgresPair.start();
        try (Connection direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute(
                    "create role trusted superuser login; alter role trusted set statement_timeout"
                        + " = '500ms'; create table items (id int primary key, name text); create"
                        + " table witnessed (id int)");
        }
        proxy = new ProxyUnderTest(Reads.REPLICAS, Duration.ofSeconds(5));
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
        proxy.pretendReplicasAreFresh();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        pair.close();
        watch.close();
    }

    @Test
    void mutatedStreamsDisturbNobody() throws Exception {
        List<byte[]> corpus = corpus();
        BUDGET.begin();
        var defects = new CopyOnWriteArrayList<String>();
        var fuzzers =
                java.util.stream.IntStream.range(0, THREADS)
                        .mapToObj(
                                thread ->
                                        Thread.ofPlatform()
                                                .start(() -> fuzz(thread, corpus, defects)))
                        .toList();
        int written = 0;
        try (RawClient witness = RawClient.connect(proxy.port(), Map.of("application_name", "w"))) {
            while (fuzzers.stream().anyMatch(Thread::isAlive)) {
                witness.forget();
                assertThat(witness.value("select 1 + 1")).isEqualTo("2");
                assertThat(witness.ask("insert into witnessed values (" + written++ + ")"))
                        .containsExactly("C INSERT 0 1[0]", "Z I");
                Thread.sleep(5);
            }
            assertThat(witness.ask("begin")).contains("Z T");
            assertThat(witness.value("select count(*) from witnessed"))
                    .isEqualTo(String.valueOf(written));
        }
        for (Thread fuzzer : fuzzers) {
            fuzzer.join();
        }
        assertThat(defects).as(BUDGET.seedText()).isEmpty();
        assertThat(watch.lines()).as(BUDGET.seedText()).noneMatch(line -> line.contains("defect"));
        assertThat(BUDGET.messages()).isGreaterThan(300);
        System.out.println(BUDGET.messages() + " mutated messages of clients");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(proxy.status().clients()).isZero());
        assertThat(proxy.openTransactions()).isZero();
        watch.assertNothingLeaks();
    }

    private static void fuzz(int thread, List<byte[]> corpus, List<String> defects) {
        var random = new Random(BUDGET.seed() + thread);
        while (BUDGET.goesOn()) {
            try (RawClient client = RawClient.open(proxy.port())) {
                client.patience(5_000);
                send(client, random, corpus);
            } catch (java.net.SocketTimeoutException hung) {
                defects.add(hung.toString());
            } catch (IOException ended) {
                // The proxy closed it: its right.
            }
        }
    }

    private static void send(RawClient client, Random random, List<byte[]> corpus)
            throws IOException {
        if (random.nextInt(4) > 0) {
            client.send(Wire.startup(Map.of("user", RawClient.ROLE, "database", "postgres")));
        }
        int pieces = 1 + random.nextInt(BUDGET.messagesOfStream());
        BUDGET.count(pieces);
        for (int i = 0; i < pieces; i++) {
            byte[] piece = corpus.get(random.nextInt(corpus.size()));
            client.send(random.nextInt(3) == 0 ? piece : Mutation.of(piece, random, Wire.TYPES));
        }
        switch (random.nextInt(3)) {
            case 0 -> client.reset();
            case 1 -> client.endSending();
            default -> {
                client.endSending();
                client.untilEnd();
            }
        }
    }

    /** What clients say, in messages of every type. */
    private static List<byte[]> corpus() {
        return List.of(
                Wire.query("select name from items where id = 1"),
                Wire.query("insert into items values (1, 'x') on conflict do nothing"),
                Wire.query("begin"),
                Wire.query("commit"),
                Wire.query("rollback"),
                Wire.query("savepoint s"),
                Wire.query("rollback to s"),
                Wire.query("set work_mem = '7MB'"),
                Wire.query("discard all"),
                Wire.query("deallocate all"),
                Wire.query("select 1; select 2; select 3"),
                Wire.query("copy items from stdin"),
                Wire.query("copy items to stdout"),
                Wire.query("select generate_series(1, 20000)"),
                Wire.query("listen a"),
                Wire.query("notify a"),
                Wire.query("create temp table t (id int)"),
                Wire.parse("", "select $1::int"),
                Wire.parse("s1", "select name from items where id = $1"),
                Wire.parse("s2", "insert into items values ($1, $2) on conflict do nothing"),
                Wire.bind("", "", "1"),
                Wire.bind("", "s1", "1"),
                Wire.bind("", "s2", "2", "y"),
                Wire.bind("p", "s1", "1"),
                Wire.describeStatement("s1"),
                Wire.describePortal(""),
                Wire.execute("", 0),
                Wire.execute("", 1),
                Wire.execute("p", 1),
                Wire.closeStatement("s1"),
                Wire.closeStatement(""),
                Wire.closePortal("p"),
                Wire.sync(),
                Wire.sync(),
                Wire.flush(),
                Wire.run("select 1"),
                Wire.together(Wire.run("begin"), Wire.run("select 1/0"), Wire.sync()),
                Wire.copyData("1\tone\n"),
                Wire.copyDone(),
                Wire.copyFail("no"),
                Wire.functionCall(871, "x"),
                Wire.terminate(),
                Wire.query("select '" + "long".repeat(30_000) + "'"),
                Wire.parse("", "select '" + "long".repeat(30_000) + "'"),
                Wire.copyData("x".repeat(100_000)));
    }
}
