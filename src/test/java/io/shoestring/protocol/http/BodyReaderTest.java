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
import java.util.List;

/** Bodies, read in one piece and in every two pieces. A bar stands for CR LF. */
class BodyReaderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "5|hello|0||!5|hello|0||!hello",
                "5|hello|3|abc|0||!5|hello|3|abc|0||!helloabc",
                "0005|hello|00||!0005|hello|00||!hello",
                "A|0123456789|0||!A|0123456789|0||!0123456789",
                "5;a=b|hello|0;c||!5|hello|0||!hello",
                "5;a=\"x;\\\"y\"|hello|0||!5|hello|0||!hello",
                "5 ;a|hello|0||!-!-",
                "5;|hello|0||!5|hello|0||!hello",
                "2|a||0||!-!-",
                "1|a|0|X-Sum: 1||!1|a|0|X-Sum: 1||!a",
                "1|a|0|X: 1|Content-Length: 5|Host: b|Y: 2|Authorization: c||!"
                        + "1|a|0|X: 1|Y: 2||!a",
                "1|a|0|Content_Length: 5|Transfer-Encoding: chunked||!1|a|0||!a",
            })
    void passesChunksOn(String body, String passed, String data) {
        if (passed.equals("-")) {
            assertThatThrownBy(() -> read(body, false, body.length()))
                    .isInstanceOf(HttpViolation.class);
            return;
        }
        byte[] bytes = wire(body);
        for (int split = 0; split <= bytes.length; split++) {
            assertThat(read(body, false, split)).as("at %s", split).isEqualTo(passed);
            assertThat(read(body, true, split)).as("at %s", split).isEqualTo(data);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0x5|hello|0||",
                "+5|hello|0||",
                "-5|hello|0||",
                " 5|hello|0||",
                "1_0|hello|0||",
                "|hello|0||",
                ";a|hello|0||",
                "5 |hello|0||",
                "g|",
                "5;a=\"|\"|hello|0||",
                "5;a\rb|hello|0||",
                "5;a\nb|hello|0||",
                "5\nhello|0||",
                "5\rhello|0||",
                "5|hello\n0||",
                "5|hello0||",
                "5|hellooo|0||",
                "5|hell|0||",
                "80000000|",
                "11111111111111111|",
                "00000000000000001|a|0||",
                "0|\n",
                "0|X: a\n|",
                "0|no colon||",
                "0|: a||",
                "0| X: a||",
                "0|X : a||",
                "0|X: a\u0000b||",
                "0|X: a\rb||",
            })
    void refuses(String body) {
        byte[] bytes = wire(body);
        for (int split = 0; split <= bytes.length; split++) {
            int at = split;
            assertThatThrownBy(() -> read(body, false, at)).isInstanceOf(HttpViolation.class);
        }
    }

    @Test
    void boundsWhatItThrowsAwayOrKeeps() {
        assertThatThrownBy(() -> read("1;" + "a".repeat(5_000) + "|b|0||", false, 0))
                .isInstanceOf(HttpViolation.class);
        assertThatThrownBy(() -> read("1;abcdefgh|b|".repeat(600) + "0||", false, 0))
                .isInstanceOf(HttpViolation.class);
        assertThatThrownBy(() -> read("0|" + "X: 12345678|".repeat(400) + "|", false, 0))
                .isInstanceOf(HttpViolation.class);
    }

    @Test
    void leavesWhatComesBehind() {
        var body = new BodyReader();
        body.begin(Framing.CHUNKED, 0, false);
        ByteBuf in = Unpooled.wrappedBuffer(wire("1|a|0||GET"));
        body.read(in, (from, index, length) -> {});
        assertThat(body.isDone()).isTrue();
        assertThat(in.readableBytes()).isEqualTo(3);
        body.begin(Framing.LENGTH, 2, false);
        body.read(in, (from, index, length) -> assertThat(length).isEqualTo(2));
        assertThat(body.isDone()).isTrue();
        assertThat(in.readableBytes()).isEqualTo(1);
    }

    @Test
    void hasNoEndWithoutFraming() {
        var body = new BodyReader();
        body.begin(Framing.UNTIL_CLOSE, 0, false);
        body.read(Unpooled.wrappedBuffer(new byte[100]), (from, index, length) -> {});
        assertThat(body.isDone()).isFalse();
        body.begin(Framing.NONE, 0, false);
        assertThat(body.isDone()).isTrue();
    }

    private static String read(String body, boolean unwraps, int split) {
        byte[] bytes = wire(body);
        int at = Math.min(split, bytes.length);
        var reader = new BodyReader();
        var passed = new StringBuilder();
        reader.begin(Framing.CHUNKED, 0, unwraps);
        for (ByteBuf piece :
                List.of(
                        Unpooled.copiedBuffer(bytes, 0, at),
                        Unpooled.copiedBuffer(bytes, at, bytes.length - at))) {
            reader.read(
                    piece,
                    (in, index, length) ->
                            passed.append(in.toString(index, length, StandardCharsets.ISO_8859_1)));
        }
        assertThat(reader.isDone()).isTrue();
        return passed.toString().replace("\r\n", "|");
    }

    private static byte[] wire(String text) {
        return text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }
}
