package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.ScriptedServer.complete;
import static io.shoestring.proxy.postgresql.ScriptedServer.error;
import static io.shoestring.proxy.postgresql.ScriptedServer.ready;
import static io.shoestring.proxy.postgresql.ScriptedServer.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.proxy.postgresql.ScriptedServer.Behaviour;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A server that is not what it should be, at each phase: the client gets the protocol's own error
 * or waits, the log gets a line and not a flood, nothing is sent twice that must not be, nothing
 * leaks.
 */
@Timeout(60)
class HostileServerTest {
    private static final Duration HOLD = Duration.ofMillis(400);
    private static final int LINES_MAX = 3;

    private static LeakWatch watch;
    private ProxyUnderTest proxy;

    @BeforeAll
    static void watch() {
        watch = new LeakWatch();
    }

    @BeforeEach
    void start() throws Exception {
        proxy = new ProxyUnderTest(Reads.PRIMARY, HOLD);
        watch.forgetLines();
    }

    @AfterEach
    void nothingLeaksAndTheLogIsShort() {
        await().untilAsserted(() -> assertThat(proxy.status().clients()).isZero());
        assertThat(proxy.openTransactions()).isZero();
        assertThat(proxy.status().held()).isZero();
        watch.assertNothingIsInUse();
        assertThat(watch.lines()).hasSizeLessThanOrEqualTo(LINES_MAX);
        assertThat(watch.lines()).noneMatch(line -> line.contains("defect"));
        proxy.close();
    }

    @AfterAll
    static void nothingWasLost() {
        watch.assertNothingLeaks();
        watch.close();
    }

    private static byte[] nonsense(int length) {
        byte[] bytes = new byte[length];
        new java.util.Random(1).nextBytes(bytes);
        return bytes;
    }

    private static byte[] header(char type, int length) {
        return Wire.bytes(
                out -> {
                    out.writeByte(type);
                    out.writeInt(length);
                });
    }

    /** Before there is a session: the client waits for a better server, then is told. */
    static Map<String, Behaviour> brokenLogIns() {
        Map<String, Behaviour> all = new LinkedHashMap<>();
        all.put("closes at once", talk -> {});
        all.put("closes after the start-up packet", ScriptedServer.Talk::readStartup);
        all.put("sends garbage at once", talk -> talk.send(nonsense(1_000)).waitForEver());
        all.put("never answers", ScriptedServer.Talk::waitForEver);
        all.put("says it is ready at once", talk -> talk.readStartup().send(ready()).waitForEver());
        all.put(
                "sends rows instead of a log-in",
                talk -> talk.readStartup().send(row("x")).waitForEver());
        all.put(
                "announces an endless message",
                talk -> talk.readStartup().send(header('S', 2_000_000_000)).waitForEver());
        all.put(
                "has a negative length",
                talk -> talk.readStartup().send(header('R', -5)).waitForEver());
        all.put(
                "is full",
                talk ->
                        talk.readStartup()
                                .send(error("FATAL", "53300", "sorry, too many clients already")));
        all.put(
                "is starting up",
                talk ->
                        talk.readStartup()
                                .send(
                                        error(
                                                "FATAL",
                                                "57P03",
                                                "the database system is starting up")));
        all.put(
                "begins SASL in the middle",
                talk ->
                        talk.readStartup()
                                .send(Wire.message('R', out -> out.writeLong(11L << 32)))
                                .waitForEver());
        all.put("speaks TLS", talk -> talk.send(new byte[] {0x16, 3, 1, 0, 5}).waitForEver());
        return all;
    }

