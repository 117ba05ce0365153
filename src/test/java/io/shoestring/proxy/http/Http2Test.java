package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.shoestring.protocol.http.WebSocketKey;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** What clients of HTTP/2 may do, and what they may not, frame by frame. */
@Timeout(120)
class Http2Test {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String HELLO = "HTTP/1.1 200 OK|Content-Length: 5||hello";

    private final LeakWatch leaks = new LeakWatch();

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private static String[] post(String... more) {
        List<String> first =
                List.of(":method", "POST", ":scheme", "http", ":path", "/p", ":authority", "a");
        return java.util.stream.Stream.concat(first.stream(), java.util.Arrays.stream(more))
                .toArray(String[]::new);
    }

    @Test
    void aRequestBecomesOneOfHttp1() throws Exception {
        try (var server = ScriptedServer.saying("HTTP/1.1 200 Fine|X-A: 1|Content-Length: 2||ok");
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(
                    1,
                    true,
                    ":method",
                    "GET",
                    ":scheme",
                    "http",
                    ":path",
                    "/a?b",
                    ":authority",
                    "shop:8",
                    "cookie",
                    "a=1",
                    "te",
                    "trailers",
                    "cookie",
                    "b=2",
                    "host",
                    "SHOP:8",
                    "X-b".toLowerCase(java.util.Locale.ROOT),
                    "y");
            assertThat(client.answer(1, "x-a", "content-length", "connection"))
                    .isEqualTo("200 x-a=1 content-length=2 ok");
            assertThat(server.nextHead())
                    .isEqualTo(
                            "GET /a?b HTTP/1.1|Host: shop:8|x-b: y|Cookie: a=1; b=2|"
                                    + "X-Forwarded-For: 127.0.0.1|X-Forwarded-Proto: http|"
                                    + "X-Forwarded-Host: shop:8||");
            client.headers(3, true, post());
            assertThat(client.answer(3)).isEqualTo("200 ok");
            assertThat(server.nextHead()).contains("|Content-Length: 0|");
        }
    }

    @Test
    void whatIsMalformedEndsItsStreamAndReachesNoServer() throws Exception {
        String[][] requests = {
            {":method", "GET", ":scheme", "http", ":path", "/"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "host", "b"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "u@a"},
            {":method", "GET", ":scheme", "ftp", ":path", "/", ":authority", "a"},
            {":method", "GET", ":scheme", "http", ":path", "a", ":authority", "a"},
            {":method", "GET", ":scheme", "http", ":path", "*", ":authority", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/a b", ":authority", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/\0", ":authority", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/#x", ":authority", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/ HTTP/1.1\r\nX: y", ":authority", "a"},
            {":method", "GE T", ":scheme", "http", ":path", "/", ":authority", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a\r\nX: y"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", "a\nb"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", "a\0"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", " a"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x y", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x\r\ny", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "X", "a"},
            {":method", "GET", ":scheme", "http", ":path", "/", "x", "a", ":authority", "a"},
            post("connection", "close"),
            post("transfer-encoding", "chunked"),
            post("te", "gzip"),
            post("content-length", "1"),
            post("content-length", "+0"),
            post("content-length", "0", "content-length", "1"),
            post(":path", "/"),
            post(":other", "a"),
            post(":protocol", "websocket"),
            webSocket(),
            webSocket("content-length", "1"),
            webSocket("upgrade", "websocket"),
            webSocket(":protocol", "websocket"),
        };
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            int stream = 1;
            for (String[] request : requests) {
                client.headers(stream, true, request);
                assertThat(client.answer(stream)).as(String.join(" ", request)).isEqualTo("RST 1");
                stream += 2;
            }
            assertThat(server.hasHeard()).isFalse();
            assertThat(proxy.counters().malformed.sum()).isEqualTo(requests.length);
            assertThat(client.get(stream, "/").answer(stream)).isEqualTo("200 hello");
        }
    }

