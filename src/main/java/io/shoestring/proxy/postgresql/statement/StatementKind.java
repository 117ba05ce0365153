package io.shoestring.proxy.postgresql.statement;

/** What one Query or Parse does. */
public enum StatementKind {
    /** Certainly only reads, and a replica's answer is as good as the primary's. */
    READ,
    /** The same, but a comment wants it at the primary. */
    PRIMARY_READ,
    /** Everything else, and everything that is not understood: for the primary. */
    WRITE,
    /** BEGIN, START TRANSACTION. */
    BEGIN,
    /**
     * COMMIT, END, PREPARE TRANSACTION; also AND CHAIN, after which ReadyForQuery tells of the next
     * transaction.
     */
    COMMIT,
    /** ROLLBACK, ABORT; also AND CHAIN. */
    ROLLBACK,
    /** ROLLBACK TO SAVEPOINT. */
    SAVEPOINT_ROLLBACK,
    /** A SET or RESET for the rest of the session that may be sent again to a new connection. */
    SET,
    /** SET ROLE, SET SESSION AUTHORIZATION and their RESET: later statements have other rights. */
    SET_ROLE,
    /** SET LOCAL, SET TRANSACTION, SET CONSTRAINTS: ends with the transaction. */
    SET_LOCAL,
    /** DISCARD ALL: the session is as new. */
    DISCARD_ALL,
    /** Nothing but comments and semicolons. */
    EMPTY,
    /** More than one statement in one Query. */
    MULTIPLE
}
