package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;

/**
 * A cursor over one message's body that never reads past its end and leaves the buffer's own
 * indices alone.
 */
final class BodyReader {
    private final String messageName;
    private final ByteBuf in;
    private final int start;
    private final int end;
    private int index;

    BodyReader(String messageName, ByteBuf in, int bodyIndex, int bodyLength) {
        if (bodyLength < 0 || bodyIndex < 0 || bodyIndex > in.writerIndex() - bodyLength) {
            throw new IndexOutOfBoundsException(
                    "body %d+%d of a buffer of %d bytes"
                            .formatted(bodyIndex, bodyLength, in.writerIndex()));
        }
        this.messageName = messageName;
        this.in = in;
        this.start = bodyIndex;
        this.end = bodyIndex + bodyLength;
        this.index = bodyIndex;
    }

    int index() {
        return index;
    }

    int remaining() {
        return end - index;
    }

    byte nextByte() {
        need(1);
        return in.getByte(index++);
    }

    int nextShort() {
        need(2);
        int value = in.getUnsignedShort(index);
        index += 2;
        return value;
    }

    int nextInt() {
        need(4);
        int value = in.getInt(index);
        index += 4;
        return value;
    }

    /** Steps over a string and its terminator; returns the string's length without it. */
    int skipString() {
        int zero = in.indexOf(index, end, (byte) 0);
        if (zero < 0) {
            throw violation("has a string without a terminator at byte " + (index - start));
        }
        int length = zero - index;
        index = zero + 1;
        return length;
    }

    String nextString() {
        int from = index;
        return in.toString(from, skipString(), StandardCharsets.UTF_8);
    }

    byte[] nextBytes(int length) {
        need(length);
        byte[] bytes = new byte[length];
        in.getBytes(index, bytes);
        index += length;
        return bytes;
    }

    void skip(int length) {
        need(length);
        index += length;
    }

    /** Fails unless the whole body was read. */
    void expectEnd() {
        if (index != end) {
            throw violation("has %d bytes after its end".formatted(end - index));
        }
    }

    ProtocolViolation violation(String problem) {
        return new ProtocolViolation(
                "%s of %d bytes %s".formatted(messageName, end - start, problem));
    }

    /** One character per byte, so that names in any client encoding survive a round trip. */
    static String name(ByteBuf in, int index, int length) {
        return length == 0 ? "" : in.toString(index, length, StandardCharsets.ISO_8859_1);
    }

    private void need(int length) {
        if (length < 0 || length > end - index) {
            throw violation(
                    "ends too early: %d bytes wanted at byte %d".formatted(length, index - start));
        }
    }
}
