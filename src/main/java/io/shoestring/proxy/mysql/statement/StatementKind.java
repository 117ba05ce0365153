package io.shoestring.proxy.mysql.statement;

/** What a statement does, as far as that decides where it goes and what its loss means. */
public enum StatementKind {
    /** Certainly reads, and leaves nothing behind. */
    READ,
    /** Reads or locks rows, or sets a savepoint, and ends no transaction. */
    ROWS,
    /** Changes rows, and ends no transaction. */
    CHANGE,
    /** Begins a transaction. */
    BEGIN,
    /** Ends a transaction, and keeps what it did. */
    COMMIT,
    /** Ends a transaction, and keeps nothing. */
    ROLLBACK,
    /** Sets something of the session, or asks the server about itself. */
    SESSION,
    /** Says whether each statement is a transaction; that may end the open one, and keep it. */
    AUTOCOMMIT,
    /** KILL. */
    KILL,
    /** Anything else, several statements at once, or not understood. */
    OTHER
}
