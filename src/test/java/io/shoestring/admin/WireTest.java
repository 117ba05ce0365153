package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.config.AdminConfig;
import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What clients do that do not keep to HTTP, or keep to it in a way that hurts. */
@Timeout(60)
class WireTest {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final FakeNode node = new FakeNode(Situations.good());
    @TempDir private Path directory;
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        AdminConfig config =
                new AdminConfig(new Endpoint("127.0.0.1", 0), directory.resolve("admin.token"));
        server = new AdminServer(config, node, node, "0.1.0", Clock.system(), PATIENCE);
        server.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws IOException {
        String answers =
                exchange(
                        get("/health")
                                + get("/nothing")
                                + get("/health")
                                + get("/api/v1/status")
                                + "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answers.lines().filter(line -> line.startsWith("HTTP/1.1 ")).toList())
                .containsExactly(
                        "HTTP/1.1 200 OK",
                        "HTTP/1.1 404 Not Found",
                        "HTTP/1.1 200 OK",
                        "HTTP/1.1 401 Unauthorized",
                        "HTTP/1.1 200 OK");
    }

    @Test
    void readsARequestThatComesByteByByte() throws IOException, InterruptedException {
        try (Socket socket = connect()) {
            String request = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            for (byte each : request.getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(each);
                Thread.sleep(5);
            }
            assertThat(read(socket)).startsWith("HTTP/1.1 200 OK");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n\u0000\u0001\u0002 nonsense\r\n\r\n",
                "GET\r\n\r\n",
                "GET /health SPDY/9\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
            })
    void refusesWhatIsNotARequest(String bytes) throws IOException {
        assertThat(exchange(bytes)).startsWith("HTTP/1.1 400 ").contains("{\"error\":\"");
        assertServes();
    }

    @Test
    void staysUpUnderRandomBytes() throws IOException {
        Random random = new Random(4);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[random.nextInt(1, 3000)];
            random.nextBytes(garbage);
            try (Socket socket = connect()) {
                socket.getOutputStream().write(garbage);
                socket.getOutputStream().write('\n');
            }
        }
        assertServes();
    }

    @Test
    void refusesHeadersThatAreTooLong() throws IOException {
        String request = "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(20_000);
        assertThat(exchange(request + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .contains("The headers are too long.");
        assertThat(exchange("GET /" + "y".repeat(5000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ");
        assertServes();
    }

    @Test
    void refusesABodyThatIsTooLarge() throws IOException {
        String head = "POST /login HTTP/1.1\r\nHost: localhost\r\n";
        assertThat(exchange(head + "Content-Length: 262145\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ")
                .contains("262144 bytes at most");
        String chunk = "4000\r\n" + "z".repeat(0x4000) + "\r\n";
        assertThat(exchange(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(17)))
                .startsWith("HTTP/1.1 413 ");
        assertServes();
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:6480", "localhost.evil.example"})
    void doesNotAnswerToNamesOfOthers(String host) throws IOException {
        String answer =
                exchange("GET /login HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 403 ").contains("does not answer to the name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:6480", "127.0.0.1:1", "[::1]:6480", "10.0.0.1"})
    void answersToItsAddresses(String host) throws IOException {
        assertThat(
                        exchange(
                                "GET /login HTTP/1.1\r\nHost: "
                                        + host
                                        + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void leavesAClientThatSaysNothing() throws IOException {
        try (Socket silent = connect();
                Socket slow = connect()) {
            slow.getOutputStream().write("GET /health HT".getBytes(StandardCharsets.US_ASCII));
            assertThat(read(silent)).isEmpty();
            assertThat(read(slow)).isEmpty();
        }
    }

    @Test
    void turnsAwayConnectionsThatAreTooMany() throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < Connections.MAX_CONNECTIONS; i++) {
                sockets.add(connect());
            }
            try (Socket tooMuch = connect()) {
                assertThat(read(tooMuch)).startsWith("HTTP/1.1 503 ").contains("200 connections");
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        await().untilAsserted(this::assertServes);
    }

    private void assertServes() throws IOException {
        assertThat(exchange("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK");
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private String exchange(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return read(socket);
        }
    }

    private static String read(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
