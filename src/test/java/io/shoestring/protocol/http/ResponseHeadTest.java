package io.shoestring.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.http.ResponseHead.Connection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

/** What servers may not say, and how long their answers are. A bar stands for CR LF. */
class ResponseHeadTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK|Content-Length: 5|Transfer-Encoding: chunked||",
                "HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 6||",
                "HTTP/1.1 200 OK|Content-Length: x||",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked, gzip||",
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked||",
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip||",
                "HTTP/1.0 200 OK|Transfer-Encoding: chunked||",
                "HTTP/2.0 200 OK||",
                "HTTP/1.1 20 OK||",
                "HTTP/1.1 2000 OK||",
                "HTTP/1.1 600 OK||",
                "HTTP/1.1 099 OK||",
                "HTTP/1.1 -20 OK||",
                "HTTP/1.1  200 OK||",
                "http/1.1 200 OK||",
                "ICY 200 OK||",
                "HTTP/1.1 200 O\u0000K||",
                "HTTP/1.1 200 OK\nX: y||",
                "HTTP/1.1 200 OK|X: a| b||",
                "HTTP/1.1 200 OK|X: a\u0001b||",
                "HTTP/1.1 200 OK|X: a\rb||",
                "HTTP/1.1 200 OK|X : a||",
                "HTTP/1.1 200 OK|nothing||",
                "|HTTP/1.1 200 OK||",
            })
    void refuses(String head) {
        assertThatThrownBy(() -> read(head)).isInstanceOf(HttpViolation.class);
    }

    @Test
    void refusesWhatIsTooLarge() {
        assertThatThrownBy(() -> read("HTTP/1.1 200 OK|" + "X: y|".repeat(101) + "|"))
                .isInstanceOf(HttpViolation.class);
        assertThatThrownBy(() -> read("HTTP/1.1 200 OK|X: " + "y".repeat(17_000) + "||"))
                .isInstanceOf(HttpViolation.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            nullValues = "-",
            value = {
                "HTTP/1.1 200 OK|Content-Length: 5||!false!LENGTH",
                "HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 5||!false!LENGTH",
                "HTTP/1.1 200 OK|Content-Length: 5||!true!NONE",
                "HTTP/1.1 200 OK|Content-Length: 0||!false!NONE",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||!false!CHUNKED",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||!true!NONE",
                "HTTP/1.1 200 OK||!false!UNTIL_CLOSE",
                "HTTP/1.1 200||!false!UNTIL_CLOSE",
                "HTTP/1.1 204 No Content|Content-Length: 5||!false!NONE",
                "HTTP/1.1 304 Not Modified|Content-Length: 5||!false!NONE",
                "HTTP/1.1 100 Continue||!false!NONE",
            })
    void knowsHowTheBodyEnds(String head, boolean toHead, Framing framing) {
        assertThat(read(head).framing(toHead)).isEqualTo(framing);
    }

    @Test
    void writesOneFramingAndItsOwnConnection() {
        var head =
                read(
                        "HTTP/1.0 200 Fine|Connection: keep-alive, x|X: 1|Keep-Alive: 5|Y: 2|"
                                + "Content-Length: 05|Content-Length: 5||");
        assertThat(written(head, Framing.LENGTH, Connection.PERSISTS))
                .isEqualTo("HTTP/1.1 200 Fine|Y: 2|Content-Length: 5||");
        assertThat(written(head, Framing.LENGTH, Connection.CLOSE))
                .isEqualTo("HTTP/1.1 200 Fine|Y: 2|Content-Length: 5|Connection: close||");
        assertThat(written(head, Framing.LENGTH, Connection.KEEP_ALIVE))
                .endsWith("|Connection: keep-alive||");
        assertThat(written(read("HTTP/1.1 200 OK||"), Framing.CHUNKED, Connection.PERSISTS))
                .isEqualTo("HTTP/1.1 200 OK|Transfer-Encoding: chunked||");
        assertThat(
                        written(
                                read("HTTP/1.1 204 No|Content-Length: 5||"),
                                Framing.NONE,
                                Connection.PERSISTS))
                .isEqualTo("HTTP/1.1 204 No||");
        assertThat(
                        written(
                                read("HTTP/1.1 304 No|Content-Length: 5||"),
                                Framing.NONE,
                                Connection.PERSISTS))
                .isEqualTo("HTTP/1.1 304 No|Content-Length: 5||");
        assertThat(
                        written(
                                read("HTTP/1.1 101 Ok|Connection: upgrade|Upgrade: websocket||"),
                                Framing.NONE,
                                Connection.PERSISTS))
                .isEqualTo("HTTP/1.1 101 Ok|Connection: Upgrade|Upgrade: websocket||");
    }

    @Test
    void readsTheSameWhereverTheBytesAreSplit() {
        byte[] bytes = wire("HTTP/1.1 200 OK|Content-Length: 5|X: 1||");
        var head = new ResponseHead(HeadLimits.ofDefaults());
        for (int length = 0; length < bytes.length; length++) {
            assertThat(head.read(Unpooled.wrappedBuffer(bytes, 0, length))).isFalse();
        }
        assertThat(head.read(Unpooled.wrappedBuffer(bytes))).isTrue();
        assertThat(head.status()).isEqualTo(200);
    }

    private static ResponseHead read(String head) {
        var read = new ResponseHead(HeadLimits.ofDefaults());
        assertThat(read.read(Unpooled.wrappedBuffer(wire(head)))).isTrue();
        return read;
    }

    private static String written(ResponseHead head, Framing framing, Connection connection) {
        ByteBuf out = Unpooled.buffer();
        head.writeTo(out, framing, connection);
        return out.toString(StandardCharsets.ISO_8859_1).replace("\r\n", "|");
    }

    private static byte[] wire(String text) {
        return text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }
}
