package io.shoestring.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Messages with a few bytes changed: they are refused, or what is written for them is read again as
 * the same message. Nothing else happens.
 */
@Timeout(60)
class HttpFuzzTest {
    private static final int ROUNDS = 200_000;
    private static final byte[] INTERESTING =
            " \t\r\n:;,/?#*\u0000\u007f\u0080\u00ff\"0159afAF_-chunkedHTTP/1.1"
                    .getBytes(StandardCharsets.ISO_8859_1);

    private static final String[] REQUESTS = {
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /x?y HTTP/1.1\r\nHost: a:80\r\nContent-Length: 12\r\nX: y\r\n\r\n",
        "POST http://a/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive, x\r\nX: 1\r\nContent_Length: 7\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    };

    private final Random random = new Random(8);
    private final RequestHead head = new RequestHead(HeadLimits.ofDefaults());
    private final RequestHead again = new RequestHead(HeadLimits.ofDefaults());

    @Test
    void requestsAreRefusedOrMeanOneThing() {
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            accepted += survives(mutated(REQUESTS[random.nextInt(REQUESTS.length)])) ? 1 : 0;
        }
        assertThat(accepted).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    private boolean survives(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            if (!head.read(in)) {
                return false;
            }
        } catch (HttpViolation refused) {
            assertThat(refused.status()).isBetween(400, 505);
            return false;
        }
        ByteBuf out = Unpooled.buffer();
        head.writeTo(out, Forwarding.none(), "own".getBytes(StandardCharsets.US_ASCII));
        String written = out.toString(StandardCharsets.ISO_8859_1);
        assertThat(again.read(out)).as(written).isTrue();
        assertThat(out.isReadable()).as(written).isFalse();
        assertThat(again.framing()).as(written).isEqualTo(head.framing());
        assertThat(again.contentLength()).as(written).isEqualTo(head.contentLength());
        assertThat(written.replace("\r\n", "")).doesNotContain("\r", "\n", "\0");
        return true;
    }

    @Test
    void answersAreRefusedOrRead() {
        var answer = new ResponseHead(HeadLimits.ofDefaults());
        String sound =
                "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: keep-alive\r\nX: y\r\n\r\n";
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            ByteBuf out = Unpooled.buffer();
            try {
                if (answer.read(Unpooled.wrappedBuffer(mutated(sound)))) {
                    answer.writeTo(out, answer.framing(false), ResponseHead.Connection.PERSISTS);
                    accepted++;
                }
            } catch (HttpViolation refused) {
                assertThat(refused.getMessage()).isNotEmpty();
            }
        }
        assertThat(accepted).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    @Test
    void chunksAreRefusedOrPassOnAsTheSameData() {
        String sound = "5;a=b\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nX: y\r\n\r\n";
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = mutated(sound);
            StringBuilder wrapped = new StringBuilder();
            if (chunks(bytes, false, wrapped)) {
                accepted++;
                StringBuilder data = new StringBuilder();
                StringBuilder dataAgain = new StringBuilder();
                assertThat(chunks(bytes, true, data)).isTrue();
                byte[] passed = wrapped.toString().getBytes(StandardCharsets.ISO_8859_1);
                assertThat(chunks(passed, true, dataAgain)).isTrue();
                assertThat(dataAgain).hasToString(data.toString());
            }
        }
        assertThat(accepted).isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
    }

    private boolean chunks(byte[] bytes, boolean unwraps, StringBuilder out) {
        var body = new BodyReader();
        body.begin(Framing.CHUNKED, 0, unwraps);
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            while (in.isReadable() && !body.isDone()) {
                ByteBuf piece = in.readSlice(1 + random.nextInt(in.readableBytes()));
                body.read(
                        piece,
                        (from, index, length) ->
                                out.append(
                                        from.toString(index, length, StandardCharsets.ISO_8859_1)));
            }
            return body.isDone();
        } catch (HttpViolation refused) {
            return false;
        }
    }

    private byte[] mutated(String sound) {
        var text = new StringBuilder(sound);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(text.length());
            char octet = (char) (INTERESTING[random.nextInt(INTERESTING.length)] & 0xff);
            switch (random.nextInt(3)) {
                case 0 -> text.setCharAt(at, octet);
                case 1 -> text.insert(at, octet);
                default -> text.deleteCharAt(at);
            }
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
