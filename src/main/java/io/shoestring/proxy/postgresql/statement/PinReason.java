package io.shoestring.proxy.postgresql.statement;

/** Session state that a statement leaves behind and that cannot be re-created elsewhere. */
public enum PinReason {
    /** LISTEN: notifications are queued for this connection. */
    LISTEN,
    /** CREATE TEMPORARY …, SELECT INTO TEMPORARY, or anything in pg_temp. */
    TEMPORARY_OBJECT,
    /** A session-level advisory lock. */
    ADVISORY_LOCK,
    /** DECLARE … WITH HOLD: rows kept beyond the transaction. */
    HOLDABLE_CURSOR,
    /** SQL-level PREPARE. */
    SQL_PREPARE,
    /** LOAD of a library. */
    LOAD,
    /** set_config() that is not local to the transaction. */
    SET_CONFIG,
    /** A SET in one string with other statements, so that it cannot be sent again by itself. */
    SET_AMONG_OTHERS,
    /** Another function with an effect on the session, such as setseed() or dblink_connect(). */
    SESSION_FUNCTION
}
