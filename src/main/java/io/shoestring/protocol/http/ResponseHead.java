package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;

/** The head of an answer (RFC 9112 sections 4 and 5). */
public final class ResponseHead extends MessageHead {
    private static final int VERSION_BYTES = 8;
    private static final int STATUS_LINE_BYTES_MIN = 12;
    private static final int STATUS_MIN = 100;
    private static final int STATUS_MAX = 599;
    private static final int SWITCHING = 101;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final byte[] VERSION = Octets.bytes("HTTP/1.1");
    private static final byte[] CLOSE_FIELD = Octets.bytes("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE_FIELD = Octets.bytes("Connection: keep-alive\r\n");
    private static final byte[] UPGRADE_FIELDS = Octets.bytes("Connection: Upgrade\r\nUpgrade: ");

    private int status;
    private int upgradeField;

    /** What the client is told of its connection. */
    public enum Connection {
        /** Nothing: it is used again, as is usual in HTTP/1.1. */
        PERSISTS,
        /** It is used again, and the client is told so: for HTTP/1.0. */
        KEEP_ALIVE,
        /** It ends with this answer. */
        CLOSE
    }

    /** A block for heads of these sizes. */
    public ResponseHead(HeadLimits limits) {
        super(limits, new BodyLength(true));
    }

    @Override
    void reset() {
        status = 0;
        upgradeField = -1;
    }

    @Override
    int readStartLine(int end) {
        int at = 0;
        while (at < end && !Octets.isControl(bytes[at])) {
            at++;
        }
        if (at == end || !isLineEnd(at, end)) {
            return -1;
        }
        if (at < STATUS_LINE_BYTES_MIN || bytes[VERSION_BYTES] != Octets.SPACE) {
            throw HttpViolation.malformed("the status line is malformed");
        }
        minor = readVersion(0, VERSION_BYTES);
        status = readStatus(VERSION_BYTES + 1, at);
        return at + 2;
    }

    private int readStatus(int from, int lineEnd) {
        int value = 0;
        for (int at = from; at < from + 3; at++) {
            value = Octets.isDigit(bytes[at]) ? value * 10 + bytes[at] - '0' : -STATUS_MAX;
        }
        boolean ends = from + 3 == lineEnd || bytes[from + 3] == Octets.SPACE;
        if (!ends || value < STATUS_MIN || value > STATUS_MAX) {
            throw HttpViolation.malformed("the status is malformed", from);
        }
        return value;
    }

    @Override
    void noticed(FieldName name, int field) {
        if (name == FieldName.UPGRADE) {
            upgradeField = field;
        }
    }

    @Override
    void check() {}

    /** 100 to 599. */
    public int status() {
        return status;
    }

    /** Whether the real answer is still to come. */
    public boolean isInterim() {
        return status < 200 && status != SWITCHING;
    }

    /** Whether the server speaks another protocol from here on. */
    public boolean switchesProtocol() {
        return status == SWITCHING;
    }

    /** How the body ends. */
    public Framing framing(boolean toHead) {
        if (toHead || status < 200 || status == NO_CONTENT || status == NOT_MODIFIED) {
            return Framing.NONE;
        }
        if (isChunked()) {
            return Framing.CHUNKED;
        }
        if (contentLength() < 0) {
            return Framing.UNTIL_CLOSE;
        }
        return contentLength() == 0 ? Framing.NONE : Framing.LENGTH;
    }

    /** As below, with no other changes. */
    public void writeTo(ByteBuf out, Framing body, Connection connection) {
        writeTo(out, body, connection, FieldEdits.none());
    }

    /**
     * Writes the head for a client.
     *
     * @param body how the body goes on to the client
     * @param edits what else is changed
     */
    public void writeTo(ByteBuf out, Framing body, Connection connection, FieldEdits edits) {
        out.ensureWritable(length() + 128 + edits.addedBytes());
        out.writeBytes(VERSION);
        write(out, VERSION_BYTES, lineAt[0]);
        writeFields(out, Forwarding.none(), edits);
        writeFraming(out, body);
        if (switchesProtocol()) {
            writeUpgrade(out);
        } else if (connection == Connection.CLOSE) {
            out.writeBytes(CLOSE_FIELD);
        } else if (connection == Connection.KEEP_ALIVE) {
            out.writeBytes(KEEP_ALIVE_FIELD);
        }
        out.writeBytes(LINE_END);
    }

    /**
     * Tells of all fields that go on to a client of HTTP/2; the length, if there is one to tell, is
     * {@link #announcedLength}.
     *
     * @param edits what is changed
     */
    public void tellFieldsTo(FieldSink sink, FieldEdits edits) {
        tellFields(edits, sink);
    }

    /** The length of the body, also of one that is not sent; -1 if it is not said. */
    public long announcedLength() {
        return status < 200 || status == NO_CONTENT ? -1 : contentLength();
    }

    private void writeFraming(ByteBuf out, Framing body) {
        switch (body) {
            case LENGTH -> writeLength(out, contentLength());
            case CHUNKED -> writeChunked(out);
            case UNTIL_CLOSE -> {}
            case NONE -> writeWhatItWouldBe(out);
        }
    }

    /** To HEAD, and of 304, the framing of the body that is not sent; nothing if there is none. */
    private void writeWhatItWouldBe(ByteBuf out) {
        if (status < 200 || status == NO_CONTENT) {
            return;
        }
        if (isChunked()) {
            writeChunked(out);
        } else if (contentLength() >= 0) {
            writeLength(out, contentLength());
        }
    }

    private void writeUpgrade(ByteBuf out) {
        out.writeBytes(UPGRADE_FIELDS);
        if (upgradeField >= 0) {
            write(out, valueAt[upgradeField], valueEnd[upgradeField]);
        }
        out.writeBytes(LINE_END);
    }
}
