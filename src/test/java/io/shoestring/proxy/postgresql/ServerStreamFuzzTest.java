package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ScriptedServer.complete;
import static io.shoestring.proxy.postgresql.ScriptedServer.error;
import static io.shoestring.proxy.postgresql.ScriptedServer.ready;
import static io.shoestring.proxy.postgresql.ScriptedServer.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.testing.FuzzBudget;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Mutation;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A replica that answers with mutated messages of servers, while the primary is as it should be:
 * whoever asks the primary is not disturbed, nothing leaks, nothing is thrown. A failing run prints
 * its seed.
 */
class ServerStreamFuzzTest {
    private static final int THREADS = 4;
    private static final FuzzBudget BUDGET = new FuzzBudget(4);
    private static final AtomicInteger SERVED = new AtomicInteger();

    private static final List<byte[]> CORPUS =
            List.of(
                    row("1"),
                    row("x".repeat(5_000)),
                    row("x".repeat(100_000)),
                    complete("SELECT 1"),
                    complete("SET"),
                    complete("BEGIN"),
                    complete("COMMIT"),
                    complete("DISCARD ALL"),
                    complete("LISTEN"),
                    error("ERROR", "42601", "syntax error"),
                    error("ERROR", "25006", "cannot execute in a read-only transaction"),
                    error("FATAL", "57P01", "terminating connection"),
                    ready(),
                    ready(),
                    Wire.message('Z', body -> body.writeByte('T')),
                    Wire.message('Z', body -> body.writeByte('E')),
                    Wire.message('1', body -> {}),
                    Wire.message('2', body -> {}),
                    Wire.message('3', body -> {}),
                    Wire.message('I', body -> {}),
                    Wire.message('n', body -> {}),
                    Wire.message('s', body -> {}),
                    Wire.message('T', body -> body.writeShort(0)),
                    Wire.message('t', body -> body.writeShort(0)),
                    Wire.message('G', body -> body.writeBytes("\0\0\0")),
                    Wire.message('H', body -> body.writeBytes("\0\0\0")),
                    Wire.message('W', body -> body.writeBytes("\0\0\0")),
                    Wire.message('d', body -> body.writeBytes("1\tone\n")),
                    Wire.message('c', body -> {}),
                    Wire.message('V', body -> body.writeInt(-1)),
                    Wire.message('S', body -> body.writeBytes("client_encoding\0SJIS\0")),
                    Wire.message('N', body -> body.writeBytes("SNOTICE\0C00000\0Mhm\0\0")),
                    Wire.message('A', body -> body.writeBytes("\0\0\0\7news\0x\0")),
                    Wire.message('K', body -> body.writeLong(1)),
                    Wire.message('R', body -> body.writeInt(0)));

    @Test
    void mutatedAnswersDisturbNobodyElse() throws Exception {
        try (var watch = new LeakWatch();
                var honest = new ScriptedServer(ServerStreamFuzzTest::answers);
                var hostile = new ScriptedServer(ServerStreamFuzzTest::fuzzes);
                var proxy = new ProxyUnderTest(Reads.REPLICAS, Duration.ofMillis(500))) {
            MemberSpec replica = hostile.member();
            proxy.publish(1, Optional.of(primary(honest)), false, replica);
            proxy.freshness.applied(
                    replica.name(), proxy.clock.nanos() + Duration.ofHours(100).toNanos());
            BUDGET.begin();
            List<Thread> clients =
                    IntStream.range(0, THREADS)
                            .mapToObj(i -> Thread.ofPlatform().start(() -> reads(proxy, i)))
                            .toList();
            try (RawClient witness =
                    RawClient.connect(proxy.port(), Map.of("application_name", "w"))) {
                while (clients.stream().anyMatch(Thread::isAlive)) {
                    witness.forget();
                    assertThat(witness.ask("insert into t values (1)"))
                            .containsExactly("C SELECT 1[0]", "Z I");
                    Thread.sleep(5);
                }
            }
            for (Thread each : clients) {
                each.join();
            }
            assertThat(BUDGET.messages()).as(BUDGET.seedText()).isGreaterThan(100);
            System.out.println(BUDGET.messages() + " mutated messages of a server");
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(proxy.status().clients()).isZero());
            assertThat(proxy.openTransactions()).isZero();
            assertThat(watch.lines())
                    .as(BUDGET.seedText())
                    .noneMatch(line -> line.contains("defect"));
            watch.assertNothingLeaks();
        }
    }

    private static MemberSpec primary(ScriptedServer honest) {
        MemberSpec any = honest.member();
        return new MemberSpec(new MemberName("a"), any.node(), any.endpoint(), any.priority());
    }

    private static void answers(ScriptedServer.Talk talk) throws IOException {
        talk.logIn();
        while (true) {
            char type = talk.read();
            if (type == 'Q') {
                talk.send(complete("SELECT 1"), ready());
            } else if (type == 'S') {
                talk.send(ready());
            }
        }
    }

    private static void fuzzes(ScriptedServer.Talk talk) throws IOException {
        var random = new Random(BUDGET.seed() + SERVED.incrementAndGet());
        if (random.nextInt(20) == 0) {
            talk.readStartup();
        } else {
            talk.logIn();
        }
        while (true) {
            int pieces = 1 + random.nextInt(BUDGET.messagesOfStream());
            BUDGET.count(pieces);
            for (int i = 0; i < pieces; i++) {
                byte[] piece = CORPUS.get(random.nextInt(CORPUS.size()));
                talk.send(random.nextInt(3) > 0 ? piece : Mutation.of(piece, random, Wire.TYPES));
            }
            talk.read();
        }
    }

    /** Nobody knows whether an answer comes: whoever has waited for a moment goes. */
    private static void reads(ProxyUnderTest proxy, int thread) {
        var random = new Random(BUDGET.seed() + thread);
        while (BUDGET.goesOn()) {
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.patience(20);
                for (int i = 0; i < 10; i++) {
                    client.send(request(random)).ready();
                }
            } catch (IOException ended) {
                // It was disconnected, or has waited.
            }
        }
    }

    private static byte[] request(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Wire.together(Wire.run("select 1"), Wire.run("select 2"), Wire.sync());
            case 1 ->
                    Wire.together(
                            Wire.parse("s", "select 3"),
                            Wire.bind("", "s"),
                            Wire.describePortal(""),
                            Wire.execute("", 1),
                            Wire.sync());
            case 2 -> Wire.together(Wire.query("select 4"), Wire.query("select 5"));
            default -> Wire.query("select 6");
        };
    }
}
