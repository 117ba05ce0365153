package io.shoestring.protocol.mysql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;

/**
 * ERR_Packet.
 *
 * @param code see {@link ErrorCode}
 * @param sqlState five characters
 */
public record ErrorPacket(int code, String sqlState, String message) {
    /** The first byte. */
    public static final int HEADER = 0xff;

    private static final int STATE_CHARACTERS = 5;

    public ErrorPacket {
        requireNonNull(sqlState, "sqlState is null");
        requireNonNull(message, "message is null");
    }

    /** Reads a payload that begins with {@link #HEADER}; before the log-in it has no SQLSTATE. */
    public static ErrorPacket read(ByteBuf in, int at, int length) {
        Payload payload = new Payload(in, at, length);
        payload.skip(1);
        int code = payload.twoBytes();
        String state = SqlState.GENERAL;
        if (payload.remaining() > STATE_CHARACTERS && in.getByte(at + 3) == '#') {
            payload.skip(1);
            state = new String(payload.bytes(STATE_CHARACTERS), StandardCharsets.US_ASCII);
        }
        return new ErrorPacket(code, state, new String(payload.rest(), StandardCharsets.UTF_8));
    }

    /** The number of the error in a payload that begins with {@link #HEADER}, or 0. */
    public static int code(ByteBuf in, int at, int length) {
        return length < 3 ? 0 : in.getUnsignedShortLE(at + 1);
    }

    /** Writes it as the packet of this number. */
    public void write(ByteBuf out, int number) {
        int at = Packet.begin(out, number);
        out.writeByte(HEADER).writeShortLE(code).writeByte('#');
        out.writeCharSequence(sqlState, StandardCharsets.US_ASCII);
        out.writeCharSequence(message, StandardCharsets.UTF_8);
        Packet.end(out, at);
    }
}
