package io.shoestring.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.Certificates;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** TLS in front of a real Redis, which speaks none. */
@Timeout(120)
class TcpTlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir(factory = InMemory.class)
    private Path directory;

    private final LeakWatch leaks = new LeakWatch();
    private final int port = FreePort.find();
    private final int tlsPort = FreePort.find();
    private Process redis;

    @BeforeEach
    void start() throws Exception {
        new Certificates(directory).sign("cache", "cache.example");
        redis =
                new ProcessBuilder(redisServer())
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("redis.out").toFile())
                        .start();
        List<String> ping = List.of("redis-cli", "-p", "" + port, "ping");
        await().atMost(PATIENCE)
                .until(() -> Program.run(directory, ping).output().contains("PONG"));
    }

    @AfterEach
    void stop() throws Exception {
        redis.destroy();
        redis.waitFor();
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private List<String> redisServer() {
        List<String> command = new ArrayList<>(List.of("redis-server", "--port", "" + port));
        command.addAll(List.of("--tls-port", "" + tlsPort));
        command.addAll(List.of("--tls-cert-file", "cache.crt", "--tls-key-file", "cache.key"));
        command.addAll(List.of("--tls-ca-cert-file", "ca.pem", "--tls-auth-clients", "no"));
        command.addAll(List.of("--save", ""));
        return command;
    }

    private TcpUnderTest cache() throws Exception {
        return new TcpUnderTest(
                directory,
                ", tls: { certificates: [cache.pem] }",
                "servers: { one: 127.0.0.1:" + port + " }");
    }

    private Program redis(TcpUnderTest proxy, String input, String... command) {
        List<String> words = new ArrayList<>(List.of("redis-cli", "--tls", "--cacert", "ca.pem"));
        words.addAll(List.of("-p", "" + proxy.port()));
        words.addAll(List.of(command));
        return Program.run(directory, words, input);
    }

    @Test
    void redisIsReachedOverTls() throws Exception {
        try (var proxy = cache()) {
            assertThat(redis(proxy, "", "ping").sound()).isEqualTo("PONG\n");
            String large = "x".repeat(3_000_000);
            assertThat(redis(proxy, large, "-x", "set", "key").sound()).isEqualTo("OK\n");
            assertThat(redis(proxy, "", "get", "key").sound()).isEqualTo(large + "\n");
            proxy.awaitIdle();
        }
    }

    private TcpUnderTest behindTls(String listener, String tls) throws Exception {
        return new TcpUnderTest(
                directory,
                listener,
                "tls: { %s }, retries: 0, servers: { one: 127.0.0.1:%d }".formatted(tls, tlsPort));
    }

    @Test
    void aServerIsReachedOverTls() throws Exception {
        String large = "x".repeat(3_000_000);
        try (var proxy = behindTls("", "ca-file: ca.pem, server-name: cache.example");
                Socket client = proxy.connect()) {
            List<String> plain = List.of("redis-cli", "-p", "" + proxy.port(), "-x", "set", "key");
            assertThat(Program.run(directory, plain, large).sound()).isEqualTo("OK\n");
            client.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.getInputStream().readNBytes(7)).asString().isEqualTo("+PONG\r\n");
            // The client's end is the server's, who closes then.
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).isEmpty();
            proxy.awaitIdle();
        }
        try (var proxy = behindTls(", tls: { certificates: [cache.pem] }", "ca-file: ca.pem")) {
            assertThat(redis(proxy, "", "get", "key").sound()).isEqualTo(large + "\n");
        }
    }

    @Test
    void aServerThatIsNotBelievedGetsNothing() throws Exception {
        try (var proxy = behindTls("", "ca-file: ca.pem, server-name: other.example");
                Socket client = proxy.connect()) {
            assertThat(client.getInputStream().read()).isNegative();
            var server = proxy.backend().servers().getFirst();
            assertThat(server.counters().connectErrors.sum()).isPositive();
        }
    }

    @Test
    void whoSpeaksNoTlsIsTurnedAway() throws Exception {
        try (var proxy = cache();
                Socket client = proxy.connect()) {
            client.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(
                            new String(
                                    client.getInputStream().readAllBytes(),
                                    StandardCharsets.US_ASCII))
                    .doesNotContain("PONG");
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(proxy.listener().status().refused()).isEqualTo(1));
            assertThat(proxy.backend().servers().getFirst().taken()).isZero();
        }
    }
}
