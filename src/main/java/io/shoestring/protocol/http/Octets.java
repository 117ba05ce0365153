package io.shoestring.protocol.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** Classes of octets (RFC 9110 section 5.6.2, RFC 3986 section 2), and comparisons. */
final class Octets {
    static final byte SPACE = ' ';
    static final byte TAB = '\t';
    static final byte CR = '\r';
    static final byte LF = '\n';

    /** In {@link #NAME}: a character of a token. */
    static final int TOKEN = 1;

    /** In {@link #NAME}: an underscore, which some servers take for a hyphen. */
    static final int UNDERSCORE = 2;

    private static final byte[] NAME = new byte[256];
    private static final boolean[] HOST = new boolean[256];
    private static final byte[] HEX = new byte[256];

    static {
        mark("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^`|~", TOKEN);
        mark("_", TOKEN | UNDERSCORE);
        // Commas are legal in a host's name, but nobody has one; they make lists of it.
        for (byte each :
                bytes(
                        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~%!$&'()*+;=")) {
            HOST[each] = true;
        }
        java.util.Arrays.fill(HEX, (byte) -1);
        byte[] digits = bytes("0123456789abcdef");
        for (int i = 0; i < digits.length; i++) {
            HEX[digits[i]] = (byte) i;
            HEX[Character.toUpperCase((char) digits[i])] = (byte) i;
        }
    }

    private Octets() {}

    private static void mark(String characters, int kind) {
        for (byte each : bytes(characters)) {
            NAME[each] = (byte) kind;
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    /** {@link #TOKEN} and {@link #UNDERSCORE}, or 0 if it may not be in a name. */
    static int nameClass(byte octet) {
        return NAME[octet & 0xff];
    }

    static boolean isHost(byte octet) {
        return HOST[octet & 0xff];
    }

    /** The digit's value, or -1. */
    static int hex(byte octet) {
        return HEX[octet & 0xff];
    }

    static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    /** Whether it ends a value, or may not be in one: a control character other than TAB. */
    static boolean isControl(byte octet) {
        return octet < SPACE ? octet >= 0 && octet != TAB : octet == 0x7f;
    }

    static boolean isSpace(byte octet) {
        return octet == SPACE || octet == TAB;
    }

    static byte lower(byte octet) {
        return octet >= 'A' && octet <= 'Z' ? (byte) (octet | 0x20) : octet;
    }

    /** Whether {@code bytes[from, to)} is {@code lower} but for the case of its letters. */
    static boolean equalsIgnoreCase(byte[] bytes, int from, int to, byte[] lower) {
        if (to - from != lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            if (lower(bytes[from + i]) != lower[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code bytes[from, to)} is {@code lower} but for the case of its letters. */
    static boolean equalsIgnoreCase(byte[] bytes, int from, int to, String lower) {
        if (to - from != lower.length()) {
            return false;
        }
        for (int i = 0; i < to - from; i++) {
            if (lower(bytes[from + i]) != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether two ranges are the same but for the case of their letters. */
    static boolean equalsIgnoreCase(byte[] bytes, int from, int to, int otherFrom, int otherTo) {
        if (to - from != otherTo - otherFrom) {
            return false;
        }
        for (int i = 0; i < to - from; i++) {
            if (lower(bytes[from + i]) != lower(bytes[otherFrom + i])) {
                return false;
            }
        }
        return true;
    }
}
