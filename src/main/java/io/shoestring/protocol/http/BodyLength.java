package io.shoestring.protocol.http;

import java.nio.charset.StandardCharsets;

/**
 * What a head says of where its body ends (RFC 9112 section 6): Content-Length and
 * Transfer-Encoding. Whatever two readers could understand in two ways is refused.
 */
final class BodyLength {
    private static final byte[] CHUNKED = Octets.bytes("chunked");

    private final boolean toleratesSame;
    private long bytes = -1;
    private boolean chunked;

    /**
     * @param toleratesSame whether the same length may be said twice
     */
    BodyLength(boolean toleratesSame) {
        this.toleratesSame = toleratesSame;
    }

    void reset() {
        bytes = -1;
        chunked = false;
    }

    /** The length that was declared, or -1. */
    long bytes() {
        return bytes;
    }

    boolean isChunked() {
        return chunked;
    }

    /** The value of a Content-Length field. */
    void readLength(byte[] block, int from, int to) {
        long value = from == to ? -1 : 0;
        for (int at = from; at < to && value >= 0; at++) {
            value = Octets.isDigit(block[at]) ? timesTenPlus(value, block[at] - '0') : -1;
        }
        if (value < 0) {
            throw HttpViolation.malformed("Content-Length is not a number of bytes", from);
        }
        if (bytes >= 0 && !(toleratesSame && bytes == value)) {
            throw HttpViolation.malformed("more than one Content-Length", from);
        }
        bytes = value;
    }

    /** -1 if it is too much for a long. */
    private static long timesTenPlus(long value, int digit) {
        return value > (Long.MAX_VALUE - digit) / 10 ? -1 : value * 10 + digit;
    }

    /** The value of a Transfer-Encoding field. */
    void readCoding(byte[] block, int from, int to) {
        if (chunked) {
            throw HttpViolation.malformed("more than one Transfer-Encoding", from);
        }
        if (!Octets.equalsIgnoreCase(block, from, to, CHUNKED)) {
            String text = new String(block, from, to - from, StandardCharsets.ISO_8859_1);
            throw badCoding(text, from);
        }
        chunked = true;
    }

    /** Other codings before one last "chunked" are legal; we do not know them. */
    private static HttpViolation badCoding(String text, int from) {
        String[] codings = text.split(",", -1);
        for (int i = 0; i < codings.length; i++) {
            String coding = codings[i].strip();
            boolean last = i == codings.length - 1;
            boolean legal = isToken(coding) && coding.equalsIgnoreCase("chunked") == last;
            if (!legal) {
                return HttpViolation.malformed("Transfer-Encoding is not \"chunked\"", from);
            }
        }
        return new HttpViolation(501, "the only transfer coding that is known is \"chunked\"");
    }

    private static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> Octets.nameClass((byte) c) != 0);
    }

    /** What must hold of all that was read. */
    void check(int minorVersion) {
        if (!chunked) {
            return;
        }
        if (bytes >= 0) {
            throw HttpViolation.malformed("both Content-Length and Transfer-Encoding");
        }
        if (minorVersion == 0) {
            throw HttpViolation.malformed("Transfer-Encoding in HTTP/1.0");
        }
    }
}
