package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.copyData;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.message;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Whatever a client does, it hurts itself only: nothing leaks and nobody else notices. */
@Timeout(60)
class BadClientTest {
    private static final long SEED = 20_260_131L;
    private static final int MEBIBYTE = 1 << 20;

    private static PostgresPair pair;
    private static Connection direct;
    private static LeakWatch watch;
    private ProxyUnderTest proxy;
    private RawClient witness;

    @BeforeAll
    static void startServers() throws Exception {
        watch = new LeakWatch();
        pair = PostgresPair.start();
        direct = pair.direct(pair.primary());
        run("create role trusted superuser login; create table victims (id int)");
    }

    @AfterAll
    static void stopServers() throws Exception {
        watch.assertNothingLeaks();
        watch.close();
        direct.close();
        pair.close();
    }

    @BeforeEach
    void start() throws Exception {
        run("truncate victims");
        proxy = new ProxyUnderTest(Reads.PRIMARY, Duration.ofSeconds(5));
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
        watch.forgetLines();
        witness = RawClient.connect(proxy.port());
        witness.ask("begin");
    }

    @AfterEach
    void nothingLeaksAndNobodyElseIsDisturbed() throws Exception {
        assertThat(witness.ask("select 'undisturbed'")).contains("Z T");
        await().untilAsserted(() -> assertThat(proxy.status().clients()).isEqualTo(1));
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(serverConnections()).isEqualTo(1));
        witness.close();
        watch.assertNothingIsInUse();
        proxy.close();
    }

    @Test
    void anHttpRequestGetsTheProtocolsOwnError() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII)).untilEnd();
            assertThat(client.heard()).hasSize(2).first().asString().contains("C08P01");
        }
        assertThat(watch.lines()).hasSize(1);
    }

    @Test
    void randomBytesAreRefusedOrWaitedFor() throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            try (RawClient client = RawClient.open(proxy.port())) {
                client.send(bytes);
                client.endSending();
                client.untilEnd();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"Q, 2147483647", "Q, -1", "Q, 0", "Q, 3", "d, -2147483648", "S, 1073741824"})
    void impossibleLengthsAreRefused(char type, int length) throws Exception {
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.forget();
            client.send(
                    Wire.bytes(
                            out -> {
                                out.writeByte(type);
                                out.writeInt(length);
                                out.write(new byte[100]);
                            }));
            client.untilEnd();
            assertThat(client.heard()).first().asString().contains("VFATAL", "C08P01");
        }
    }

    @Test
    void messagesThatAreNotDueAreRefused() throws Exception {
        for (byte[] wrong :
                List.of(message('y', out -> {}), Wire.password("why"), message('\0', out -> {}))) {
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.forget();
                client.send(wrong).untilEnd();
                assertThat(client.heard()).first().asString().contains("VFATAL", "C08P01");
            }
        }
    }

    @Test
    void aWrongMessageBeforeTheLogInIsRefused() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            client.send(query("select 1")).untilEnd();
            assertThat(client.heard()).first().asString().contains("VFATAL");
        }
    }

    @Test
    void halfALogInAndAway() throws Exception {
        byte[] startup = Wire.startup(java.util.Map.of("user", RawClient.ROLE));
        for (int length = 0; length < startup.length; length++) {
            try (RawClient client = RawClient.open(proxy.port())) {
                client.send(Arrays.copyOf(startup, length));
            }
        }
        for (int i = 0; i < 20; i++) {
            RawClient client = RawClient.open(proxy.port());
            client.send(startup);
            client.reset();
        }
    }

    @Test
    void encryptionIsDeclinedAsOftenAsItIsAskedFor() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            client.send(Wire.sslRequest(), Wire.sslRequest());
            client.swallow(2);
            client.send(
                            Wire.startup(
                                    java.util.Map.of(
                                            "user", RawClient.ROLE, "database", "postgres")))
                    .ready();
            assertThat(client.value("select 1")).isEqualTo("1");
        }
    }

    @Test
    void aCancelRequestThatNobodyKnowsDoesNothing() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            client.send(Wire.cancelRequest(4711, 4711)).untilEnd();
        }
    }

    @Test
    void aClientVanishesInTheMiddleOfACopy() throws Exception {
        RawClient client = RawClient.connect(proxy.port());
        client.send(query("copy victims from stdin")).until('G');
        client.send(copyData("1\n"));
        byte[] half = copyData("2\n".repeat(100_000));
        client.send(Arrays.copyOf(half, half.length / 2));
        client.reset();
        await().untilAsserted(() -> assertThat(serverConnections()).isEqualTo(1));
        assertThat(count()).isZero();
    }

    @Test
    void aClientVanishesInTheMiddleOfABigResult() throws Exception {
        RawClient client = RawClient.connect(proxy.port());
        client.send(query("select repeat('x', 1000) from generate_series(1, 1000000)")).until('D');
        client.reset();
        await().untilAsserted(() -> assertThat(serverConnections()).isEqualTo(1));
    }

    @Test
    void aStatementThatLacksItsEndIsNeverRun() throws Exception {
        String sql = "insert into victims select 1 /* " + "long ".repeat(20_000) + "*/ as a";
        byte[] insert = query(sql);
        for (int missing = 1; missing <= 8; missing++) {
            try (RawClient client = RawClient.connect(proxy.port())) {
                client.send(Arrays.copyOf(insert, insert.length - missing));
                // So that the beginning has gone on to the server.
                Thread.sleep(50);
            }
        }
        await().untilAsserted(() -> assertThat(serverConnections()).isEqualTo(1));
        assertThat(count()).isZero();
    }

    @Test
    void aClientThatDoesNotReadCostsLittle() throws Exception {
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.send(query("select repeat('x', 1000) from generate_series(1, 200000)"));
            Thread.sleep(1_500);
            assertThat(watch.growthBytes()).isLessThan(4L * MEBIBYTE);
            client.swallow(200_000_000);
            client.patience(20_000);
            await().until(() -> serverQuery().isEmpty());
        }
    }

    @Test
    void aClientThatAsksAndAsksAndDoesNotReadCostsLittle() throws Exception {
        int requests = 20_000;
        try (RawClient client = RawClient.connect(proxy.port())) {
            Thread writer =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        byte[] one =
                                                Wire.together(
                                                        parse("", "select repeat('y', 3000)"),
                                                        bind("", ""),
                                                        execute("", 0),
                                                        sync());
                                        for (int i = 0; i < requests; i++) {
                                            sendQuietly(client, one);
                                        }
                                    });
            Thread.sleep(1_500);
            assertThat(watch.growthBytes()).isLessThan(8L * MEBIBYTE);
            client.forget();
            for (int i = 0; i < requests; i++) {
                client.ready();
                client.forget();
            }
            writer.join();
        }
    }

    private static void sendQuietly(RawClient client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aClientThatMustGoAndDoesNotReadIsNotWaitedFor() throws Exception {
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.send(query("select repeat('x', 1000) from generate_series(1, 200000)"));
            Thread.sleep(300);
            // More than the proxy takes while it waits, and wrong.
            client.send(message('y', out -> {}));
            try (Connection other = pair.direct(pair.primary());
                    var statement = other.createStatement()) {
                statement.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where"
                                + " application_name = 'raw' and state = 'active'");
            }
            await().atMost(Duration.ofSeconds(15))
                    .untilAsserted(() -> assertThat(proxy.status().clients()).isEqualTo(1));
        }
    }

    @Test
    void halfAMessageIsWaitedForAndNotCopiedWithEachByte() throws Exception {
        byte[] long_ = query("select '" + "b".repeat(60_000) + "'");
        try (RawClient client = RawClient.connect(proxy.port())) {
            client.inSingleBytes();
            client.send(long_).ready();
            assertThat(client.heard()).contains("C SELECT 1[0]");
        }
    }

    private static int serverConnections() throws SQLException {
        return number(
                "select count(*) from pg_stat_activity where backend_type = 'client backend' and"
                        + " application_name = 'raw'");
    }

    private static List<String> serverQuery() throws SQLException {
        try (var statement = direct.createStatement();
                var result =
                        statement.executeQuery(
                                "select query from pg_stat_activity where state = 'active' and"
                                        + " query like '%generate_series%' and pid <>"
                                        + " pg_backend_pid()")) {
            return result.next() ? List.of(result.getString(1)) : List.of();
        }
    }

    private static int count() throws SQLException {
        return number("select count(*) from victims");
    }

    private static int number(String sql) throws SQLException {
        try (var statement = direct.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getInt(1);
        }
    }

    private static void run(String sql) throws SQLException {
        try (var statement = direct.createStatement()) {
            statement.execute(sql);
        }
    }
}
