package io.shoestring.protocol.postgresql;

/** How long messages may be, in bytes; every length excludes the type byte and includes itself. */
public final class MessageLimits {
    /** PostgreSQL's MAX_STARTUP_PACKET_LENGTH: nobody is authenticated yet, so nothing big. */
    public static final int STARTUP_BYTES_MAX = 10_000;

    /** PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH: passwords and SASL messages. */
    public static final int AUTHENTICATION_BYTES_MAX = 65_535;

    /** PostgreSQL's PQ_LARGE_MESSAGE_LIMIT (MaxAllocSize - 1): queries, rows, COPY data. */
    public static final int MESSAGE_BYTES_MAX = 0x3fff_fffe;

    private MessageLimits() {}
}
