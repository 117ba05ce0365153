package io.shoestring.protocol.mysql;

/** A peer sent what the protocol does not allow; without a stack trace, because it is no defect. */
public final class MysqlViolation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /**
     * @param code an error number of the protocol, for the peer
     * @param message what was wrong, in a clause
     */
    public MysqlViolation(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** Of bytes that mean nothing. */
    public MysqlViolation(String message) {
        this(ErrorCode.MALFORMED_PACKET, message);
    }

    /** The error for the peer. */
    public ErrorPacket toError() {
        String state = code == ErrorCode.MALFORMED_PACKET ? SqlState.GENERAL : SqlState.CONNECTION;
        return new ErrorPacket(code, state, String.valueOf(getMessage()));
    }
}
