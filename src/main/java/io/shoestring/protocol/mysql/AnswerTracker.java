package io.shoestring.protocol.mysql;

import io.netty.buffer.ByteBuf;

/**
 * Follows a server's answer from packet to packet, and knows where it ends; of rows it looks at the
 * first byte only. One at a time.
 *
 * <pre>
 *   RESULT ── OK ──► end, or RESULT again       (SERVER_MORE_RESULTS_EXISTS)
 *      ├── error ──► end
 *      ├── 0xfb ──► FILE ── the client has sent it ──► RESULT
 *      └── count ──► COLUMNS ──► (EOF) ──► ROWS ──► end, or RESULT again
 *   PREPARED ──► COLUMNS of parameters ──► (EOF) ──► COLUMNS of rows ──► (EOF) ──► end
 * </pre>
 */
public final class AnswerTracker {
    private static final int PROGRESS = 0xffff;
    private static final int FILE_WANTED = 0xfb;
    private static final int EOF_BYTES_MAX = 8;
    private static final int OK_BYTES_MIN = 7;
    private static final int PREPARED_BYTES = 12;

    /** What a packet was. */
    public enum Seen {
        /** The answer goes on. */
        PART,
        /** How far the statement has come, which is there whole; the answer goes on. */
        PROGRESS,
        /** An OK packet after which the answer goes on. */
        OK_PART,
        /** The server wants a file; the answer goes on when {@link #fileSent()}. */
        FILE_WANTED,
        /** The answer of a preparation begins: {@link #statementId()} is known. */
        PREPARED,
        /** The answer of a preparation begins, and that is all of it. */
        PREPARED_END,
        /** The end, an OK packet: it may say what has changed. */
        OK_END,
        /** The end, an EOF packet: it says no more than the status. */
        EOF_END,
        /** The end, an error. */
        ERROR_END,
        /** The end, and nothing is known of the status. */
        END
    }

    private enum Phase {
        IDLE,
        TEXT,
        RESULT,
        COLUMNS,
        COLUMNS_EOF,
        ROWS,
        FILE,
        PREPARED
    }

    private final long capabilities;
    private Phase phase = Phase.IDLE;
    private boolean prepares;
    private long columnsLeft;
    private long columnsThen;
    private int status;
    private int statementId;
    private int warnings;
    private long insertId;
    private boolean continued;

    /**
     * @param capabilities that were agreed upon with the server
     */
    public AnswerTracker(long capabilities) {
        this.capabilities = capabilities;
    }

    /** A command was sent; what comes now is its answer. */
    public void begin(Command.Answer answer) {
        prepares = false;
        continued = false;
        warnings = 0;
        insertId = 0;
        phase =
                switch (answer) {
                    case NONE -> Phase.IDLE;
                    case TEXT -> Phase.TEXT;
                    case RESULT -> Phase.RESULT;
                    case COLUMNS, ROWS -> Phase.ROWS;
                    case PREPARED -> Phase.PREPARED;
                };
    }

    /** Whether no answer is on its way. */
    public boolean isIdle() {
        return phase == Phase.IDLE;
    }

    /** Whether the client's file is waited for. */
    public boolean wantsFile() {
        return phase == Phase.FILE;
    }

    /** The client has sent its file whole. */
    public void fileSent() {
        phase = Phase.RESULT;
    }

    /** See {@link ServerStatus}; of the last packet that had one. */
    public int status() {
        return status;
    }

    /** How many warnings the answer has, by the last packet that says so. */
    public int warnings() {
        return warnings;
    }

    /** The number that the answer's last statement gave to a row; 0: none. */
    public long insertId() {
        return insertId;
    }

    /** The server's number of what was prepared. */
    public int statementId() {
        return statementId;
    }

    /**
     * The next packet.
     *
     * @param at where its payload begins, of which at least {@link #needs} is there
     * @param length of its payload
     */
    public Seen packet(ByteBuf in, int at, int length) {
        boolean isContinuation = continued;
        continued = length == Packet.PAYLOAD_MAX;
        if (isContinuation) {
            return Seen.PART;
        }
        if (length == 0) {
            throw new MysqlViolation("an answer has an empty packet");
        }
        int first = in.getUnsignedByte(at);
        if (phase != Phase.IDLE && first == ErrorPacket.HEADER && isProgress(in, at, length)) {
            return Seen.PROGRESS;
        }
        return switch (phase) {
            case IDLE -> throw new MysqlViolation("an answer comes to no question");
            case TEXT -> first == ErrorPacket.HEADER ? end(Seen.ERROR_END) : end(Seen.END);
            case RESULT -> result(in, at, length, first);
            case COLUMNS -> column(first);
            case COLUMNS_EOF -> columnsEnd(in, at, length, first);
            case ROWS -> row(in, at, length, first);
            case FILE -> throw new MysqlViolation("an answer comes before the file is sent");
            case PREPARED -> prepared(in, at, length, first);
        };
    }

    /** Whether an error packet is none, but says how far the statement has come. */
    private static boolean isProgress(ByteBuf in, int at, int length) {
        return ErrorPacket.code(in, at, length) == PROGRESS;
    }

