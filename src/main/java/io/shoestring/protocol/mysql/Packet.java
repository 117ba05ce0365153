package io.shoestring.protocol.mysql;

import io.netty.buffer.ByteBuf;

/**
 * What everything travels in: a length of three bytes, a number that counts within one exchange,
 * and the payload. A payload of {@link #PAYLOAD_MAX} bytes and more is continued in the next
 * packet; the last of such a chain is shorter, perhaps empty.
 */
public final class Packet {
    /** Of the header. */
    public static final int HEADER_BYTES = 4;

    /** The largest payload of one packet; one that has it is continued. */
    public static final int PAYLOAD_MAX = 0xff_ffff;

    private Packet() {}

    /** The length of the payload of the packet at {@code at}; its header must be there. */
    public static int length(ByteBuf in, int at) {
        return in.getUnsignedMediumLE(at);
    }

    /** The number of the packet at {@code at}, 0 to 255. */
    public static int number(ByteBuf in, int at) {
        return in.getUnsignedByte(at + 3);
    }

    /** Begins a packet whose length is not known yet; returns where it begins. */
    public static int begin(ByteBuf out, int number) {
        int at = out.writerIndex();
        out.writeMediumLE(0).writeByte(number);
        return at;
    }

    /** Ends the packet that begins at {@code at}: shorter than {@link #PAYLOAD_MAX}. */
    public static void end(ByteBuf out, int at) {
        int length = out.writerIndex() - at - HEADER_BYTES;
        if (length >= PAYLOAD_MAX) {
            throw new IllegalArgumentException("a packet of " + length + " bytes");
        }
        out.setMediumLE(at, length);
    }

    /**
     * Writes a payload of any length, in as many packets as it takes.
     *
     * @param number of the first
     * @return the number of the packet that would come next
     */
    public static int write(ByteBuf out, int number, byte[] payload) {
        int from = 0;
        int next = number;
        while (true) {
            int length = Math.min(PAYLOAD_MAX, payload.length - from);
            out.writeMediumLE(length).writeByte(next & 0xff).writeBytes(payload, from, length);
            from += length;
            next++;
            if (length < PAYLOAD_MAX) {
                return next & 0xff;
            }
        }
    }
}
