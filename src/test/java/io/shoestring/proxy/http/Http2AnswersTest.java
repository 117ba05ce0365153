package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** What a server of HTTP/2 says that it must not, or takes back: frame by frame. */
@Timeout(60)
class Http2AnswersTest {
    private static final int REFUSED_STREAM = 7;
    private static final int INTERNAL_ERROR = 2;

    @TempDir private Path directory;
    private final LeakWatch leaks = new LeakWatch();

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private WebUnderTest before(ScriptedServer server) throws Exception {
        return new WebUnderTest(
                directory,
                "backend: web",
                "web: { http2: always, servers: { one: \"127.0.0.1:%d\" } }"
                        .formatted(server.port()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                ":status: 200|connection: close",
                ":status: 200|transfer-encoding: chunked",
                ":status: 200|Upper: 1",
                ":status: 200|bad name: 1",
                ":status: 200|a: x\u0001y",
                ":status: 200|:path: /",
                ":status: 20x",
                ":status: 101",
                "a: b",
                ":status: 200|content-length: 5|content-length: 6",
                ":status: 200|content-length: +5",
                ":status: 200|content-length: 5",
            })
    void aMalformedAnswerIsNotPassedOn(String fields) throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    int stream = frames.request();
                                    frames.head(RawHttp2.END_STREAM, stream, fields).untilEnd();
                                });
                var web = before(server);
                var client = web.client()) {
            assertThat(client.send("POST / HTTP/1.1|Host: a||").answer())
                    .startsWith("HTTP/1.1 502 ");
        }
    }

    @ParameterizedTest
    @CsvSource({"4, true", "6, true", "-1, false"})
    void anAnswerThatIsNotAsLongAsItSaysIsCutOff(int length, boolean ends) throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    int stream = frames.request();
                                    frames.head(0, stream, ":status: 200|content-length: 5");
                                    if (length < 0) {
                                        frames.send(
                                                RawHttp2.RST_STREAM,
                                                0,
                                                stream,
                                                new byte[] {0, 0, 0, INTERNAL_ERROR});
                                    } else {
                                        frames.send(
                                                RawHttp2.DATA,
                                                ends ? RawHttp2.END_STREAM : 0,
                                                stream,
                                                new byte[length]);
                                    }
                                    frames.untilEnd();
                                });
                var web = before(server);
                var client = web.client()) {
            client.send("GET / HTTP/1.1|Host: a||");
            assertThat(endsBeforeItsBody(client)).isTrue();
            await().atMost(Duration.ofSeconds(30)).until(() -> web.counters().broken.sum() == 1);
        }
    }

    /** With a reset it may take the head along. */
    private static boolean endsBeforeItsBody(RawClient client) {
        try {
            assertThat(client.head()).startsWith("HTTP/1.1 200 ");
            client.body(5);
            return client.isClosed();
        } catch (IOException cutOff) {
            return true;
        }
    }

    @ParameterizedTest
    @CsvSource({"GET, goaway", "POST, goaway", "POST, refused"})
    void whatTheServerHasNotLookedAtIsSentAgain(String method, String how) throws Exception {
        var connections = new AtomicInteger();
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    int stream = frames.request();
                                    if (connections.getAndIncrement() == 0) {
                                        takeBack(frames, stream, how);
                                        stream = frames.request();
                                    }
                                    frames.head(RawHttp2.END_STREAM, stream, ":status: 201");
                                    frames.untilEnd();
                                });
                var web = before(server);
                var client = web.client()) {
            assertThat(client.send(method + " / HTTP/1.1|Host: a||").answer())
                    .startsWith("HTTP/1.1 201 ");
        }
    }

    private static void takeBack(RawHttp2Server frames, int stream, String how) throws IOException {
        if (how.equals("goaway")) {
            frames.send(RawHttp2.GOAWAY, 0, 0, new byte[8]);
        } else {
            byte[] why = {0, 0, 0, REFUSED_STREAM};
            frames.send(RawHttp2.RST_STREAM, 0, stream, why);
        }
    }

    @Test
    void trailersReachAClientOfHttp1() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    int stream = frames.request();
                                    frames.head(0, stream, ":status: 103|link: a");
                                    frames.head(0, stream, ":status: 200");
                                    frames.send(RawHttp2.DATA, 0, stream, new byte[] {'a', 'b'});
                                    String trailers = "checksum: 42|content-length: 9|host: b";
                                    frames.head(RawHttp2.END_STREAM, stream, trailers);
                                    frames.untilEnd();
                                });
                var web = before(server);
                var client = web.client()) {
            client.send("GET / HTTP/1.1|Host: a||");
            assertThat(client.head()).startsWith("HTTP/1.1 103 Early Hints|link: a||");
            assertThat(client.head()).isEqualTo("HTTP/1.1 200 OK|Transfer-Encoding: chunked||");
            String body = "2|ab|0|checksum: 42||";
            assertThat(client.body(body.length() + 5)).isEqualTo(body);
        }
    }

    @Test
    void whatIsCompleteIsNotTakenBack() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    while (true) {
                                        int stream = frames.request();
                                        frames.head(0, stream, ":status: 200");
                                        frames.send(
                                                RawHttp2.DATA,
                                                RawHttp2.END_STREAM,
                                                stream,
                                                (byte) 1);
                                    }
                                });
                var web = before(server);
                var client = web.client()) {
            for (int i = 0; i < 20; i++) {
                client.send("POST / HTTP/1.1|Host: a||");
                assertThat(client.head()).startsWith("HTTP/1.1 200 ");
                client.body("1|x|0||".length() + 4);
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void whatMayHaveRunIsNotSentAgain() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    var frames = new RawHttp2Server(talk);
                                    frames.request();
                                });
                var web = before(server);
                var client = web.client()) {
            assertThat(client.send("POST / HTTP/1.1|Host: a||").answer())
                    .startsWith("HTTP/1.1 502 ");
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void aServerThatDoesNotSpeakItIsNamed() throws Exception {
        try (var server = new ScriptedServer(talk -> talk.send("HTTP/1.1 400 Bad Request||"));
                var web = before(server);
                var client = web.client()) {
            assertThat(client.send("GET / HTTP/1.1|Host: a||").answer())
                    .startsWith("HTTP/1.1 502 ");
        }
    }
}
