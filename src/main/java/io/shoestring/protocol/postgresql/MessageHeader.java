package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

/**
 * The five bytes in front of every message after the first: a type and a length that counts itself
 * but not the type. Everything here reads by absolute index and moves nothing.
 */
public final class MessageHeader {
    /** Type and length. */
    public static final int BYTES = 5;

    /** Returned while the header is not complete. */
    public static final int INCOMPLETE = -1;

    private static final int LENGTH_BYTES = 4;

    private MessageHeader() {}

    /** The type of the message that begins at {@code index}. */
    public static byte type(ByteBuf in, int index) {
        return in.getByte(index);
    }

    /**
     * The length of the body (what follows the header) of the message that begins at {@code index},
     * or {@link #INCOMPLETE} if the buffer ends before the header does.
     *
     * @param lengthMax the largest length that is accepted, one of {@link MessageLimits}
     * @throws ProtocolViolation if the length is less than 4 or greater than {@code lengthMax}
     */
    public static int bodyLength(ByteBuf in, int index, int lengthMax) {
        if (in.writerIndex() - index < BYTES) {
            return INCOMPLETE;
        }
        int length = in.getInt(index + 1);
        if (length < LENGTH_BYTES || length > lengthMax) {
            throw badLength(in.getByte(index), length, lengthMax);
        }
        return length - LENGTH_BYTES;
    }

    private static ProtocolViolation badLength(byte type, int length, int lengthMax) {
        return new ProtocolViolation(
                "invalid length %d of a message of type %s: must be from %d to %d"
                        .formatted(length, describe(type), LENGTH_BYTES, lengthMax));
    }

    /** The type as a person reads it: {@code 'Q'}, or {@code 0x07} when it is not printable. */
    public static String describe(byte type) {
        return type > ' ' && type < 0x7f
                ? "'" + (char) type + "'"
                : "0x%02x".formatted(type & 0xff);
    }
}
