package io.shoestring.protocol.mysql;

/**
 * The bits by which client and server agree on how they speak ("Capabilities Flags"). Constants
 * rather than an enumeration: they are tested for each packet. MariaDB's extensions are the upper
 * 32 bits.
 */
public final class Capability {
    /** CLIENT_LONG_PASSWORD; MariaDB leaves it out of its greeting, to say that it is MariaDB. */
    public static final int LONG_PASSWORD = 1;

    /** CLIENT_CONNECT_WITH_DB: the log-in names a default schema. */
    public static final int CONNECT_WITH_DB = 1 << 3;

    /** CLIENT_LOCAL_FILES: LOAD DATA LOCAL asks the client for a file. */
    public static final int LOCAL_FILES = 1 << 7;

    /** CLIENT_PROTOCOL_41: without it, nothing here is understood. */
    public static final int PROTOCOL_41 = 1 << 9;

    /** CLIENT_SSL: TLS begins after a short packet. */
    public static final int SSL = 1 << 11;

    /** CLIENT_SECURE_CONNECTION: the answer to the challenge has a length before it. */
    public static final int SECURE_CONNECTION = 1 << 15;

    /** CLIENT_MULTI_STATEMENTS. */
    public static final int MULTI_STATEMENTS = 1 << 16;

    /** CLIENT_MULTI_RESULTS. */
    public static final int MULTI_RESULTS = 1 << 17;

    /** CLIENT_PS_MULTI_RESULTS. */
    public static final int PS_MULTI_RESULTS = 1 << 18;

    /** CLIENT_PLUGIN_AUTH: methods of authentication have names. */
    public static final int PLUGIN_AUTH = 1 << 19;

    /** CLIENT_CONNECT_ATTRS: the log-in says what the client is. */
    public static final int CONNECT_ATTRIBUTES = 1 << 20;

    /** CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA. */
    public static final int LONG_AUTHENTICATION = 1 << 21;

    /** CLIENT_SESSION_TRACK: OK packets say what has changed in the session. */
    public static final int SESSION_TRACK = 1 << 23;

    /** CLIENT_DEPRECATE_EOF: rows end with an OK packet. */
    public static final int DEPRECATE_EOF = 1 << 24;

    /** CLIENT_COMPRESS: after the log-in, all is compressed by zlib. */
    public static final int COMPRESS = 1 << 5;

    /** MARIADB_CLIENT_PROGRESS: while a long statement runs, its progress is reported. */
    public static final long PROGRESS = 1L << 32;

    /** MARIADB_CLIENT_STMT_BULK_OPERATIONS: one command runs a statement for many rows. */
    public static final long BULK = 1L << 34;

    /** MARIADB_CLIENT_EXTENDED_METADATA: columns have the names of their extended types. */
    public static final long EXTENDED_METADATA = 1L << 35;

    private static final int FOUND_ROWS = 1 << 1;
    private static final int LONG_FLAG = 1 << 2;
    private static final int NO_SCHEMA = 1 << 4;
    private static final int ODBC = 1 << 6;
    private static final int IGNORE_SPACE = 1 << 8;
    private static final int INTERACTIVE = 1 << 10;
    private static final int IGNORE_SIGPIPE = 1 << 12;
    private static final int TRANSACTIONS = 1 << 13;
    private static final int RESERVED = 1 << 14;

    /**
     * All that goes through unharmed. Not among them: query attributes, optional metadata, and
     * columns that a client is to remember from the last time.
     */
    public static final long SUPPORTED =
            LONG_PASSWORD
                    | FOUND_ROWS
                    | LONG_FLAG
                    | CONNECT_WITH_DB
                    | NO_SCHEMA
                    | ODBC
                    | LOCAL_FILES
                    | IGNORE_SPACE
                    | PROTOCOL_41
                    | INTERACTIVE
                    | IGNORE_SIGPIPE
                    | TRANSACTIONS
                    | RESERVED
                    | SECURE_CONNECTION
                    | MULTI_STATEMENTS
                    | MULTI_RESULTS
                    | PS_MULTI_RESULTS
                    | PLUGIN_AUTH
                    | CONNECT_ATTRIBUTES
                    | LONG_AUTHENTICATION
                    | SESSION_TRACK
                    | DEPRECATE_EOF
                    | PROGRESS
                    | BULK
                    | EXTENDED_METADATA;

    private Capability() {}

    /** Whether {@code capability} is among these. */
    public static boolean has(long capabilities, long capability) {
        return (capabilities & capability) != 0;
    }

    /**
     * What only MariaDB and its clients have, in its own four bytes; who says {@link
     * #LONG_PASSWORD} has none of it.
     */
    public static long extensions(long capabilities) {
        return has(capabilities, LONG_PASSWORD) ? 0 : capabilities >>> Integer.SIZE;
    }
}
