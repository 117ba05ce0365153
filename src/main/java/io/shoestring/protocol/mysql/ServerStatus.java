package io.shoestring.protocol.mysql;

/** The status bits with which answers end ("SERVER_STATUS_flags"). */
public final class ServerStatus {
    /** A transaction is open. */
    public static final int IN_TRANSACTION = 1;

    /** Each statement is a transaction. */
    public static final int AUTOCOMMIT = 1 << 1;

    /** Another result follows. */
    public static final int MORE_RESULTS = 1 << 3;

    /** A cursor is open: the rows are fetched later. */
    public static final int CURSOR_EXISTS = 1 << 6;

    /** All rows of the cursor were fetched. */
    public static final int LAST_ROW_SENT = 1 << 7;

    /** The packet says what has changed in the session. */
    public static final int SESSION_STATE_CHANGED = 1 << 14;

    private ServerStatus() {}
}
