package io.shoestring.protocol.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

import java.util.ArrayList;
import java.util.List;

/**
 * The start line and the header fields of a message, as one flat block. Used again for each
 * message; what it says holds until the next {@link #read}. Not thread-safe: one for each loop.
 */
public abstract sealed class MessageHead permits RequestHead, ResponseHead {
    /** Most heads are smaller; a long body behind the head is not copied with it. */
    private static final int FIRST_WINDOW_BYTES = 2_048;

    private static final int WINDOW_GROWTH = 4;
    private static final int HTTP_VERSION_BYTES = 8;
    private static final byte[] HTTP_NAME = Octets.bytes("HTTP/");
    private static final byte[] CONTENT_LENGTH_FIELD = Octets.bytes("Content-Length: ");
    private static final byte[] CHUNKED_FIELD = Octets.bytes("Transfer-Encoding: chunked\r\n");

    static final byte[] LINE_END = Octets.bytes("\r\n");

    final HeadLimits limits;
    final byte[] bytes;

    /** Where each field's line begins; one more for the empty line. */
    final int[] lineAt;

    final int[] nameEnd;
    final int[] valueAt;
    final int[] valueEnd;
    private final FieldName[] names;

    /** The line itself, without leading empty lines. */
    int start;

    int count;
    int minor;
    private int length;
    private final BodyLength body;
    private final ConnectionOptions options = new ConnectionOptions();
    private final ConnectionOptions.Nominations nominated = this::dropFields;
    private boolean hasConnection;

    MessageHead(HeadLimits limits, BodyLength body) {
        this.limits = requireNonNull(limits, "limits is null");
        this.body = body;
        bytes = new byte[limits.headBytes()];
        lineAt = new int[limits.fields() + 1];
        nameEnd = new int[limits.fields()];
        valueAt = new int[limits.fields()];
        valueEnd = new int[limits.fields()];
        names = new FieldName[limits.fields()];
        java.util.Arrays.fill(names, FieldName.OTHER);
    }

    /**
     * Reads the head at the reader index; when it is complete, the reader index is behind it.
     *
     * @return whether it is complete; if not, nothing has been read
     * @throws HttpViolation if it is malformed or larger than the limits
     */
    public final boolean read(ByteBuf in) {
        int available = Math.min(in.readableBytes(), bytes.length);
        int copied = 0;
        int window = Math.min(FIRST_WINDOW_BYTES, available);
        while (true) {
            in.getBytes(in.readerIndex() + copied, bytes, copied, window - copied);
            copied = window;
            if (parse(window)) {
                in.skipBytes(length);
                return true;
            }
            if (window == available) {
                break;
            }
            window = Math.min(window * WINDOW_GROWTH, available);
        }
        if (available == bytes.length) {
            throw new HttpViolation(
                    431, "the header is larger than " + limits.headBytes() + " bytes");
        }
        return false;
    }

    private boolean parse(int end) {
        count = 0;
        hasConnection = false;
        body.reset();
        options.reset();
        reset();
        int at = readStartLine(end);
        if (at < 0 || !readFields(at, end)) {
            return false;
        }
        if (hasConnection) {
            readConnection();
        }
        body.check(minor);
        check();
        return true;
    }

    abstract void reset();

    /** Where the next line begins, or -1 while this one is incomplete. */
    abstract int readStartLine(int end);

    /** A field of a name that we know. */
    abstract void noticed(FieldName name, int field);

    /** What must hold of the whole head. */
    abstract void check();

    // ------------------------------------------------------------------ lines

    /** Whether the line ends at {@code at}; fails on anything that only looks like a line's end. */
    final boolean isLineEnd(int at, int end) {
        if (bytes[at] == Octets.LF) {
            throw HttpViolation.malformed("a line ends with LF without CR", at);
        }
        if (bytes[at] != Octets.CR) {
            throw HttpViolation.malformed("a control character", at);
        }
        if (at + 1 == end) {
            return false;
        }
        if (bytes[at + 1] != Octets.LF) {
            throw HttpViolation.malformed("CR without LF", at);
        }
        return true;
    }

