package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** The fields behind a chunked body (RFC 9112 section 7.1.2). Those that could deceive go. */
final class Trailers {
    /** All trailers of one message, in bytes. */
    static final int BYTES_MAX = 4_096;

    private static final int BYTES_INITIAL = 256;

    private byte[] bytes = new byte[0];
    private int length;
    private int lineAt;

    void clear() {
        length = 0;
        lineAt = 0;
    }

    boolean isAtLineStart() {
        return length == lineAt;
    }

    void add(byte octet) {
        if (length == BYTES_MAX) {
            throw new HttpViolation(431, "the trailers are larger than " + BYTES_MAX + " bytes");
        }
        if (length == bytes.length) {
            bytes = java.util.Arrays.copyOf(bytes, Math.max(BYTES_INITIAL, 2 * length));
        }
        bytes[length++] = octet;
        if (octet == Octets.LF) {
            endLine();
        }
    }

    /** Keeps the line that has just ended, or forgets it. */
    private void endLine() {
        int at = lineAt;
        int seen = 0;
        while (Octets.nameClass(bytes[at]) != 0) {
            seen |= Octets.nameClass(bytes[at++]);
        }
        if (at == lineAt || bytes[at] != ':') {
            throw HttpViolation.malformed("a trailer's name is malformed");
        }
        int colon = at++;
        while (!Octets.isControl(bytes[at])) {
            at++;
        }
        if (bytes[at] != Octets.CR || at + 2 != length) {
            throw HttpViolation.malformed("a trailer's value is malformed");
        }
        FieldName name =
                (seen & Octets.UNDERSCORE) == 0
                        ? FieldName.find(bytes, lineAt, colon)
                        : FieldName.findWithUnderscores(bytes, lineAt, colon);
        if (name.isForbiddenInTrailers()) {
            length = lineAt;
        }
        lineAt = length;
    }

    /** Tells of those that were kept; values without the white space around them. */
    void tell(FieldSink sink) {
        int at = 0;
        while (at < length) {
            int colon = at;
            while (bytes[colon] != ':') {
                colon++;
            }
            int end = colon;
            while (bytes[end] != Octets.CR) {
                end++;
            }
            int next = end + 2;
            int value = colon + 1;
            while (value < end && Octets.isSpace(bytes[value])) {
                value++;
            }
            while (end > value && Octets.isSpace(bytes[end - 1])) {
                end--;
            }
            sink.field(bytes, at, colon, value, end);
            at = next;
        }
    }

    void writeTo(BodyReader.Sink sink) {
        if (length > 0) {
            ByteBuf kept = Unpooled.copiedBuffer(bytes, 0, length);
            try {
                sink.take(kept, 0, length);
            } finally {
                kept.release();
            }
        }
    }
}
