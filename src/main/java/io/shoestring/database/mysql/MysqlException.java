package io.shoestring.database.mysql;

/** A server said no, or something that is not understood; the message says what. */
public final class MysqlException extends Exception {
    private static final long serialVersionUID = 1L;

    MysqlException(String message) {
        super(message);
    }
}
