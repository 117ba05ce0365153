package io.shoestring.protocol.postgresql;

/**
 * A peer's bytes break the protocol. The message says what was wrong, with numbers, and is fit to
 * be sent to the peer; it never holds secrets.
 *
 * <p>Has no stack trace: it describes the peer's mistake, not a place in our code, and must stay
 * cheap when somebody sends garbage on purpose.
 */
public final class ProtocolViolation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String sqlState;

    /** A violation that is reported as {@link SqlState#PROTOCOL_VIOLATION}. */
    public ProtocolViolation(String message) {
        this(SqlState.PROTOCOL_VIOLATION, message);
    }

    /** A violation with an SQLSTATE of its own. */
    public ProtocolViolation(String sqlState, String message) {
        super(message, null, false, false);
        this.sqlState = sqlState;
    }

    /** The SQLSTATE for the ErrorResponse that tells the peer. */
    public String sqlState() {
        return sqlState;
    }

    /** This violation as the last message of a connection. */
    public ErrorFields toErrorFields() {
        return ErrorFields.fatal(sqlState, String.valueOf(getMessage()));
    }
}
