package io.shoestring.address;

import java.util.HexFormat;

/** The address of an Ethernet interface; {@code bits} are its 48 bits. */
record MacAddress(long bits) {
    static final int BYTES = 6;
    static final MacAddress BROADCAST = new MacAddress(0xFFFF_FFFF_FFFFL);

    static MacAddress at(byte[] bytes, int offset) {
        long bits = 0;
        for (int i = 0; i < BYTES; i++) {
            bits = bits << 8 | (bytes[offset + i] & 0xFF);
        }
        return new MacAddress(bits);
    }

    byte[] bytes() {
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (bits >> (8 * (BYTES - 1 - i)));
        }
        return bytes;
    }

    @Override
    public String toString() {
        return HexFormat.ofDelimiter(":").formatHex(bytes());
    }
}
