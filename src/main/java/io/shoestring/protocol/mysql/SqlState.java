package io.shoestring.protocol.mysql;

/** The SQLSTATEs that are told to clients. */
public final class SqlState {
    /** Anything. */
    public static final String GENERAL = "HY000";

    /** The connection cannot be had, or is gone. */
    public static final String CONNECTION = "08S01";

    /** Too many connections. */
    public static final String TOO_MANY = "08004";

    /** It is not known whether what was asked has happened. */
    public static final String OUTCOME_UNKNOWN = "08007";

    /** The transaction was rolled back and may be tried again. */
    public static final String ROLLED_BACK = "40001";

    /** The user may not come in. */
    public static final String ACCESS_DENIED = "28000";

    /** Somebody has ended it. */
    public static final String KILLED = "70100";

    private SqlState() {}
}
