package io.shoestring.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

/**
 * Heads that two readers could read in two ways, each with its answer. In the cases a bar stands
 * for CR LF; LF and CR alone are written in angle brackets where a table cannot hold them.
 */
class RequestTableTest {
    private static final String HOST = "Host: a|";

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Content-Length and Transfer-Encoding.
                "Content-Length: 5|Transfer-Encoding: chunked|",
                "Transfer-Encoding: chunked|Content-Length: 5|",
                "Content-Length: 5|Content-Length: 6|",
                "Content-Length: 5|Content-Length: 5|",
                "Content-Length: 5, 5|",
                "Content-Length: 5, 6|",
                "Content-Length: +5|",
                "Content-Length: -5|",
                "Content-Length: -0|",
                "Content-Length: 0x5|",
                "Content-Length: 1_0|",
                "Content-Length: 1 0|",
                "Content-Length: 5;x|",
                "Content-Length:|",
                "Content-Length: \u00a05|",
                "Content-Length: 9223372036854775808|",
                "Content-Length: 99999999999999999999|",
                "Content-Length : 5|",
                "Content-Length\t: 5|",
                "Transfer-Encoding : chunked|",
                "Transfer-Encoding\t: chunked|",
                "Transfer-Encoding: xchunked|",
                "Transfer-Encoding: identity|",
                "Transfer-Encoding:|",
                "Transfer-Encoding: \"chunked\"|",
                "Transfer-Encoding: chunked;q=1|",
                "Transfer-Encoding: \u000bchunked|",
                "Transfer-Encoding: chunked\u0000|",
                "Transfer-Encoding: chunked, chunked|",
                "Transfer-Encoding: chunked|Transfer-Encoding: chunked|",
                "Transfer-Encoding: chunked, gzip|",
                "Transfer-Encoding: chunked, xchunked|",
                "Transfer-Encoding: chunked|Transfer-Encoding: gzip|",
                "Transfer-Encoding: gzip|Transfer-Encoding: chunked|",
                "Transfer-Encoding: , chunked|",
                "Transfer-Encoding: chunked,|",
                "Transfer-Encoding:| chunked|",
                "Transfer-Encoding: chunked| , gzip|",
                // Lines.
                "X: a| b|",
                "X: a|\tb|",
                "X: a\n",
                "X: a\r",
                "X: a\rb|",
                "X: a\u0000b|",
                "X: a\u0001b|",
                "X: a\u007fb|",
                "X\u0000: a|",
                "X\u00e9: a|",
                "X Y: a|",
                ": a|",
                "no colon|",
                // Hosts.
                "Host: a|",
                "Host: b|",
                // The draft of WebSocket, whose body nobody declares.
                "Sec-WebSocket-Key1: 1|",
                "Sec-WebSocket-Key2: 1|",
            })
    void refusesFieldsThatCouldBeReadInTwoWays(String fields) {
        assertStatus("POST / HTTP/1.1|" + HOST + fields + "|", 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a, b",
                "a,b",
                "a/b",
                "u@a",
                "",
                "a:",
                "a:x",
                "a:65536",
                "a:123456",
                "[::1",
                "[]",
                "[:1]",
                "[::g]",
                "[::1]x",
                "[1:2:3:4:5:6:7:8:9]",
                "a b",
                "a#b",
                "a?b",
                "\u00e9",
                "a:80:80"
            })
    void refusesAMalformedHost(String host) {
        assertStatus("GET / HTTP/1.1|Host: " + host + "||", 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a.b:80", "[::1]", "[::1]:8080", "127.0.0.1:1", "a_b", "xn--a.b."})
    void acceptsAHost(String host) {
        assertThat(read("GET / HTTP/1.1|Host: " + host + "||").length()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "400!GET / HTTP/1.1||",
                "400!GET http://a/ HTTP/1.1|Host: b||",
                "400!GET http://u@a/ HTTP/1.1|Host: u@a||",
                "400!GET http:///x HTTP/1.1|Host: a||",
                "400!GET ftp://a/ HTTP/1.1|Host: a||",
                "400!GET  / HTTP/1.1|Host: a||",
                "400!GET\t/ HTTP/1.1|Host: a||",
                "400!GET /\tHTTP/1.1|Host: a||",
                "400!GET /a b HTTP/1.1|Host: a||",
                "400!GET / HTTP/1.1 |Host: a||",
                "400!GET /\u0000 HTTP/1.1|Host: a||",
                "400!GET /\u00e9 HTTP/1.1|Host: a||",
                "400!GET /a#b HTTP/1.1|Host: a||",
                "400!GET a HTTP/1.1|Host: a||",
                "400!GET * HTTP/1.1|Host: a||",
                "405!CONNECT a:80 HTTP/1.1|Host: a||",
                "405!CONNECT / HTTP/1.1|Host: a||",
                "400!GET /|",
                "400!GET / HTTP/0.9|Host: a||",
                "400!GET / HTTP/01.01|Host: a||",
                "400!GET / HTTP/1.1x|Host: a||",
                "400!GET / HTTP/1|Host: a||",
                "400!GET / http/1.1|Host: a||",
                "505!GET / HTTP/2.0|Host: a||",
                "505!GET / HTTP/3.1|Host: a||",
                "400!PRI * HTTP/2.0||SM||",
                "400!G@T / HTTP/1.1|Host: a||",
                "400! GET / HTTP/1.1|Host: a||",
                "400!||GET / HTTP/1.1|Host: a||",
                "400!<LF>GET / HTTP/1.1|Host: a||",
                "400!GET / HTTP/1.1<LF>Host: a||",
                "400!GET / HTTP/1.1<CR>Host: a<CR><CR>",
                "400!GET / HTTP/1.1| Host: a||",
                "400!POST / HTTP/1.0|Transfer-Encoding: chunked||",
                "400!POST / HTTP/1.0|Transfer-Encoding: chunked|Content-Length: 3||",
                "501!POST / HTTP/1.1|Host: a|Transfer-Encoding: gzip, chunked||",
                "417!POST / HTTP/1.1|Host: a|Expect: tea||",
            })
    void refusesRequestLinesAndWholeHeads(int status, String head) {
        assertStatus(head, status);
    }

    @Test
    void refusesWhatIsTooLarge() {
        assertStatus("GET /" + "a".repeat(8_192) + " HTTP/1.1|Host: a||", 414);
        assertStatus("GET /" + "a".repeat(9_000), 414);
        assertStatus("GET / HTTP/1.1|Host: a|" + "X: y|".repeat(100) + "|", 431);
        assertStatus("GET / HTTP/1.1|Host: a|X: " + "y".repeat(16_384) + "||", 431);
        assertStatus("A".repeat(40), 400);
        assertThat(read("GET /" + "a".repeat(8_191) + " HTTP/1.1|Host: a||").length()).isPositive();
        assertThat(read("GET / HTTP/1.1|Host: a|" + "X: y|".repeat(99) + "|").length())
                .isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "GET /x?y HTTP/1.1|Host: a|X: 1||!GET /x?y HTTP/1.1|Host: a|X: 1||",
                "|GET / HTTP/1.1|Host: a||!GET / HTTP/1.1|Host: a||",
                "get / HTTP/1.1|Host: a||!get / HTTP/1.1|Host: a||",
                "GET / HTTP/1.2|Host: a||!GET / HTTP/1.1|Host: a||",
                "GET / HTTP/1.0||!GET / HTTP/1.1|Host: own:80||",
                "GET / HTTP/1.0|Host: a|Expect: tea||!GET / HTTP/1.1|Host: a||",
                "GET http://A:1/x HTTP/1.1|Host: a:1||!GET /x HTTP/1.1|Host: a:1||",
                "GET http://a HTTP/1.1|Host: a||!GET / HTTP/1.1|Host: a||",
                "GET http://a?q HTTP/1.1|Host: a||!GET /?q HTTP/1.1|Host: a||",
                "OPTIONS http://a HTTP/1.1|Host: a||!OPTIONS * HTTP/1.1|Host: a||",
                "OPTIONS * HTTP/1.1|Host: a||!OPTIONS * HTTP/1.1|Host: a||",
                "POST / HTTP/1.1|Content-Length: 005|Host: a||!"
                        + "POST / HTTP/1.1|Host: a|Content-Length: 5||",
                "POST / HTTP/1.1|Content-Length: 0|Host: a||!"
                        + "POST / HTTP/1.1|Host: a|Content-Length: 0||",
                "POST / HTTP/1.1|Transfer-Encoding: Chunked|Host: a||!"
                        + "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||",
                "GET / HTTP/1.1|Host: a|Transfer_Encoding: chunked|Content_Length: 5||!"
                        + "GET / HTTP/1.1|Host: a||",
                "GET / HTTP/1.1|Host: a|X_Y: 1||!GET / HTTP/1.1|Host: a|X_Y: 1||",
                "GET / HTTP/1.1|Host: a|Connection: close, x|X: 1|Y: 2||!"
                        + "GET / HTTP/1.1|Host: a|Y: 2||",
                "GET / HTTP/1.1|Host: a|Connection: content-length, host, cookie, x-forwarded-for|"
                        + "Content-Length: 3|Cookie: c|X-Forwarded-For: 9||!"
                        + "GET / HTTP/1.1|Host: a|Cookie: c|X-Forwarded-For: 9|Content-Length: 3||",
                "GET / HTTP/1.1|Host: a|Keep-Alive: 5|Proxy-Connection: x|TE: trailers||!"
                        + "GET / HTTP/1.1|Host: a||",
                "GET / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket||!"
                        + "GET / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket||",
                "GET / HTTP/1.1|Host: a|Upgrade: websocket||!GET / HTTP/1.1|Host: a||",
                "GET / HTTP/1.1|Host: a|Connection: Upgrade, HTTP2-Settings|Upgrade: h2c|"
                        + "HTTP2-Settings: x||!GET / HTTP/1.1|Host: a||",
                "POST / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket|"
                        + "Content-Length: 3||!POST / HTTP/1.1|Host: a|Content-Length: 3||",
            })
    void writesWhatCanBeReadInOneWayOnly(String head, String forwarded) {
        assertThat(written(read(head), Forwarding.none())).isEqualTo(wire(forwarded));
    }

    @Test
    void tellsTheServerOfTheClient() {
        var head = read("GET / HTTP/1.1|X-Forwarded-For: 9|X-Forwarded-Proto: x|Host: a:1||");
        assertThat(written(head, Forwarding.xForwarded("1.2.3.4", "http")))
                .isEqualTo(
                        wire(
                                "GET / HTTP/1.1|X-Forwarded-For: 9|Host: a:1|"
                                        + "X-Forwarded-For: 1.2.3.4|X-Forwarded-Proto: http|"
                                        + "X-Forwarded-Host: a:1||"));
        assertThat(written(head, Forwarding.forwarded("::1", "https")))
                .contains("Forwarded: for=\"[::1]\";proto=https;host=\"a:1\"\r\n");
    }

    @Test
    void readsTheSameWhereverTheBytesAreSplit() {
        String whole =
                "POST /a?b HTTP/1.1|Host: a:80|Content-Length: 3|Connection: x, close|X: 1||";
        String expected = written(read(whole), Forwarding.none());
        byte[] bytes = wire(whole).getBytes(StandardCharsets.ISO_8859_1);
        var head = new RequestHead(HeadLimits.ofDefaults());
        for (int length = 0; length < bytes.length; length++) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes, 0, length);
            assertThat(head.read(in)).as("of %s bytes", length).isFalse();
            assertThat(in.readerIndex()).isZero();
        }
        ByteBuf in = Unpooled.wrappedBuffer(bytes, "more".getBytes(StandardCharsets.US_ASCII));
        assertThat(head.read(in)).isTrue();
        assertThat(in.readableBytes()).isEqualTo(4);
        assertThat(written(head, Forwarding.none())).isEqualTo(expected);
    }

    @Test
    void knowsWhatMayBeSentTwice() {
        assertThat(read("GET / HTTP/1.1|Host: a||").isIdempotent()).isTrue();
        assertThat(read("DELETE / HTTP/1.1|Host: a||").isIdempotent()).isTrue();
        assertThat(read("POST / HTTP/1.1|Host: a||").isIdempotent()).isFalse();
        assertThat(read("get / HTTP/1.1|Host: a||").isIdempotent()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "1.1,,true",
        "1.1,close,false",
        "1.1,Close,false",
        "1.0,,false",
        "1.0,keep-alive,true",
        "1.0,'keep-alive, close',false"
    })
    void knowsWhetherTheConnectionPersists(String version, String connection, boolean persists) {
        String field = connection == null ? "" : "Connection: " + connection + "|";
        assertThat(read("GET / HTTP/" + version + "|Host: a|" + field + "|").isPersistent())
                .isEqualTo(persists);
    }

    @Test
    void knowsHostAndPath() {
        var head = read("GET http://ABC:80/x/y?z HTTP/1.1|Host: abc:80||");
        assertThat(head.host()).isEqualTo("abc");
        assertThat(head.path()).isEqualTo("/x/y");
        assertThat(head.isHost("abc".getBytes(StandardCharsets.US_ASCII))).isTrue();
        assertThat(head.isHost("ab".getBytes(StandardCharsets.US_ASCII))).isFalse();
        assertThat(head.isHost("abcd".getBytes(StandardCharsets.US_ASCII))).isFalse();
        assertThat(read("GET / HTTP/1.1|Host: [::1]:80||").host()).isEqualTo("[::1]");
    }

    private static void assertStatus(String head, int status) {
        assertThatThrownBy(() -> read(head))
                .isInstanceOfSatisfying(
                        HttpViolation.class,
                        violation ->
                                assertThat(violation.status())
                                        .as(violation.getMessage())
                                        .isEqualTo(status));
    }

    private static RequestHead read(String head) {
        var read = new RequestHead(HeadLimits.ofDefaults());
        byte[] bytes = wire(head).getBytes(StandardCharsets.ISO_8859_1);
        assertThat(read.read(Unpooled.wrappedBuffer(bytes))).as("complete").isTrue();
        return read;
    }

    private static String written(RequestHead head, Forwarding forwarding) {
        ByteBuf out = Unpooled.buffer();
        head.writeTo(out, forwarding, "own:80".getBytes(StandardCharsets.US_ASCII));
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static String wire(String text) {
        return text.replace("|", "\r\n").replace("<LF>", "\n").replace("<CR>", "\r");
    }
}