    @Test
    void whatIsTooLargeOrNotOfferedIsAnsweredSo() throws Exception {
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, true, ":method", "CONNECT", ":authority", "a:1");
            assertThat(client.answer(1)).startsWith("405 ");
            assertThat(client.get(3, "/" + "a".repeat(9_000)).answer(3)).startsWith("414 ");
            String[] many = new String[220];
            java.util.Arrays.setAll(many, i -> i % 2 == 0 ? "x" + i : "y");
            assertThat(client.headers(5, true, post(many)).answer(5)).startsWith("431 ");
            String large = "a".repeat(15_000);
            byte[] block = RawHttp2.block(post("x", large, "y", "b".repeat(1_500)));
            client.frame(RawHttp2.HEADERS, 1, 7, java.util.Arrays.copyOf(block, 16_000));
            byte[] rest = java.util.Arrays.copyOfRange(block, 16_000, block.length);
            client.frame(RawHttp2.CONTINUATION, RawHttp2.END_HEADERS, 7, rest);
            assertThat(client.answer(7)).startsWith("431 ");
            String[] other = webSocket();
            other[3] = "connect-udp";
            assertThat(client.headers(9, false, other).answer(9)).startsWith("501 ");
            assertThat(server.hasHeard()).isFalse();
        }
    }

    @Test
    void aBodyHasTheLengthThatItSaysOrNoServerTakesItForWhole() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, false, post("content-length", "9")).data(1, true, "short");
            assertThat(client.answer(1)).isEqualTo("RST 1");
            client.headers(3, false, post("content-length", "3")).data(3, false, "longer");
            assertThat(client.answer(3)).isEqualTo("RST 1");
            client.headers(5, false, post("content-length", "9"));
            client.data(5, false, "short").headers(5, true, "x-trailer", "a");
            assertThat(client.answer(5)).isEqualTo("RST 1");
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
        }
    }

    @Test
    void bodiesOfUnknownLengthAndTrailersGoBothWays() throws Exception {
        var body = new AtomicReference<String>();
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.1 100 Continue||");
                                    body.set(talk.body(54));
                                    talk.send("HTTP/1.1 200 OK|Transfer-Encoding: chunked||");
                                    talk.send("2|ab|3;x=y|cde|0|X-Sum: 7 |Content-Length: 1||");
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, false, post("expect", "100-continue", "trailer", "x-check"));
            client.data(1, false, "hello").data(1, false, "");
            client.headers(1, true, "x-check", "9".repeat(20), "host", "b", "x_b", "1");
            assertThat(client.answer(1, "x-sum", "content-length"))
                    .isEqualTo("100 200 abcdex-sum=7 ");
            assertThat(server.nextHead())
                    .contains("|Transfer-Encoding: chunked|", "|expect: 100-continue|");
            assertThat(body.get()).isEqualTo("5|hello|0|x-check: " + "9".repeat(20) + "|x_b: 1||");
        }
    }

    @Test
    void whatTheServerSaysWithoutLengthEndsWithTheStream() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.0 200 OK|Keep-Alive: x||until the end");
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            assertThat(client.get(1, "/").answer(1, "keep-alive")).isEqualTo("200 until the end");
            server.behave(
                    talk -> {
                        talk.head();
                        talk.send("HTTP/1.1 200 OK|Content-Length: 9||broken");
                    });
            assertThat(client.get(3, "/").answer(3)).isEqualTo("200 brokenRST 2");
            server.behave(talk -> talk.send(talk.head() + "nonsense||"));
            assertThat(client.get(5, "/").answer(5)).startsWith("502 ");
        }
    }

    @Test
    void anAnswerBeforeTheBodyIsWholeEndsTheBody() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.1 413 No|Content-Length: 0||");
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, false, post()).data(1, false, "some of it");
            assertThat(client.answer(1)).isEqualTo("413 ");
            assertThat(client.next(RawHttp2.RST_STREAM).number()).isZero();
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
        }
    }

    @Test
    void whoDoesNotTakeItsAnswerStopsItsServerAndNobodyElse() throws Exception {
        var sent = new AtomicLong();
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    if (talk.head().startsWith("GET /small ")) {
                                        talk.send(HELLO);
                                        return;
                                    }
                                    talk.send("HTTP/1.1 200 OK|Content-Length: 100000000||");
                                    for (int i = 0; i < 1_000; i++) {
                                        talk.send(new byte[100_000]);
                                        sent.addAndGet(100_000);
                                    }
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.get(1, "/large");
            long taken = 0;
            while (taken < 65_535) {
                taken += client.next(RawHttp2.DATA).payload().readableBytes();
            }
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, new byte[] {0, 0x10, 0, 0});
            assertThat(client.get(3, "/small").answer(3)).isEqualTo("200 hello");
            // What the sockets between them hold; not the answer's hundred megabytes.
            await().during(Duration.ofMillis(300))
                    .atMost(PATIENCE)
                    .until(sent::get, bytes -> bytes < 20_000_000);
            byte[] much = ByteBuffer.allocate(4).putInt(0x7000_0000).array();
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, much);
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, much);
            while (taken < 100_000_000) {
                taken += client.next(RawHttp2.DATA).payload().readableBytes();
            }
        }
    }

    @Test
    void aBodyThatNoServerTakesDoesNotComeIn() throws Exception {
        var goOn = new CountDownLatch(1);
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    goOn.await(60, TimeUnit.SECONDS);
                                    talk.in().readNBytes(20_000_000);
                                    talk.send(HELLO);
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, false, post("content-length", "20000000"));
            var window = new Window(client);
            long before = window.fillUp();
            assertThat(before).isLessThan(15_000_000);
            goOn.countDown();
            window.fill(20_000_000);
            assertThat(client.answer(1)).isEqualTo("200 hello");
        }
    }

    /** What the client may still send on stream 1. */
    private static final class Window {
        private static final int PIECE = 16_000;

        private final RawHttp2 client;
        private long connection = 65_535;
        private long stream = 256 << 10;
        private long sent;

        Window(RawHttp2 client) {
            this.client = client;
        }

        /** Sends until nothing is let in any more; how much that is. */
        long fillUp() throws Exception {
            int quiet = 0;
            while (quiet < 20) {
                while (connection >= PIECE && stream >= PIECE) {
                    send(PIECE);
                }
                client.frame(RawHttp2.PING, 0, 0, new byte[8]);
                quiet = hear() ? 0 : quiet + 1;
            }
            return sent;
        }

        void fill(long total) throws Exception {
            while (sent < total) {
                int piece = (int) Math.min(PIECE, total - sent);
                if (connection >= piece && stream >= piece) {
                    send(piece);
                } else {
                    take(client.next());
                }
            }
        }

        private void send(int length) throws Exception {
            client.frame(RawHttp2.DATA, 0, 1, new byte[length]);
            sent += length;
            connection -= length;
            stream -= length;
        }

        /** Reads up to the answer of a ping; whether the window grew. */
        private boolean hear() throws Exception {
            boolean grew = false;
            while (true) {
                RawHttp2.Frame frame = client.next();
                if (frame.type() == RawHttp2.PING) {
                    return grew;
                }
                grew |= take(frame);
            }
        }

        private boolean take(RawHttp2.Frame frame) {
            if (frame.type() != RawHttp2.WINDOW_UPDATE) {
                return false;
            }
            if (frame.stream() == 0) {
                connection += frame.number();
            } else {
                stream += frame.number();
            }
            return true;
        }
    }

    private static String[] webSocket(String... more) {
        List<String> first =
                List.of(
                        ":method",
                        "CONNECT",
                        ":protocol",
                        "websocket",
                        ":scheme",
                        "http",
                        ":path",
                        "/chat?a",
                        ":authority",
                        "a",
                        "sec-websocket-version",
                        "13");
        return java.util.stream.Stream.concat(first.stream(), java.util.Arrays.stream(more))
                .toArray(String[]::new);
    }

    /** The answer of a server that speaks WebSocket. */
    private static String agreed(String head) {
        String key = head.replaceAll(".*[|]Sec-WebSocket-Key: ([^|]*)[|].*", "$1");
        return "HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: websocket|"
                + "Sec-WebSocket-Protocol: chat|Sec-WebSocket-Accept: "
                + WebSocketKey.answerTo(key)
                + "||";
    }

    private static void open(RawHttp2 client, int stream) throws Exception {
        RawHttp2.Frame head = client.headers(stream, false, webSocket()).next(RawHttp2.HEADERS);
        assertThat(client.describe(head)).isEqualTo("200 ");
    }

    @Test
    void aStreamCarriesWebSocketToAServerOfHttp1() throws Exception {
        var last = new CompletableFuture<String>();
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.send(agreed(talk.head()) + "hi");
                                    talk.send(talk.body(5));
                                    last.complete(talk.body(100));
                                    talk.send("bye");
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, false, webSocket("sec-websocket-key", "mine", "cookie", "a=1"));
            client.data(1, false, "early");
            assertThat(server.nextHead())
                    .startsWith("GET /chat?a HTTP/1.1|Host: a|sec-websocket-version: 13|Cookie")
                    .contains("|Connection: Upgrade|Upgrade: websocket|")
                    .doesNotContain("mine", "chunked", "Content-Length");
            RawHttp2.Frame head = client.next(RawHttp2.HEADERS);
            assertThat(client.describe(head, "sec-websocket-protocol", "sec-websocket-accept"))
                    .isEqualTo("200 sec-websocket-protocol=chat ");
            assertThat(head.ends()).isFalse();
            var said = new StringBuilder();
            while (said.length() < 7) {
                said.append(client.next(RawHttp2.DATA).payload().toString(ISO_8859_1));
            }
            assertThat(said).hasToString("hiearly");
            assertThat(proxy.server(0).connections()).isOne();
            client.data(1, false, "the ").data(1, true, "end");
            // The server hears the end behind the last byte, and has its own last word.
            assertThat(last.get(10, TimeUnit.SECONDS)).isEqualTo("the end");
            assertThat(client.answer(1)).isEqualTo("bye");
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
        }
    }

    @Test
    void aServerWithoutWebSocketIsHeardAndOneThatOnlyRepeatsIsNot() throws Exception {
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            server.behave(
                    talk -> {
                        talk.head();
                        talk.send("HTTP/1.1 403 No|Content-Length: 3||no!");
                    });
            assertThat(client.headers(1, false, webSocket()).answer(1)).isEqualTo("403 no!");
            assertThat(client.next(RawHttp2.RST_STREAM).number()).isZero();
            server.behave(
                    talk -> {
                        talk.head();
                        talk.send(HELLO);
                    });
            assertThat(client.headers(3, false, webSocket()).answer(3)).startsWith("502 ");
            server.behave(
                    talk -> talk.send(agreed(talk.head()).replace("-Accept: ", "-Accept: x")));
            assertThat(client.headers(5, false, webSocket()).answer(5)).startsWith("502 ");
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
        }
    }

    @Test
    void aTunnelEndsWhenEitherSideVanishesAndIsNothingButBytes() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.send(agreed(talk.head()));
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            open(client, 1);
            client.frame(RawHttp2.RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
            open(client, 3);
            assertThat(client.headers(3, true, "x", "y").answer(3)).isEqualTo("RST 2");
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
            server.behave(talk -> talk.send(agreed(talk.head()) + "that is all"));
            client.headers(5, false, webSocket());
            assertThat(client.answer(5)).isEqualTo("200 that is all");
            assertThat(client.next(RawHttp2.RST_STREAM).number()).isZero();
        }
    }

    @Test
    void aTunnelThatIsNotReadDoesNotComeIn() throws Exception {
        var goOn = new CountDownLatch(1);
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.send(agreed(talk.head()));
                                    goOn.await(60, TimeUnit.SECONDS);
                                    talk.in().readNBytes(20_000_000);
                                    talk.send("all of it");
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, false, webSocket());
            var window = new Window(client);
            assertThat(window.fillUp()).isLessThan(15_000_000);
            goOn.countDown();
            window.fill(20_000_000);
            assertThat(client.answer(1)).isEqualTo("all of it");
        }
    }

    @Test
    void aListenerThatGoesEndsItsTunnels() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk -> {
                            talk.send(agreed(talk.head()));
                            talk.untilEnd();
                        })) {
            var proxy = HttpUnderTest.speakingHttp2(server.port());
            try (var client = RawHttp2.to(proxy.port())) {
                open(client, 1);
                proxy.close();
                assertThat(client.answer(3)).isEqualTo("GOAWAY 0");
                assertThat(client.next(RawHttp2.DATA).ends()).isTrue();
            }
        }
    }

    @Test
    void aStreamThatIsTakenBackEndsItsRequestAlone() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    if (talk.head().startsWith("GET /slow ")) {
                                        talk.untilEnd();
                                    } else {
                                        talk.send(HELLO);
                                    }
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.get(1, "/slow");
            server.nextHead();
            client.frame(RawHttp2.RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
            assertThat(proxy.counters().clientAborts.sum()).isEqualTo(1);
            assertThat(client.get(3, "/").answer(3)).isEqualTo("200 hello");
        }
    }

    @Test
    void floodsEndTheConnection() throws Exception {
        byte[] get =
                RawHttp2.block(
                        ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a");
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(server.port())) {
            try (var rapidReset = RawHttp2.to(proxy.port())) {
                for (int stream = 1; stream < 2 * 201; stream += 2) {
                    rapidReset.frame(RawHttp2.HEADERS, 5, stream, get);
                    rapidReset.frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                }
                assertThat(rapidReset.answer(10_001)).isEqualTo("GOAWAY 11");
            }
            try (var continuations = RawHttp2.to(proxy.port())) {
                continuations.frame(RawHttp2.HEADERS, 1, 1, get);
                for (int i = 0; i < 17; i++) {
                    continuations.frame(RawHttp2.CONTINUATION, 0, 1);
                }
                assertThat(continuations.answer(10_001)).isEqualTo("GOAWAY 11");
            }
            try (var endless = RawHttp2.to(proxy.port())) {
                byte[] block = RawHttp2.block(post("x", "a".repeat(16_000)));
                endless.frame(RawHttp2.HEADERS, 1, 1, java.util.Arrays.copyOf(block, 16_000));
                endless.frame(RawHttp2.CONTINUATION, 0, 1, RawHttp2.block("y", "b".repeat(16_000)));
                assertThat(endless.answer(10_001)).startsWith("GOAWAY ");
            }
            try (var empty = RawHttp2.to(proxy.port())) {
                empty.headers(1, false, post());
                for (int i = 0; i < 3; i++) {
                    empty.data(1, false, "");
                }
                assertThat(empty.answer(10_001)).isEqualTo("GOAWAY 11");
            }
            assertThat(proxy.counters().malformed.sum()).isGreaterThanOrEqualTo(4);
            await().atMost(PATIENCE).until(() -> proxy.counters().clients.get() == 0);
            assertThat(proxy.server(0).connections()).isZero();
        }
    }

    @Test
    void whoIsTooSlowIsToldAndWhoIsIdleIsLetGo() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.speakingHttp2(Duration.ofMillis(400), server.port());
                var slow = RawHttp2.to(proxy.port());
                var waiting = RawHttp2.to(proxy.port());
                var silent = new RawHttp2(proxy.port())) {
            slow.headers(1, false, post("content-length", "9"));
            waiting.get(1, "/");
            assertThat(slow.answer(1)).startsWith("408 ");
            assertThat(waiting.answer(1)).startsWith("504 ");
            assertThat(waiting.answer(3)).isEqualTo("GOAWAY 0");
            assertThat(waiting.answer(3)).isEqualTo("closed");
            assertThat(silent.answer(1)).isEqualTo("closed");
        }
    }

    @Test
    void theLastAnswersAreGivenBeforeTheListenerGoes(@TempDir Path directory) throws Exception {
        var goOn = new CountDownLatch(1);
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    goOn.await(60, TimeUnit.SECONDS);
                                    talk.send(HELLO);
                                });
                var web =
                        new WebUnderTest(directory, "backend: web\nhttp2: always", server.port());
                var client = RawHttp2.to(web.port())) {
            client.get(1, "/");
            server.nextHead();
            web.listener().stopListening();
            assertThat(client.next(RawHttp2.GOAWAY).number()).isZero();
            goOn.countDown();
            assertThat(client.answer(1)).isEqualTo("200 hello");
        }
    }

    @Test
    void withoutTlsItIsSpokenOnlyIfThatIsConfigured(@TempDir Path directory) throws Exception {
        try (var server = ScriptedServer.saying(HELLO);
                var web = new WebUnderTest(directory, "backend: web", server.port());
                var client = web.client()) {
            client.send("PRI * HTTP/2.0||SM||");
            assertThat(client.rest()).startsWith("HTTP/1.1 400 ");
        }
    }
}
