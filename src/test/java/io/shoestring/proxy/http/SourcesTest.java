package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;

/** Who may connect to an HTTP listener. */
@Timeout(60)
class SourcesTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    @TempDir(factory = InMemory.class)
    private Path directory;

    /** What comes back to a client that says this, from that address; a reset is nothing. */
    private static String say(WebUnderTest web, String from, String words) throws IOException {
        try (var socket =
                new Socket(
                        InetAddress.getLoopbackAddress(),
                        web.port(),
                        InetAddress.getByName(from),
                        0)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(words.getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        } catch (IOException reset) {
            return "";
        }
    }

    @Test
    void whoIsNotWelcomeHearsNothing() throws Exception {
        try (var server = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 3||one");
                var web =
                        new WebUnderTest(
                                directory,
                                "backend: web\nnot-from: [127.0.0.2]\n"
                                        + "per-source: { max-connections: 1 }",
                                server.port())) {
            assertThat(say(web, "127.0.0.1", REQUEST)).startsWith("HTTP/1.1 200 ");
            server.nextHead();
            assertThat(say(web, "127.0.0.2", REQUEST)).isEmpty();
            try (var client = web.client()) {
                assertThat(client.send("GET / HTTP/1.1|Host: a||").answer()).contains("one");
                server.nextHead();
                assertThat(say(web, "127.0.0.1", REQUEST)).isEmpty();
                assertThat(say(web, "127.0.0.3", REQUEST)).startsWith("HTTP/1.1 200 ");
                server.nextHead();
            }
            assertThat(server.hasHeard()).isFalse();
            assertThat(web.counters().tooMany.sum()).isEqualTo(2);
        }
    }

    /** The request comes in one piece with the header that tells whose it is. */
    @Test
    void aRequestBehindTheHeaderOfARefusedClientReachesNobody() throws Exception {
        try (var server = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 3||one");
                var web =
                        new WebUnderTest(
                                directory,
                                "backend: web\nproxy-protocol-from: [127.0.0.1]\n"
                                        + "not-from: [10.0.0.0/8]",
                                server.port())) {
            String header = "PROXY TCP4 %s 10.9.9.9 4000 80\r\n" + REQUEST;
            assertThat(say(web, "127.0.0.1", header.formatted("10.0.0.1"))).isEmpty();
            assertThat(say(web, "127.0.0.1", header.formatted("11.0.0.1")))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(server.nextHead()).contains("X-Forwarded-For: 11.0.0.1");
            assertThat(server.hasHeard()).isFalse();
        }
    }
}
