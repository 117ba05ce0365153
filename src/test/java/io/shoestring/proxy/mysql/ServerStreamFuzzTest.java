package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.FuzzBudget;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Mutation;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A server that answers with mutated packets of servers: as a replica, while the primary is as it
 * should be, and as the primary of another listener, where transactions are begun. Whoever asks the
 * honest one is not disturbed, nothing leaks, nothing is thrown. A failing run prints its seed.
 */
class ServerStreamFuzzTest {
    private static final int THREADS = 4;
    private static final FuzzBudget BUDGET = new FuzzBudget(5);
    private static final AtomicInteger SERVED = new AtomicInteger();

    /** What packets begin with, and bits of the status. */
    private static final byte[] TELLING = {0, 1, 2, 3, 5, 8, 0x40, -1, -2, -3, -4, -5};

    private static final List<byte[]> CORPUS =
            List.of(
                    ScriptedServer.ok(1, 2, ""),
                    ScriptedServer.ok(1, 3, ""),
                    ScriptedServer.ok(1, 0x4002, "\0\u000f\nautocommit\3OFF\2\1" + "1"),
                    ScriptedServer.ok(1, 0x4003, "\5\t\bT_R_W_S_"),
                    ScriptedServer.ok(1, 0x4002, "\0\u0011\tlast_gtid\6" + "0-1-10"),
                    ScriptedServer.ok(1, 10, ""),
                    ScriptedServer.packet(1, new byte[] {1}),
                    ScriptedServer.packet(1, new byte[] {2}),
                    ScriptedServer.column(2, "a"),
                    ScriptedServer.column(3, "b"),
                    ScriptedServer.packet(3, new byte[] {-2, 0, 0, 2, 0}),
                    ScriptedServer.packet(4, new byte[] {1, '7'}),
                    ScriptedServer.packet(
                            4,
                            ("\u00fc" + "x")
                                    .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)),
                    ScriptedServer.packet(5, new byte[] {-2, 0, 0, 2, 0}),
                    ScriptedServer.packet(5, new byte[100_000]),
                    ScriptedServer.error(1, 1064, "42000", "no"),
                    ScriptedServer.error(1, 1290, "HY000", "read-only"),
                    ScriptedServer.error(1, 1213, "40001", "deadlock"),
                    ScriptedServer.packet(1, new byte[] {-5, 'f'}),
                    ScriptedServer.packet(1, new byte[] {0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0}),
                    ScriptedServer.packet(1, new byte[] {0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
                    new byte[] {-1, -1, -1, 1},
                    new byte[] {0, 0, 0, 1});

    @Test
    void mutatedAnswersDisturbNobodyElse() throws Exception {
        try (var watch = new LeakWatch();
                var honest = new ScriptedServer(ServerStreamFuzzTest::answers);
                var hostile = new ScriptedServer(ServerStreamFuzzTest::fuzzes);
                var reads = new ScriptedListener(honest, hostile);
                var writes = new ScriptedListener(hostile)) {
            BUDGET.begin();
            List<Thread> clients =
                    IntStream.range(0, THREADS)
                            .mapToObj(
                                    i ->
                                            Thread.ofPlatform()
                                                    .start(
                                                            () ->
                                                                    asks(
                                                                            i % 2 == 0
                                                                                    ? reads
                                                                                    : writes,
                                                                            i)))
                            .toList();
            try (RawClient witness = new RawClient(reads.port()).in(0)) {
                while (clients.stream().anyMatch(Thread::isAlive)) {
                    witness.command(0x03, "INSERT INTO t VALUES (1)");
                    assertThat(witness.receive()[0]).isZero();
                    Thread.sleep(5);
                }
            }
            for (Thread each : clients) {
                each.join();
            }
            assertThat(BUDGET.messages()).as(BUDGET.seedText()).isGreaterThan(10);
            System.out.println(BUDGET.messages() + " mutated messages of a server");
            for (ScriptedListener each : List.of(reads, writes)) {
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(each.status().clients()).isZero());
                assertThat(each.status().openTransactions()).isZero();
            }
            assertThat(watch.lines())
                    .as(BUDGET.seedText())
                    .noneMatch(line -> line.contains("defect"));
            watch.assertNothingLeaks();
        }
    }

    private static void answers(ScriptedServer.Talk talk) throws IOException {
        talk.logIn();
        while (true) {
            talk.read();
            talk.send(ScriptedServer.ok(1, 2, ""));
        }
    }

    private static void fuzzes(ScriptedServer.Talk talk) throws IOException {
        var random = new Random(BUDGET.seed() + SERVED.incrementAndGet());
        if (random.nextInt(20) == 0) {
            talk.send(Mutation.of(ScriptedServer.GREETING, random, TELLING));
        } else {
            talk.logIn();
        }
        for (int i = 0; i < 2 && random.nextInt(10) > 0; i++) {
            // The proxy's own questions.
            talk.read();
            talk.send(ScriptedServer.ok(1, 2, ""));
        }
        while (true) {
            talk.read();
            int pieces = 1 + random.nextInt(BUDGET.messagesOfStream());
            BUDGET.count(pieces);
            for (int i = 0; i < pieces; i++) {
                byte[] piece = CORPUS.get(random.nextInt(CORPUS.size()));
                talk.send(random.nextInt(3) > 0 ? piece : Mutation.of(piece, random, TELLING));
            }
        }
    }

    /** Nobody knows whether an answer comes: whoever has waited for a moment goes. */
    private static void asks(ScriptedListener proxy, int thread) {
        var random = new Random(BUDGET.seed() + thread);
        while (BUDGET.goesOn()) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.patience(1_000);
                client.in(0);
                client.patience(20);
                for (int i = 0; i < 10; i++) {
                    switch (random.nextInt(6)) {
                        case 0 -> client.command(0x03, "BEGIN");
                        case 1 -> client.command(0x03, "UPDATE t SET n = 1");
                        case 2 -> client.command(0x03, "COMMIT");
                        case 3 -> client.command(0x16, "SELECT ?");
                        case 4 ->
                                client.command(
                                        new byte[] {
                                            0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 0, 7, 0, 0, 0
                                        });
                        default -> client.command(0x03, "SELECT n FROM t");
                    }
                    client.receive();
                }
            } catch (IOException ended) {
                // It was disconnected, or has waited.
            }
        }
    }
}
