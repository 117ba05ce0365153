package io.shoestring.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.Certificates;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Nginx;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Who the client is, from HAProxy in front to nginx behind; and TLS that only passes through. */
@Timeout(120)
class ProxyProtocolTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TELLS =
            "location / { return 200 \"$proxy_protocol_addr:$proxy_protocol_port to"
                    + " $proxy_protocol_server_addr\\n\"; }";

    @TempDir(factory = InMemory.class)
    private Path directory;

    private final LeakWatch leaks = new LeakWatch();

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    /** HAProxy, which tells the next one of its clients. */
    private Process haproxy(int port, int next, String version) throws IOException {
        Path file = directory.resolve("haproxy.cfg");
        Files.writeString(
                file,
                """
                defaults
                  mode tcp
                  timeout connect 5s
                  timeout client 30s
                  timeout server 30s
                listen l
                  bind 127.0.0.1:%d
                  server s 127.0.0.1:%d %s
                """
                        .formatted(port, next, version));
        Process process =
                new ProcessBuilder("/usr/sbin/haproxy", "-db", "-f", file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("haproxy.out").toFile())
                        .start();
        await().atMost(PATIENCE).until(() -> listens(port));
        return process;
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private String curl(String... words) {
        var command = new java.util.ArrayList<>(List.of("curl", "-sS", "-m", "30"));
        command.addAll(List.of(words));
        return Program.run(directory, command).sound();
    }

    @ParameterizedTest
    @CsvSource({"send-proxy,v1", "send-proxy-v2,v2", "send-proxy-v2-ssl-cn,v2"})
    void theClientsAddressGoesThroughBothProxies(String said, String next) throws Exception {
        int front = FreePort.find();
        try (var nginx =
                        new Nginx(
                                directory.resolve("nginx"),
                                "listen 127.0.0.1:PORT proxy_protocol; " + TELLS);
                var proxy =
                        new TcpUnderTest(
                                ", proxy-protocol-from: [127.0.0.1]",
                                "proxy-protocol: %s, servers: { a: 127.0.0.1:%d }"
                                        .formatted(next, nginx.port()))) {
            Process haproxy = haproxy(front, proxy.port(), said);
            try {
                String told =
                        curl(
                                "--interface",
                                "127.0.0.9",
                                "--local-port",
                                "20000-30000",
                                "http://127.0.0.1:" + front + "/");
                assertThat(told).matches("127\\.0\\.0\\.9:2\\d{4} to 127\\.0\\.0\\.1\n");
            } finally {
                haproxy.destroy();
                haproxy.waitFor();
            }
        }
    }

    @Test
    void whoIsNotTrustedIsNotAsked() throws Exception {
        try (var nginx =
                        new Nginx(
                                directory.resolve("nginx"),
                                "listen 127.0.0.1:PORT proxy_protocol; " + TELLS);
                var proxy =
                        new TcpUnderTest(
                                ", proxy-protocol-from: [10.0.0.0/8]",
                                "proxy-protocol: v2, servers: { a: 127.0.0.1:%d }"
                                        .formatted(nginx.port()))) {
            assertThat(curl("http://127.0.0.1:" + proxy.port() + "/")).startsWith("127.0.0.1:");
        }
    }

    @Test
    void aTrustedProxyThatSaysNothingIsTurnedAway() throws Exception {
        try (var server = RawServer.named("a");
                var proxy =
                        new TcpUnderTest(
                                ", proxy-protocol-from: [127.0.0.0/8]",
                                "servers: { a: 127.0.0.1:%d }".formatted(server.port()));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(ends(socket)).isTrue();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(proxy.listener().status().refused()).isOne());
            assertThat(server.accepted()).isZero();
        }
    }

    private static boolean ends(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void tlsPassesThroughToTheServerOfTheName() throws Exception {
        var certificates = new Certificates(directory);
        certificates.sign("one", "one.example");
        certificates.sign("two", "a.two.example");
        try (var one = tls("one");
                var two = tls("two");
                var plain = RawServer.named("plain");
                var proxy =
                        new TcpUnderTest(
                                ", routes: [{ server-name: One.example, backend: one },"
                                        + " { server-name: \"*.two.example\", backend: two }]",
                                "servers: { a: 127.0.0.1:%d } }\n  one: { servers: { a: 127.0.0.1:%d } }\n  two: { servers: { a: 127.0.0.1:%d }"
                                        .formatted(plain.port(), one.port(), two.port()))) {
            assertThat(byName(proxy, "one.example")).isEqualTo("one\n");
            assertThat(byName(proxy, "a.two.example")).isEqualTo("two\n");
            try (Socket socket = proxy.connect()) {
                socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().readNBytes(12))
                        .asString(StandardCharsets.US_ASCII)
                        .isEqualTo("plain\nhello\n");
            }
        }
    }

    private Nginx tls(String name) throws IOException {
        return new Nginx(
                directory.resolve("nginx-" + name),
                "listen 127.0.0.1:PORT ssl; ssl_certificate %2$s/%1$s.pem; ssl_certificate_key %2$s/%1$s.pem; location / { return 200 \"%1$s\\n\"; }"
                        .formatted(name, directory));
    }

    private String byName(TcpUnderTest proxy, String name) {
        String at = name + ":" + proxy.port();
        return curl("--cacert", "ca.pem", "--resolve", at + ":127.0.0.1", "https://" + at + "/");
    }
}