    /** How much of such a payload has to be there: all of it, unless it is a row or a column. */
    public int needs(int length, int first) {
        boolean isRow = phase == Phase.ROWS && first != OkPacket.ROWS_END;
        boolean mayBeLong = length == Packet.PAYLOAD_MAX || isRow || phase == Phase.COLUMNS;
        return continued || (mayBeLong && first != ErrorPacket.HEADER)
                ? Math.min(1, length)
                : length;
    }

    /** Whether a packet of an answer is an EOF packet: no row and no column looks like one. */
    public static boolean isEof(int length, int first) {
        return first == OkPacket.ROWS_END && length <= EOF_BYTES_MAX;
    }

    private Seen result(ByteBuf in, int at, int length, int first) {
        return switch (first) {
            case OkPacket.HEADER -> ok(in, at, length);
            case OkPacket.ROWS_END ->
                    length < OK_BYTES_MIN ? eof(in, at, length) : ok(in, at, length);
            case ErrorPacket.HEADER -> end(Seen.ERROR_END);
            case FILE_WANTED -> {
                phase = Phase.FILE;
                yield Seen.FILE_WANTED;
            }
            default -> {
                columnsLeft = new Payload(in, at, length).number();
                columnsThen = 0;
                phase = Phase.COLUMNS;
                yield Seen.PART;
            }
        };
    }

    private Seen ok(ByteBuf in, int at, int length) {
        Payload payload = new Payload(in, at, length);
        payload.skip(1);
        payload.number();
        insertId = payload.number();
        status = payload.twoBytes();
        warnings = payload.remaining() >= 2 ? payload.twoBytes() : 0;
        return endOrMore(Seen.OK_END);
    }

    private Seen eof(ByteBuf in, int at, int length) {
        status = eofStatus(in, at, length);
        warnings = length >= 3 ? in.getUnsignedShortLE(at + 1) : 0;
        return endOrMore(Seen.EOF_END);
    }

    private Seen column(int first) {
        if (first == ErrorPacket.HEADER) {
            return end(Seen.ERROR_END);
        }
        columnsLeft--;
        return columnsLeft > 0 ? Seen.PART : afterColumns();
    }

    private Seen afterColumns() {
        if (!deprecatesEof()) {
            phase = Phase.COLUMNS_EOF;
            return Seen.PART;
        }
        return afterColumnsEnd();
    }

    private Seen columnsEnd(ByteBuf in, int at, int length, int first) {
        if (first != OkPacket.ROWS_END) {
            return first == ErrorPacket.HEADER ? end(Seen.ERROR_END) : unexpected(first);
        }
        status = eofStatus(in, at, length);
        if (!prepares && (status & ServerStatus.CURSOR_EXISTS) != 0) {
            return endOrMore(Seen.EOF_END);
        }
        return afterColumnsEnd();
    }

    private static Seen unexpected(int first) {
        throw new MysqlViolation("columns end with a packet that begins with byte " + first);
    }

    private Seen afterColumnsEnd() {
        if (!prepares) {
            phase = Phase.ROWS;
            return Seen.PART;
        }
        columnsLeft = columnsThen;
        columnsThen = 0;
        if (columnsLeft == 0) {
            return end(Seen.END);
        }
        phase = Phase.COLUMNS;
        return Seen.PART;
    }

    private Seen row(ByteBuf in, int at, int length, int first) {
        if (first == ErrorPacket.HEADER) {
            return end(Seen.ERROR_END);
        }
        // A row whose first value is longer than 16 MB begins with this byte too.
        if (first != OkPacket.ROWS_END || length == Packet.PAYLOAD_MAX) {
            return Seen.PART;
        }
        if (deprecatesEof() && length >= OK_BYTES_MIN) {
            return ok(in, at, length);
        }
        if (!isEof(length, first)) {
            return Seen.PART;
        }
        return eof(in, at, length);
    }

    private Seen prepared(ByteBuf in, int at, int length, int first) {
        if (first == ErrorPacket.HEADER) {
            return end(Seen.ERROR_END);
        }
        if (first != OkPacket.HEADER || length < PREPARED_BYTES) {
            throw new MysqlViolation("a preparation is answered with a packet of another kind");
        }
        prepares = true;
        statementId = in.getIntLE(at + 1);
        int columns = in.getUnsignedShortLE(at + 5);
        int parameters = in.getUnsignedShortLE(at + 7);
        columnsLeft = parameters > 0 ? parameters : columns;
        columnsThen = parameters > 0 ? columns : 0;
        phase = columnsLeft == 0 ? Phase.IDLE : Phase.COLUMNS;
        return columnsLeft == 0 ? Seen.PREPARED_END : Seen.PREPARED;
    }

    private boolean deprecatesEof() {
        return Capability.has(capabilities, Capability.DEPRECATE_EOF);
    }

    private static int eofStatus(ByteBuf in, int at, int length) {
        return length >= 5 ? in.getUnsignedShortLE(at + 3) : 0;
    }

    private Seen endOrMore(Seen end) {
        if ((status & ServerStatus.MORE_RESULTS) == 0) {
            return end(end);
        }
        phase = Phase.RESULT;
        return end == Seen.OK_END ? Seen.OK_PART : Seen.PART;
    }

    private Seen end(Seen end) {
        phase = Phase.IDLE;
        return end;
    }
}
