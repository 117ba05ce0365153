package io.shoestring.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The lines that TCP connections leave. */
@Timeout(60)
class TcpLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String START =
            "[A-Z][a-z]{2} [ 123]\\d \\d\\d:\\d\\d:\\d\\d \\S+ shoestring\\[\\d+]: 127.0.0.1:\\d+"
                    + " \\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d[.]\\d{3}] ";

    @TempDir(factory = InMemory.class)
    private Path directory;

    private TcpUnderTest proxy(String keys, int port) throws Exception {
        return new TcpUnderTest(
                directory, ", " + keys, "retries: 1, servers: { one: 127.0.0.1:" + port + " }");
    }

    private List<String> lines(int count) {
        Path log = directory.resolve("tcp.log");
        return await().atMost(PATIENCE)
                .until(
                        () -> Files.exists(log) ? Files.readAllLines(log) : List.<String>of(),
                        seen -> seen.size() == count);
    }

    /** A server that says five bytes to each, and hears it out. */
    private static void serve(ServerSocket server) {
        try {
            while (true) {
                try (Socket client = server.accept()) {
                    client.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                    client.shutdownOutput();
                    client.getInputStream().readAllBytes();
                }
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    @Test
    void aLineIsAsHaproxyWritesIt() throws Exception {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> serve(server));
            try (var proxy = proxy("access-log: tcp.log", server.getLocalPort())) {
                try (Socket client = proxy.connect()) {
                    assertThat(client.getInputStream().readAllBytes()).hasSize(5);
                }
                assertThat(lines(1).getFirst())
                        .matches(START + "cache cache/one \\d+/\\d+/\\d+ 5 -- 1/1/\\d/\\d/0 0/0");
            }
            try (var proxy =
                    proxy("access-log: { file: tcp.log, format: json }", server.getLocalPort())) {
                try (Socket client = proxy.connect()) {
                    assertThat(client.getInputStream().readAllBytes()).hasSize(5);
                }
                assertThat(lines(2).getLast())
                        .matches(
                                "\\{\"at\":\"[^\"]+Z\",\"client\":\"127.0.0.1\",\"port\":\\d+,"
                                    + "\"listener\":\"cache\",\"backend\":\"cache\",\"server\":\"one\","
                                    + "\"bytes\":5,\"ending\":\"--\",\"retries\":0,\"queue_ms\":\\d+,"
                                    + "\"connect_ms\":\\d+,\"total_ms\":\\d+}");
            }
        }
    }

    @Test
    void troubleHasHaproxysLetters() throws Exception {
        try (var proxy = proxy("access-log: tcp.log", FreePort.find());
                Socket client = proxy.connect()) {
            assertThat(ends(client)).isTrue();
            assertThat(lines(1).getFirst())
                    .matches(START + "cache cache/one \\d+/-1/\\d+ 0 SC 1/1/\\d/\\d/1 0/0");
        }
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var proxy = proxy("access-log: tcp.log", server.getLocalPort());
                Socket client = proxy.connect()) {
            Socket accepted = server.accept();
            // A reset before that would be a failed attempt, and tried again.
            client.getOutputStream().write('?');
            assertThat(accepted.getInputStream().read()).isEqualTo('?');
            accepted.setSoLinger(true, 0);
            accepted.close();
            assertThat(ends(client)).isTrue();
            assertThat(lines(2).getLast()).matches(START + "cache cache/one .* 0 SD .*");
        }
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var proxy =
                        proxy("client-timeout: 100ms, access-log: tcp.log", server.getLocalPort());
                Socket client = proxy.connect()) {
            assertThat(ends(client)).isTrue();
            assertThat(lines(3).getLast()).matches(START + "cache cache/one .* 0 cD .*");
        }
    }

    @Test
    void aListenerThatEndsHasALineOfEachClient() throws Exception {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            try (var proxy = proxy("access-log: tcp.log", server.getLocalPort())) {
                Socket client = proxy.connect();
                client.getOutputStream().write('?');
                assertThat(server.accept().getInputStream().read()).isEqualTo('?');
            }
            assertThat(Files.readAllLines(directory.resolve("tcp.log")))
                    .singleElement()
                    .asString()
                    .matches(START + "cache cache/one \\d+/\\d+/\\d+ 0 KD 1/1/0/0/0 0/0");
        }
    }

    private static boolean ends(Socket client) {
        try {
            return client.getInputStream().read() < 0;
        } catch (IOException reset) {
            return true;
        }
    }
}
