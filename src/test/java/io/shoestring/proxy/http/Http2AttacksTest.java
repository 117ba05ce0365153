package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.ResourceLeakDetector;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Floods and bombs of HTTP/2, from clients and from servers. What {@link Http2Test} and {@link
 * Http2AnswersTest} have is not repeated here.
 */
@Timeout(120)
class Http2AttacksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String HELLO = "HTTP/1.1 200 OK|Content-Length: 5||hello";
    private static final int PUSH_PROMISE = 5;
    private static final int INDEXED_NEWEST = 0x80 | 62;
    private static final int MOST_FRAMES = 3_000_000;

    @TempDir private Path directory;
    private final LeakWatch leaks = new LeakWatch();

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private static String[] post(String... more) {
        return with("/p", more);
    }

    private static String[] with(String path, String... more) {
        return Stream.concat(
                        Stream.of(
                                ":method",
                                "POST",
                                ":scheme",
                                "http",
                                ":path",
                                path,
                                ":authority",
                                "a"),
                        Arrays.stream(more))
                .toArray(String[]::new);
    }

    // ------------------------------------------------------------------ from clients

    @Test
    void aHeaderThatHttp1CannotSayReachesNoServer() throws Exception {
        String[][] requests = {
            with(""),
            with("//\u0001"),
            post("", "a"),
            post("a:b", "c"),
            post("x", "a "),
            post("x", "\ta"),
            post("x", "a\t"),
            post("x", "a\rb"),
            post("keep-alive", "5"),
            post("proxy-connection", "close"),
            post("upgrade", "websocket"),
            post("content-length", ""),
            post(":status", "200"),
            post(":authority", "b"),
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
        }
    }

    @Test
    void theSameLengthSaidTwiceGoesOnOnce() throws Exception {
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.headers(1, false, post("content-length", "2", "content-length", "2"));
            assertThat(server.nextHead())
                    .containsOnlyOnce("Content-Length")
                    .contains("|Content-Length: 2|");
        }
    }

    @Test
    void trailersThatHttp1CannotSayEndTheRequest() throws Exception {
        String[][] trailers = {
            {":path", "/"}, {"X", "a"}, {"x", "a\r\nb"}, {"x y", "a"}, {"connection", "close"}
        };
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    String rest =
                                            new String(
                                                    talk.in().readAllBytes(),
                                                    java.nio.charset.StandardCharsets.ISO_8859_1);
                                    assertThat(rest).doesNotContain("0\r\n");
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            int stream = 1;
            for (String[] each : trailers) {
                client.headers(stream, false, post());
                server.nextHead();
                client.headers(stream, true, each);
                assertThat(client.answer(stream)).as(String.join(" ", each)).isEqualTo("RST 1");
                stream += 2;
            }
        }
    }

    /** Each stream is reset by us, because of what the client sends: CVE-2025-8671. */
    @Test
    void whoMakesUsResetItsStreamsIsGoneSoon() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            for (int stream = 1; stream < 2 * 210; stream += 2) {
                client.get(stream, "/");
                client.frame(RawHttp2.WINDOW_UPDATE, 0, stream, new byte[4]);
            }
            assertThat(client.answer(10_001)).isEqualTo("GOAWAY 11");
            await().atMost(PATIENCE).until(() -> proxy.counters().clients.get() == 0);
            await().atMost(PATIENCE).until(() -> proxy.server(0).connections() == 0);
        }
    }

    /** A few bytes that mean very many: one field of the dynamic table, again and again. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "cookie"})
    void aHeaderIsMeasuredAsItIsMeant(String name) throws Exception {
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.frame(RawHttp2.HEADERS, 5, 1, bomb(RawHttp2.block(post()), name));
            assertThat(client.answer(1)).matches("GOAWAY 1?1|431 .*|RST .*");
            assertThat(server.hasHeard()).isFalse();
        }
    }

    private static byte[] bomb(byte[] begins, String name) {
        var block = new ByteArrayOutputStream();
        block.writeBytes(begins);
        byte[] field = RawHttp2.block(name, "b".repeat(3_000));
        field[0] = 0x40;
        block.writeBytes(field);
        for (int i = 0; i < 8_000; i++) {
            block.write(INDEXED_NEWEST);
        }
        return block.toByteArray();
    }

    @Test
    void nobodyHasMoreStreamsThanAreOffered() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            for (int i = 0; i <= Http2Limits.STREAMS; i++) {
                client.get(2 * i + 1, "/");
            }
            assertThat(client.answer(2 * Http2Limits.STREAMS + 1)).isEqualTo("RST 7");
            assertThat(proxy.server(0).connections()).isLessThanOrEqualTo(Http2Limits.STREAMS);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawHttp2.PING, RawHttp2.SETTINGS})
    void whoAsksAndDoesNotListenIsCutOff(int type) throws Exception {
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(server.port());
                var client = RawHttp2.to(proxy.port())) {
            byte[] frame = RawHttp2.bytes(type, 0, 0, new byte[type == RawHttp2.PING ? 8 : 0]);
            assertThat(flood(client::raw, frame)).isLessThan(MOST_FRAMES);
            await().atMost(PATIENCE).until(() -> proxy.counters().clients.get() == 0);
        }
    }

    /** Somebody who writes. */
    private interface Sink {
        void write(byte[] bytes) throws IOException;
    }

    /** How many frames went before the other side had enough. */
    private static int flood(Sink to, byte[] frame) {
        // With a look at each of so many buffers it would take a minute.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        var many = new ByteArrayOutputStream();
        for (int i = 0; i < 1_000; i++) {
            many.writeBytes(frame);
        }
        int sent = 0;
        try {
            for (; sent < MOST_FRAMES; sent += 1_000) {
                to.write(many.toByteArray());
            }
        } catch (IOException enough) {
            // That is what is hoped for.
        }
        return sent;
    }

    @Test
    void aHeaderThatDoesNotEndIsGivenUp() throws Exception {
        try (var server = ScriptedServer.saying(HELLO);
                var proxy = HttpUnderTest.speakingHttp2(Duration.ofMillis(500), server.port());
                var client = RawHttp2.to(proxy.port())) {
            client.frame(RawHttp2.HEADERS, 1, 1, RawHttp2.block(post()));
            assertThat(client.answer(1)).matches("GOAWAY 0|closed");
            assertThat(server.hasHeard()).isFalse();
        }
    }

    // ------------------------------------------------------------------ from servers

    private WebUnderTest before(ScriptedServer server) throws Exception {
        return new WebUnderTest(
                directory,
                "backend: web",
                "web: { http2: always, servers: { one: \"127.0.0.1:%d\" } }"
                        .formatted(server.port()));
    }

    /** What a server does with its first connection. */
    private interface Attack {
        void on(RawHttp2Server frames, int stream) throws Exception;
    }

    /** The client is told that the server failed, and the next request is served. */
    private void isAnsweredWith502(Attack attack) throws Exception {
        var first = new java.util.concurrent.atomic.AtomicBoolean(true);
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    int stream = frames.request();
                                    if (first.getAndSet(false)) {
                                        attack.on(frames, stream);
                                        stream = frames.anotherRequest();
                                    }
                                    frames.head(RawHttp2.END_STREAM, stream, ":status: 204");
                                    frames.untilEnd();
                                });
                var web = before(server);
                var client = web.client()) {
            client.send("POST / HTTP/1.1|Host: a||");
            assertThat(client.answer()).startsWith("HTTP/1.1 502 ");
            client.send("POST / HTTP/1.1|Host: a||");
            assertThat(client.answer()).startsWith("HTTP/1.1 204 ");
        }
    }

    @Test
    void aServersHeaderDoesNotGoOnForEver() throws Exception {
        byte[] status = RawHttp2.block(":status", "200");
        isAnsweredWith502(
                (frames, stream) -> {
                    frames.send(RawHttp2.HEADERS, 0, stream, status);
                    for (int i = 0; i < 30; i++) {
                        frames.send(RawHttp2.CONTINUATION, 0, stream);
                    }
                });
        isAnsweredWith502(
                (frames, stream) -> {
                    frames.send(RawHttp2.HEADERS, 0, stream, status);
                    byte[] field = RawHttp2.block("x", "a".repeat(15_000));
                    for (int i = 0; i < 4; i++) {
                        frames.send(RawHttp2.CONTINUATION, 0, stream, field);
                    }
                });
    }

    @Test
    void aServersHeaderIsMeasuredAsItIsMeant() throws Exception {
        byte[] status = RawHttp2.block(":status", "200");
        isAnsweredWith502(
                (frames, stream) -> frames.send(RawHttp2.HEADERS, 5, stream, bomb(status, "x")));
    }

    @Test
    void aServerPushesNothing() throws Exception {
        byte[] request =
                RawHttp2.block(
                        ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a");
        byte[] promise = new byte[4 + request.length];
        promise[3] = 2;
        System.arraycopy(request, 0, promise, 4, request.length);
        isAnsweredWith502((frames, stream) -> frames.send(PUSH_PROMISE, 4, stream, promise));
    }

    @Test
    void aServerKeepsToItsWindows() throws Exception {
        isAnsweredWith502(
                (frames, stream) ->
                        frames.send(
                                RawHttp2.WINDOW_UPDATE,
                                0,
                                0,
                                (byte) 0x7f,
                                (byte) -1,
                                (byte) -1,
                                (byte) -1));
        isAnsweredWith502(
                (frames, stream) -> frames.send(RawHttp2.WINDOW_UPDATE, 0, stream, new byte[4]));
    }

    @Test
    void aServersInterimAnswersAreCounted() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    int stream = frames.request();
                                    for (int i = 0; i < 200; i++) {
                                        frames.head(0, stream, ":status: 103");
                                    }
                                    frames.untilEnd();
                                });
                var web = before(server);
                var client = web.client()) {
            String answer = client.send("GET / HTTP/1.1|Host: a||").answer();
            while (answer.startsWith("HTTP/1.1 103 ")) {
                answer = client.answer();
            }
            assertThat(answer).startsWith("HTTP/1.1 502 ");
        }
    }

    @Test
    void aServersEmptyPiecesEndItsConnection() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    int stream = frames.request();
                                    frames.head(0, stream, ":status: 200");
                                    for (int i = 0; i < 100; i++) {
                                        frames.send(RawHttp2.DATA, 0, stream);
                                    }
                                    frames.untilEnd();
                                });
                var web = before(server);
                var client = web.client()) {
            client.send("GET / HTTP/1.1|Host: a||");
            assertThat(isCutOff(client)).isTrue();
        }
    }

    private static boolean isCutOff(RawClient client) {
        try {
            return !client.rest().endsWith("0||");
        } catch (IOException reset) {
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawHttp2.PING, RawHttp2.SETTINGS})
    void aServerThatAsksAndDoesNotListenIsLeft(int type) throws Exception {
        byte[] frame = RawHttp2.bytes(type, 0, 0, new byte[type == RawHttp2.PING ? 8 : 0]);
        var sent = new java.util.concurrent.CompletableFuture<Integer>();
        isAnsweredWith502(
                (frames, stream) -> {
                    sent.complete(flood(frames::raw, frame));
                    throw new IOException("done");
                });
        assertThat(sent.get()).isLessThan(MOST_FRAMES);
    }
}