    static Stream<String> namesOfBrokenLogIns() {
        return brokenLogIns().keySet().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("namesOfBrokenLogIns")
    void aServerThatNobodyCanLogInToIsWaitedFor(String name) throws Exception {
        try (var server = new ScriptedServer(behaviour(brokenLogIns(), name))) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.untilEnd();
                assertThat(client.heard())
                        .anySatisfy(m -> assertThat(m).contains("C57P03", "shop"));
            }
            assertThat(server.connections()).isBetween(1, 10);
        }
        assertThat(watch.lines()).hasSizeLessThanOrEqualTo(LINES_MAX);
    }

    private static Behaviour behaviour(Map<String, Behaviour> all, String name) {
        return requireNonNull(all.get(name));
    }

    @Test
    void aServerThatRefusesConnectionsIsWaitedFor() throws Exception {
        ScriptedServer server = new ScriptedServer(talk -> {});
        server.close();
        proxy.publish(1, Optional.of(server.member()), false);
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.untilEnd();
            assertThat(client.heard())
                    .anySatisfy(m -> assertThat(m).contains("C57P03", "Connection refused"));
        }
        assertThat(watch.lines()).hasSize(1);
    }

    @Test
    void aServerThatHungIsUsedWhenItIsWell() throws Exception {
        try (var server = new ScriptedServer(ScriptedServer.Talk::waitForEver);
                var patient = new ProxyUnderTest(Reads.PRIMARY, Duration.ofSeconds(20))) {
            patient.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.open(patient.port())) {
                client.send(Wire.startup(Map.of("user", RawClient.ROLE)));
                await().until(() -> server.connections() == 1);
                server.behave(talk -> talk.logIn().waitForEver());
                client.ready();
                assertThat(client.heard()).last().isEqualTo("Z I");
            }
        }
    }

    @Test
    void whatTheServerSaysAboutTheLogInIsPassedOn() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk ->
                                talk.readStartup()
                                        .send(error("FATAL", "28000", "no pg_hba.conf entry")))) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.untilEnd();
                assertThat(client.heard())
                        .anySatisfy(m -> assertThat(m).contains("VFATAL", "no pg_hba.conf entry"));
            }
        }
    }

    /** What a server that is logged in to may do with a request, and each ends its connection. */
    static Map<String, Behaviour> brokenAnswers() {
        Map<String, Behaviour> all = new LinkedHashMap<>();
        all.put("closes", ScriptedServer.Talk::read);
        all.put("garbage", talk -> answer(talk, nonsense(5_000)));
        all.put("an unknown message", talk -> answer(talk, header('y', 4)));
        all.put("a negative length", talk -> answer(talk, header('C', -1)));
        all.put("an oversized message", talk -> answer(talk, header('T', 1_000_000_000)));
        all.put("an answer to something else", talk -> answer(talk, header('K', 4)));
        all.put(
                "a wrong transaction status",
                talk -> answer(talk, Wire.message('Z', out -> out.writeByte('?'))));
        all.put(
                "a truncated error",
                talk -> answer(talk, Wire.message('E', out -> out.write('S'))));
        all.put(
                "a fatal error",
                talk -> answer(talk, error("FATAL", "57P02", "terminating in panic")));
        all.put("half a header", talk -> talk.send(new byte[] {'D', 0, 0}));
        return all;
    }

    private static void answer(ScriptedServer.Talk talk, byte[] bytes) throws Exception {
        talk.read();
        talk.send(bytes);
    }

    static Stream<String> namesOfBrokenAnswers() {
        return brokenAnswers().keySet().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("namesOfBrokenAnswers")
    void aWriteIsSentOnceAndItsOutcomeToldToBeUnknown(String name) throws Exception {
        try (var server = new ScriptedServer(afterLogIn(name))) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.forget();
                client.ask("insert into t values (1)");
                assertThat(client.heard()).last().isEqualTo("Z I");
                assertThat(client.heard()).anySatisfy(m -> assertThat(m).contains("C08007"));
                assertThat(server.heard().stream().filter("Q"::equals)).hasSizeLessThanOrEqualTo(1);
                server.behave(talk -> talk.logIn().send(Wire.together()).waitForEver());
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("namesOfBrokenAnswers")
    void aReadIsRepeatedAFewTimesAndThenGivenUp(String name) throws Exception {
        try (var server = new ScriptedServer(afterLogIn(name))) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.forget();
                client.ask("select 1");
                assertThat(client.heard()).last().isEqualTo("Z I");
                assertThat(client.heard()).anySatisfy(m -> assertThat(m).contains("C08006"));
                assertThat(server.connections()).isBetween(2, 6);
            }
        }
    }

    private static Behaviour afterLogIn(String name) {
        Behaviour then = behaviour(brokenAnswers(), name);
        return talk -> then.serve(talk.logIn());
    }

    @Test
    void aReadThatFailsOnceIsRepeatedUnseen() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk -> {
                            talk.logIn();
                            talk.read();
                        })) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.forget();
                server.behave(
                        talk -> {
                            talk.logIn();
                            talk.read();
                            talk.send(row("1"), complete("SELECT 1"), ready()).waitForEver();
                        });
                assertThat(client.ask("select 1")).last().isEqualTo("Z I");
                assertThat(client.heard()).noneMatch(message -> message.startsWith("E"));
            }
        }
    }

    @Test
    void anAnswerThatEndsInARowEndsTheClientsConnection() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk -> {
                            talk.logIn();
                            talk.read();
                            talk.send(row("whole"), header('D', 100_000), new byte[500]);
                        })) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.forget();
                client.send(Wire.query("select 1")).untilEnd();
                assertThat(client.heard())
                        .isEqualTo(List.of("D [0][1][0][0][0][5]whole", RawClient.END));
            }
        }
    }

    @Test
    void rowsThatWereSentAreNotRepeated() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk -> {
                            talk.logIn();
                            talk.read();
                            talk.send(row("whole"));
                        })) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.forget();
                client.ask("select 1");
                assertThat(client.heard()).hasSize(3).element(1).asString().contains("C08006");
                assertThat(server.connections()).isEqualTo(1);
            }
        }
    }

    @Test
    void whatNobodyAskedForDoesNotReachTheClient() throws Exception {
        for (byte[] unasked :
                List.of(ready(), row("x"), complete("SELECT 1"), header('1', 4), nonsense(100))) {
            try (var server =
                    new ScriptedServer(
                            talk -> {
                                talk.logIn();
                                Thread.sleep(50);
                                talk.send(unasked).waitForEver();
                            })) {
                proxy.publish(1, Optional.of(server.member()), false);
                try (RawClient client = RawClient.connect(proxy.port())) {
                    client.forget();
                    Thread.sleep(150);
                    server.behave(
                            talk -> {
                                talk.logIn();
                                talk.read();
                                talk.send(complete("SELECT 0"), ready()).waitForEver();
                            });
                    assertThat(client.ask("select 1")).isEqualTo(List.of("C SELECT 0[0]", "Z I"));
                }
            }
            // Each is another trouble with another server, and may have a line of its own.
            watch.forgetLines();
        }
    }

    @Test
    void aServerThatStopsInTheMiddleOfAnAnswerIsLeftWhenThereIsAnother() throws Exception {
        try (var hangs =
                        new ScriptedServer(
                                talk -> {
                                    talk.logIn();
                                    talk.read();
                                    talk.waitForEver();
                                });
                var works =
                        new ScriptedServer(
                                talk -> {
                                    talk.logIn();
                                    talk.read();
                                    talk.send(complete("SELECT 0"), ready()).waitForEver();
                                })) {
            proxy.publish(1, Optional.of(hangs.member()), false);
            try (RawClient client = RawClient.connect(proxy.port());
                    RawClient writer = RawClient.connect(proxy.port())) {
                client.forget();
                writer.forget();
                client.send(Wire.query("select 1"));
                writer.send(Wire.query("insert into t values (1)"));
                await().until(() -> hangs.heard().stream().filter("Q"::equals).count() == 2);
                proxy.publish(2, Optional.of(works.member()), false);
                assertThat(client.ready().heard()).isEqualTo(List.of("C SELECT 0[0]", "Z I"));
                writer.ready();
                assertThat(writer.heard()).first().asString().contains("C08007");
                assertThat(works.heard().stream().filter("Q"::equals)).hasSize(1);
            }
        }
    }

    @Test
    void aReplicaThatStopsAnsweringIsLeftWhenItIsTakenOutOfService() throws Exception {
        try (var hangs =
                        new ScriptedServer(
                                talk -> {
                                    talk.logIn();
                                    talk.read();
                                    talk.waitForEver();
                                });
                var works =
                        new ScriptedServer(
                                talk -> {
                                    talk.logIn();
                                    talk.read();
                                    talk.send(complete("SELECT 0"), ready()).waitForEver();
                                });
                var both = new ProxyUnderTest(Reads.REPLICAS, HOLD)) {
            both.publish(1, Optional.of(works.member()), false, hangs.member());
            both.freshness.applied(hangs.member().name(), Long.MAX_VALUE / 2);
            try (RawClient client = RawClient.connect(both.port())) {
                client.forget();
                await().until(() -> hangs.heard().contains("startup"));
                Thread.sleep(100);
                client.send(Wire.query("select 1"));
                await().until(() -> hangs.heard().contains("Q"));
                both.publish(1, Optional.of(works.member()), false);
                assertThat(client.ready().heard()).isEqualTo(List.of("C SELECT 0[0]", "Z I"));
            }
        }
    }

    @Test
    void anUnfinishedTransactionIsNotTakenForAnother() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk -> {
                            talk.logIn();
                            talk.read();
                            talk.send(complete("BEGIN"));
                            talk.send(Wire.message('Z', out -> out.writeByte('T')));
                            Thread.sleep(100);
                        })) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.ask("begin");
                Thread.sleep(300);
                client.forget();
                server.behave(HostileServerTest::onlyFailedTransactions);
                // Its transaction is gone: one error, then the server's own, until it ends it.
                assertThat(client.ask("insert into t values (1)"))
                        .satisfiesExactly(
                                m -> assertThat(m).contains("C57P01", "rolled back"),
                                m -> assertThat(m).isEqualTo("Z E"));
                assertThat(client.ask("insert into t values (2)"))
                        .satisfiesExactly(
                                m -> assertThat(m).contains("C25P02"),
                                m -> assertThat(m).isEqualTo("Z E"));
            }
        }
    }

    /** BEGIN is done, everything else is refused. */
    private static void onlyFailedTransactions(ScriptedServer.Talk talk) throws Exception {
        talk.logIn();
        talk.read();
        talk.send(complete("BEGIN"), Wire.message('Z', out -> out.writeByte('T')));
        while (true) {
            talk.read();
            talk.send(
                    error("ERROR", "25P02", "current transaction is aborted"),
                    Wire.message('Z', out -> out.writeByte('E')));
        }
    }

    @Test
    void aServerThatDiesWhileAFailedTransactionIsMadeAgainIsNoWayOut() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk -> {
                            talk.logIn();
                            talk.read();
                            talk.send(error("ERROR", "22012", "division by zero"));
                            talk.send(Wire.message('Z', out -> out.writeByte('E')));
                            Thread.sleep(100);
                        })) {
            proxy.publish(1, Optional.of(server.member()), false);
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.ask("begin");
                Thread.sleep(300);
                client.forget();
                server.behave(
                        talk -> {
                            talk.logIn();
                            talk.read();
                            server.behave(HostileServerTest::onlyFailedTransactions);
                        });
                assertThat(client.ask("insert into t values (1)"))
                        .satisfiesExactly(
                                m -> assertThat(m).contains("C25P02"),
                                m -> assertThat(m).isEqualTo("Z E"));
            }
        }
    }
}
