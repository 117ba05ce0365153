package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

import java.util.Optional;

/**
 * The fields of an ErrorResponse or NoticeResponse that a proxy sends or looks at (PostgreSQL
 * documentation, 'Error and Notice Message Fields').
 *
 * @param severity never localised: {@code ERROR}, {@code FATAL}, {@code NOTICE} …
 */
public record ErrorFields(
        String severity,
        String sqlState,
        String message,
        Optional<String> detail,
        Optional<String> hint) {

    static final byte SEVERITY_LOCALISED = 'S';
    static final byte SEVERITY = 'V';
    static final byte SQL_STATE = 'C';
    static final byte MESSAGE = 'M';
    static final byte DETAIL = 'D';
    static final byte HINT = 'H';

    /** The statement failed; the connection lives on. */
    public static ErrorFields error(String sqlState, String message) {
        return of("ERROR", sqlState, message);
    }

    /** The connection ends with this. */
    public static ErrorFields fatal(String sqlState, String message) {
        return of("FATAL", sqlState, message);
    }

    /** For a NoticeResponse. */
    public static ErrorFields notice(String sqlState, String message) {
        return of("NOTICE", sqlState, message);
    }

    /** For a NoticeResponse that somebody should look into. */
    public static ErrorFields warning(String sqlState, String message) {
        return of("WARNING", sqlState, message);
    }

    private static ErrorFields of(String severity, String sqlState, String message) {
        return new ErrorFields(severity, sqlState, message, Optional.empty(), Optional.empty());
    }

    public ErrorFields withDetail(String newDetail) {
        return new ErrorFields(severity, sqlState, message, Optional.of(newDetail), hint);
    }

    public ErrorFields withHint(String newHint) {
        return new ErrorFields(severity, sqlState, message, detail, Optional.of(newHint));
    }

    /** Whether the server ends the connection after this. */
    public boolean isFatal() {
        return severity.equals("FATAL") || severity.equals("PANIC");
    }

    /**
     * Reads the body of an ErrorResponse or NoticeResponse; unknown fields are skipped, missing
     * ones are empty.
     *
     * @throws ProtocolViolation if a field or the list of fields has no terminator
     */
    public static ErrorFields read(ByteBuf in, int bodyIndex, int bodyLength) {
        String severity = "";
        String localised = "";
        String sqlState = "";
        String message = "";
        Optional<String> detail = Optional.empty();
        Optional<String> hint = Optional.empty();
        var reader = new BodyReader("ErrorResponse", in, bodyIndex, bodyLength);
        for (byte code = reader.nextByte(); code != 0; code = reader.nextByte()) {
            switch (code) {
                case SEVERITY -> severity = reader.nextString();
                case SEVERITY_LOCALISED -> localised = reader.nextString();
                case SQL_STATE -> sqlState = reader.nextString();
                case MESSAGE -> message = reader.nextString();
                case DETAIL -> detail = Optional.of(reader.nextString());
                case HINT -> hint = Optional.of(reader.nextString());
                default -> reader.skipString();
            }
        }
        reader.expectEnd();
        // Servers before 9.6 send the localised severity only.
        String known = severity.isEmpty() ? localised : severity;
        return new ErrorFields(known, sqlState, message, detail, hint);
    }

    /**
     * Whether an ErrorResponse's SQLSTATE is the given one, without decoding anything else.
     *
     * @throws ProtocolViolation if a field or the list of fields has no terminator
     */
    public static boolean hasSqlState(
            ByteBuf in, int bodyIndex, int bodyLength, String expectedSqlState) {
        var reader = new BodyReader("ErrorResponse", in, bodyIndex, bodyLength);
        for (byte code = reader.nextByte(); code != 0; code = reader.nextByte()) {
            if (code == SQL_STATE) {
                return reader.nextString().equals(expectedSqlState);
            }
            reader.skipString();
        }
        return false;
    }
}
