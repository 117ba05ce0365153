package io.shoestring.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;

/** Who may connect to a TCP listener, and how often. Every address of 127.0.0.0/8 is a source. */
@Timeout(60)
class SourcesTest {
    private RawServer server;

    @BeforeEach
    void start() {
        server = RawServer.named("one");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private TcpUnderTest proxy(String keys) throws Exception {
        return new TcpUnderTest(", " + keys, "servers: { one: 127.0.0.1:" + server.port() + " }");
    }

    private static Socket connect(TcpUnderTest proxy, String from) throws IOException {
        var socket =
                new Socket(
                        InetAddress.getLoopbackAddress(),
                        proxy.port(),
                        InetAddress.getByName(from),
                        0);
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** Whether the server is reached; it says its name. */
    private static boolean isServed(Socket client) {
        try {
            return client.getInputStream().read() == 'o';
        } catch (IOException reset) {
            return false;
        }
    }

    private static boolean isServed(TcpUnderTest proxy, String from) throws IOException {
        try (Socket client = connect(proxy, from)) {
            return isServed(client);
        }
    }

    @Test
    void onlyWelcomeAddressesConnect() throws Exception {
        try (var proxy = proxy("from: [127.0.0.0/29], not-from: [127.0.0.2]")) {
            assertThat(isServed(proxy, "127.0.0.1")).isTrue();
            assertThat(isServed(proxy, "127.0.0.2")).isFalse();
            assertThat(isServed(proxy, "127.0.0.7")).isTrue();
            assertThat(isServed(proxy, "127.0.0.9")).isFalse();
            assertThat(proxy.listener().status().refused()).isEqualTo(2);
            proxy.awaitIdle();
            assertThat(proxy.listener().status().clients()).isZero();
        }
    }

    /** A socket of IPv6 sees clients of IPv4 as ::ffff:127.0.0.2; they are who they are. */
    @Test
    void aListenerOfIpv6KnowsClientsOfIpv4() throws Exception {
        try (var proxy =
                proxy(
                        "bind: \"[::]:0\", not-from: [127.0.0.2, 127.0.0.16/28], per-source: {"
                                + " max-connections: 1 }")) {
            try (var first = connect(proxy, "127.0.0.1")) {
                assertThat(isServed(first)).isTrue();
                assertThat(isServed(proxy, "127.0.0.2")).isFalse();
                assertThat(isServed(proxy, "127.0.0.17")).isFalse();
                assertThat(isServed(proxy, "127.0.0.3")).as("a source of its own").isTrue();
                assertThat(isServed(proxy, "127.0.0.1")).isFalse();
            }
        }
    }

    @Test
    void anAddressHasNoMoreConnectionsThanItsShare() throws Exception {
        try (var proxy = proxy("per-source: { max-connections: 2 }");
                var first = connect(proxy, "127.0.0.1")) {
            assertThat(isServed(first)).isTrue();
            try (var second = connect(proxy, "127.0.0.1")) {
                assertThat(isServed(second)).isTrue();
                assertThat(isServed(proxy, "127.0.0.1")).isFalse();
                assertThat(isServed(proxy, "127.0.0.3")).isTrue();
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> isServed(proxy, "127.0.0.1"));
        }
    }

    @Test
    void anAddressConnectsNoMoreOftenThanItMay() throws Exception {
        try (var proxy = proxy("per-source: { connections: 2, per: 5m }")) {
            assertThat(isServed(proxy, "127.0.0.1")).isTrue();
            assertThat(isServed(proxy, "127.0.0.1")).isTrue();
            assertThat(isServed(proxy, "127.0.0.1")).isFalse();
            assertThat(isServed(proxy, "127.0.0.3")).isTrue();
        }
    }

    /** It is the client that is counted, not the proxy that speaks for it. */
    @Test
    void whomAProxySpeaksForIsTheSource() throws Exception {
        try (var proxy =
                        proxy(
                                "proxy-protocol-from: [127.0.0.1], per-source: { max-connections: 1"
                                        + " }");
                var first = spokenFor(proxy, "10.0.0.1");
                var again = spokenFor(proxy, "10.0.0.1");
                var other = spokenFor(proxy, "10.0.0.2")) {
            assertThat(isServed(first)).isTrue();
            assertThat(isServed(again)).isFalse();
            assertThat(isServed(other)).isTrue();
        }
    }

    private static Socket spokenFor(TcpUnderTest proxy, String client) throws Exception {
        int before = proxy.backend().servers().getFirst().connections();
        Socket socket = connect(proxy, "127.0.0.1");
        socket.getOutputStream()
                .write(("PROXY TCP4 " + client + " 10.9.9.9 4000 80\r\n").getBytes(US_ASCII));
        // The next one comes after this one.
        await().atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                proxy.backend().servers().getFirst().connections() > before
                                        || proxy.listener().status().refused() > 0);
        return socket;
    }
}
