package io.shoestring.health;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A ClientHello of TLS 1.2 and 1.3 (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), to which a server that is
 * well says its ServerHello. Nothing is computed and no certificate is looked at: what stands in
 * the place of a public key is any number, which X25519 takes.
 */
final class TlsHelloConversation implements Conversation {
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;
    private static final int SERVER_HELLO = 2;
    private static final int HEADER_BYTES = 5;
    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_1_3 = 0x0304;
    private static final int X25519 = 29;
    private static final int KEY_BYTES = 32;
    private static final int[] CIPHERS = {
        0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013,
        0xc00a, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035
    };
    private static final int[] GROUPS = {X25519, 23, 24, 25};
    private static final int[] SIGNATURES = {
        0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601
    };

    private final Optional<String> name;

    /**
     * @param name that is asked for (SNI)
     */
    TlsHelloConversation(Optional<String> name) {
        this.name = name;
    }

    @Override
    public byte[] opening() {
        ByteBuf hello = Unpooled.buffer(256);
        hello.writeByte(HANDSHAKE).writeShort(0x0301);
        int record = open(hello, 2);
        hello.writeByte(1);
        int handshake = open(hello, 3);
        hello.writeShort(TLS_1_2);
        chance(hello);
        hello.writeByte(KEY_BYTES);
        chance(hello);
        shorts(hello, 2, CIPHERS);
        hello.writeByte(1).writeByte(0);
        int extensions = open(hello, 2);
        extensions(hello);
        close(hello, extensions, 2);
        close(hello, handshake, 3);
        close(hello, record, 2);
        return ByteBufUtil.getBytes(hello);
    }

    private void extensions(ByteBuf hello) {
        name.ifPresent(it -> serverName(hello, it));
        // Renegotiation is secure and nothing is resumed; the master secret is the extended one.
        hello.writeShort(0xff01).writeShort(1).writeByte(0);
        hello.writeShort(23).writeShort(0);
        extension(hello, 10, 2, GROUPS);
        hello.writeShort(11).writeShort(2).writeByte(1).writeByte(0);
        extension(hello, 13, 2, SIGNATURES);
        extension(hello, 43, 1, TLS_1_3, TLS_1_2);
        hello.writeShort(51);
        int keys = open(hello, 2);
        hello.writeShort(KEY_BYTES + 4).writeShort(X25519).writeShort(KEY_BYTES);
        chance(hello);
        close(hello, keys, 2);
    }

    private static void serverName(ByteBuf hello, String asked) {
        byte[] bytes = asked.getBytes(StandardCharsets.US_ASCII);
        hello.writeShort(0).writeShort(bytes.length + 5).writeShort(bytes.length + 3);
        hello.writeByte(0).writeShort(bytes.length).writeBytes(bytes);
    }

    private static void extension(ByteBuf hello, int type, int lengthBytes, int... values) {
        hello.writeShort(type);
        int content = open(hello, 2);
        shorts(hello, lengthBytes, values);
        close(hello, content, 2);
    }

    private static void shorts(ByteBuf hello, int lengthBytes, int... values) {
        int list = open(hello, lengthBytes);
        for (int value : values) {
            hello.writeShort(value);
        }
        close(hello, list, lengthBytes);
    }

    private static void chance(ByteBuf hello) {
        byte[] bytes = new byte[KEY_BYTES];
        ThreadLocalRandom.current().nextBytes(bytes);
        hello.writeBytes(bytes);
    }

    /** Leaves room for a length. */
    private static int open(ByteBuf hello, int lengthBytes) {
        hello.writeZero(lengthBytes);
        return hello.writerIndex();
    }

    private static void close(ByteBuf hello, int start, int lengthBytes) {
        int length = hello.writerIndex() - start;
        for (int i = 1; i <= lengthBytes; i++) {
            hello.setByte(start - i, length >>> (Byte.SIZE * (i - 1)));
        }
    }

    @Override
    public Verdict.Code lateness() {
        return Verdict.Code.L6TOUT;
    }

    @Override
    public Step read(byte[] received, boolean ended) {
        if (received.length <= HEADER_BYTES) {
            return ended
                    ? Conversation.failed(Verdict.Code.L6RSP, "closed without an answer")
                    : new Step.Wait();
        }
        int type = received[0];
        if (type == HANDSHAKE && received[1] == 3 && received[HEADER_BYTES] == SERVER_HELLO) {
            return new Step.Done(Verdict.passed(Verdict.Code.L6OK, "speaks TLS"), "");
        }
        if (type == ALERT && received[1] == 3) {
            return alert(received);
        }
        return Conversation.failed(Verdict.Code.L6RSP, "answered what is not TLS");
    }

    private static Step alert(byte[] received) {
        return received.length < HEADER_BYTES + 2
                ? new Step.Wait()
                : Conversation.failed(
                        Verdict.Code.L6RSP,
                        "refused TLS (alert %d)".formatted(received[HEADER_BYTES + 1] & 0xff));
    }
}
