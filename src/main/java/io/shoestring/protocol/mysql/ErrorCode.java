package io.shoestring.protocol.mysql;

/** The servers' numbers of the errors that we send, or understand. */
public final class ErrorCode {
    /** ER_CON_COUNT_ERROR. */
    public static final int TOO_MANY_CONNECTIONS = 1040;

    /** ER_HANDSHAKE_ERROR. */
    public static final int BAD_HANDSHAKE = 1043;

    /** ER_ACCESS_DENIED_ERROR. */
    public static final int ACCESS_DENIED = 1045;

    /** ER_UNKNOWN_COM_ERROR. */
    public static final int UNKNOWN_COMMAND = 1047;

    /** ER_SERVER_SHUTDOWN. */
    public static final int SERVER_SHUTDOWN = 1053;

    /** ER_NO_SUCH_THREAD. */
    public static final int NO_SUCH_THREAD = 1094;

    /** ER_KILL_DENIED_ERROR. */
    public static final int NOT_OWNER = 1095;

    /** ER_UNKNOWN_ERROR. */
    public static final int UNKNOWN = 1105;

    /** ER_NET_PACKET_TOO_LARGE. */
    public static final int PACKET_TOO_LARGE = 1153;

    /** ER_NET_PACKETS_OUT_OF_ORDER. */
    public static final int OUT_OF_ORDER = 1156;

    /** ER_LOCK_DEADLOCK: the transaction was rolled back, try again. */
    public static final int ROLLED_BACK = 1213;

    /** ER_UNKNOWN_STMT_HANDLER. */
    public static final int UNKNOWN_STATEMENT = 1243;

    /** ER_OPTION_PREVENTS_STATEMENT: among others, the server is read-only. */
    public static final int OPTION_PREVENTS = 1290;

    /** ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION. */
    public static final int READ_ONLY_TRANSACTION = 1792;

    /** ER_MALFORMED_PACKET. */
    public static final int MALFORMED_PACKET = 1835;

    /** ER_READ_ONLY_MODE. */
    public static final int READ_ONLY_MODE = 1836;

    /** ER_CONNECTION_KILLED, of MariaDB. */
    public static final int CONNECTION_KILLED = 1927;

    private ErrorCode() {}
}
