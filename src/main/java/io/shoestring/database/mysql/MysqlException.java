package io.shoestring.database.mysql;

/** A server said no, or something that is not understood; the message says what. */
public final class MysqlException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int code;

    MysqlException(String message) {
        this(message, 0);
    }

    /**
     * @param code the number that the server gives its error
     */
    MysqlException(String message, int code) {
        super(message);
        this.code = code;
    }

    /** The number that the server gives its error; 0 if it is none of a server's. */
    int code() {
        return code;
    }
}
