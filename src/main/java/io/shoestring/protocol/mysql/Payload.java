package io.shoestring.protocol.mysql;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;

/** Reads a payload in its order; never beyond its end. */
public final class Payload {
    private static final int NULL = 0xfb;
    private static final int TWO_BYTES = 0xfc;
    private static final int THREE_BYTES = 0xfd;
    private static final int EIGHT_BYTES = 0xfe;

    private final ByteBuf in;
    private final int end;
    private int at;

    /**
     * @param in is only read at absolute places, and not released
     */
    public Payload(ByteBuf in, int at, int length) {
        this.in = in;
        this.at = at;
        this.end = at + length;
    }

    /** How many bytes are left. */
    public int remaining() {
        return end - at;
    }

    private int advance(long bytes) {
        if (bytes < 0 || bytes > remaining()) {
            throw new MysqlViolation(
                    "a packet ends " + bytes + " bytes too early: it has " + remaining());
        }
        int before = at;
        at += (int) bytes;
        return before;
    }

    /** Leaves bytes out. */
    public void skip(int bytes) {
        advance(bytes);
    }

    /** One byte, 0 to 255. */
    public int oneByte() {
        return in.getUnsignedByte(advance(1));
    }

    /** Two bytes. */
    public int twoBytes() {
        return in.getUnsignedShortLE(advance(2));
    }

    /** Four bytes. */
    public int fourBytes() {
        return in.getIntLE(advance(4));
    }

    /** A number of one to nine bytes ("length-encoded integer"). */
    public long number() {
        int first = oneByte();
        return switch (first) {
            case NULL, 0xff -> throw new MysqlViolation("a length begins with byte " + first);
            case TWO_BYTES -> twoBytes();
            case THREE_BYTES -> in.getUnsignedMediumLE(advance(3));
            case EIGHT_BYTES -> in.getLongLE(advance(8));
            default -> first;
        };
    }

    /** As many bytes. */
    public byte[] bytes(long length) {
        byte[] read = new byte[checked(length)];
        in.getBytes(advance(length), read);
        return read;
    }

    private int checked(long length) {
        if (length < 0 || length > remaining()) {
            throw new MysqlViolation(
                    "a packet ends too early: "
                            + length
                            + " bytes are announced, "
                            + remaining()
                            + " are there");
        }
        return (int) length;
    }

    /** Bytes with their length before them. */
    public byte[] counted() {
        return bytes(number());
    }

    /** Text with its length before it. */
    public String countedText() {
        return text(counted());
    }

    /** A column of a row of text; empty bytes for NULL too. */
    public String column() {
        if (remaining() > 0 && in.getUnsignedByte(at) == NULL) {
            at++;
            return "";
        }
        return countedText();
    }

    /** Text up to a zero byte, which is left out; its end may also be the packet's. */
    public String zeroEnded() {
        int zero = in.indexOf(at, end, (byte) 0);
        if (zero < 0) {
            return text(rest());
        }
        byte[] read = bytes(zero - at);
        skip(1);
        return text(read);
    }

    /** All that is left. */
    public byte[] rest() {
        return bytes(remaining());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Writes a number as {@link #number} reads it. */
    public static void writeNumber(ByteBuf out, long number) {
        if (number >= 0 && number < NULL) {
            out.writeByte((int) number);
        } else if (number >= 0 && number <= 0xffff) {
            out.writeByte(TWO_BYTES).writeShortLE((int) number);
        } else if (number >= 0 && number <= 0xff_ffff) {
            out.writeByte(THREE_BYTES).writeMediumLE((int) number);
        } else {
            out.writeByte(EIGHT_BYTES).writeLongLE(number);
        }
    }

    /** Writes bytes as {@link #counted} reads them. */
    public static void writeCounted(ByteBuf out, byte[] bytes) {
        writeNumber(out, bytes.length);
        out.writeBytes(bytes);
    }

    /** Writes text as {@link #zeroEnded} reads it. */
    public static void writeZeroEnded(ByteBuf out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8)).writeByte(0);
    }
}