    /**
     * The minor version of an HTTP/1 version at {@code at}.
     *
     * @throws HttpViolation 505 if the major version is another one, 400 if it is none at all
     */
    final int readVersion(int at, int to) {
        boolean wellFormed =
                to - at == HTTP_VERSION_BYTES
                        && startsWith(at, HTTP_NAME)
                        && Octets.isDigit(bytes[at + 5])
                        && bytes[at + 6] == '.'
                        && Octets.isDigit(bytes[at + 7]);
        if (!wellFormed || bytes[at + 5] == '0') {
            throw HttpViolation.malformed("the protocol's version is malformed", at);
        }
        if (bytes[at + 5] != '1') {
            throw new HttpViolation(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
        }
        return bytes[at + 7] - '0';
    }

    private boolean startsWith(int at, byte[] text) {
        for (int i = 0; i < text.length; i++) {
            if (bytes[at + i] != text[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean readFields(int from, int end) {
        int at = from;
        while (at < end && bytes[at] != Octets.CR) {
            if (count == limits.fields()) {
                throw new HttpViolation(
                        431, "there are more than " + limits.fields() + " header fields");
            }
            at = readField(at, end);
            if (at < 0) {
                return false;
            }
        }
        if (at >= end || !isLineEnd(at, end)) {
            return false;
        }
        lineAt[count] = at;
        length = at + 2;
        return true;
    }

    private int readField(int from, int end) {
        int at = from;
        int seen = 0;
        int octet = 0;
        while (at < end && (octet = Octets.nameClass(bytes[at])) != 0) {
            seen |= octet;
            at++;
        }
        if (at == end) {
            return -1;
        }
        if (bytes[at] != ':' || at == from) {
            throw badName(from, at);
        }
        int colon = at++;
        while (at < end && Octets.isSpace(bytes[at])) {
            at++;
        }
        int value = at;
        while (at < end && !Octets.isControl(bytes[at])) {
            at++;
        }
        if (at == end || !isLineEnd(at, end)) {
            return -1;
        }
        addField(from, colon, value, at, seen);
        return at + 2;
    }

    private HttpViolation badName(int from, int at) {
        if (at == from && Octets.isSpace(bytes[at])) {
            return HttpViolation.malformed("a header line begins with white space", at);
        }
        return HttpViolation.malformed(
                at == from ? "a header field without a name" : "a malformed header field name", at);
    }

    private void addField(int from, int colon, int value, int lineEnd, int seen) {
        int to = lineEnd;
        while (to > value && Octets.isSpace(bytes[to - 1])) {
            to--;
        }
        FieldName name =
                (seen & Octets.UNDERSCORE) == 0
                        ? FieldName.find(bytes, from, colon)
                        : FieldName.findWithUnderscores(bytes, from, colon);
        int field = count++;
        lineAt[field] = from;
        nameEnd[field] = colon;
        valueAt[field] = value;
        valueEnd[field] = to;
        names[field] = name;
        switch (name) {
            case OTHER, DROPPED -> {}
            case CONTENT_LENGTH -> body.readLength(bytes, value, to);
            case TRANSFER_ENCODING -> body.readCoding(bytes, value, to);
            case CONNECTION -> hasConnection = true;
            default -> noticed(name, field);
        }
    }

    final FieldName name(int field) {
        return names[field];
    }

    // ------------------------------------------------------------------ framing

    /** The length that was declared, or -1. */
    public final long contentLength() {
        return body.bytes();
    }

    /** Whether the body comes in chunks. */
    public final boolean isChunked() {
        return body.isChunked();
    }

    /** Whether the minor version is 0. */
    public final boolean isHttp10() {
        return minor == 0;
    }

    /** Whether the connection may be used for a further message (RFC 9112 section 9.3). */
    public final boolean isPersistent() {
        return options.isPersistent(minor);
    }

    final boolean saysUpgrade() {
        return options.saysUpgrade();
    }

    /** The head's bytes, with both empty lines. */
    public final int length() {
        return length;
    }

    // ------------------------------------------------------------------ Connection

    private void readConnection() {
        for (int field = 0; field < count; field++) {
            if (name(field) == FieldName.CONNECTION) {
                options.read(bytes, valueAt[field], valueEnd[field], nominated);
            }
        }
    }

    /**
     * A field that Connection names is not forwarded. Fields that we know are what they are,
     * whatever a client says of them: nobody can make us lose a length or a client's address.
     */
    private void dropFields(int from, int to) {
        for (int field = 0; field < count; field++) {
            if (name(field) == FieldName.OTHER
                    && Octets.equalsIgnoreCase(bytes, lineAt[field], nameEnd[field], from, to)) {
                names[field] = FieldName.DROPPED;
            }
        }
    }

    // ------------------------------------------------------------------ writing

    final void write(ByteBuf out, int from, int to) {
        if (to > from) {
            out.writeBytes(bytes, from, to - from);
        }
    }

    /** All fields that go on as they came, in as few copies as there are gaps between them. */
    final void writeFields(ByteBuf out, Forwarding forwarding, FieldEdits edits) {
        int from = lineAt[0];
        for (int field = 0; field < count; field++) {
            FieldName name = name(field);
            boolean dropped =
                    name != FieldName.OTHER && (isRewritten(name) || forwarding.replaces(name));
            if (dropped
                    || (edits.dropsAny() && edits.drops(bytes, lineAt[field], nameEnd[field]))) {
                write(out, from, lineAt[field]);
                from = lineAt[field + 1];
            }
        }
        write(out, from, lineAt[count]);
        edits.writeAdded(out);
    }

    /** Tells of all fields that go on, as {@link #writeFields} would write them. */
    final void tellFields(FieldEdits edits, FieldSink sink) {
        for (int field = 0; field < count; field++) {
            FieldName name = name(field);
            boolean dropped =
                    (name != FieldName.OTHER && isRewritten(name))
                            || (edits.dropsAny()
                                    && edits.drops(bytes, lineAt[field], nameEnd[field]));
            if (!dropped) {
                sink.field(bytes, lineAt[field], nameEnd[field], valueAt[field], valueEnd[field]);
            }
        }
        edits.tellAdded(sink);
    }

    /** The values of the fields of that name, in their order; the name in lower case. */
    public final List<String> values(byte[] lowerName) {
        List<String> found = new ArrayList<>(1);
        for (int field = 0; field < count; field++) {
            if (Octets.equalsIgnoreCase(bytes, lineAt[field], nameEnd[field], lowerName)) {
                found.add(text(valueAt[field], valueEnd[field]));
            }
        }
        return found;
    }

    boolean isRewritten(FieldName name) {
        return name.isRewritten();
    }

    static void writeLength(ByteBuf out, long value) {
        out.writeBytes(CONTENT_LENGTH_FIELD);
        writeDecimal(out, value);
        out.writeBytes(LINE_END);
    }

    static void writeChunked(ByteBuf out) {
        out.writeBytes(CHUNKED_FIELD);
    }

    static void writeDecimal(ByteBuf out, long value) {
        if (value >= 10) {
            writeDecimal(out, value / 10);
        }
        out.writeByte((byte) ('0' + value % 10));
    }

    final String text(int from, int to) {
        return new String(bytes, from, to - from, java.nio.charset.StandardCharsets.ISO_8859_1);
    }
}
