package io.shoestring.proxy.postgresql.statement;

/** The words of SQL that decide something here. */
enum Keyword {
    /** Any other word. */
    NONE(""),
    /**
     * Words that PostgreSQL reserves, so that no function can have their name: a parenthesis after
     * them is syntax (PostgreSQL documentation, appendix C, 'reserved' and 'cannot be function or
     * type').
     */
    SYNTAX(
            "and any array asymmetric between bigint bit boolean both cast char character "
                    + "check coalesce collate current_time current_timestamp dec decimal else "
                    + "except exists extract fetch float from greatest grouping having in int "
                    + "integer intersect interval lateral leading least limit localtime "
                    + "localtimestamp national nchar none normalize nullif numeric offset only "
                    + "out overlay position precision real row setof smallint some substring "
                    + "symmetric then time timestamp trailing treat trim union using varchar "
                    + "variadic when where window xmlattributes xmlconcat xmlelement xmlexists "
                    + "xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable"),
    ALL("all", true),
    AS("as", true),
    CASE("case", true),
    DISTINCT("distinct", true),
    FOR("for", true),
    GROUP("group", true),
    NOT("not", true),
    ON("on", true),
    OR("or", true),
    ORDER("order", true),
    SELECT("select", true),
    TABLE("table", true),
    TO("to", true),
    VALUES("values", true),
    WITH("with", true),

    ABORT("abort"),
    ANALYZE("analyze analyse"),
    ATOMIC("atomic"),
    AUTHORIZATION("authorization"),
    BEGIN("begin"),
    BERNOULLI("bernoulli system"),
    BY("by"),
    CHARACTERISTICS("characteristics"),
    COMMIT("commit"),
    CONFLICT("conflict"),
    CONSTRAINTS("constraints"),
    CREATE("create"),
    CUBE("cube rollup"),
    DECLARE("declare"),
    DISCARD("discard"),
    END("end"),
    EXPLAIN("explain"),
    FILTER("filter over"),
    GLOBAL("global"),
    HOLD("hold"),
    INTO("into"),
    JOIN("join"),
    JOIN_KIND("left right full inner outer cross natural"),
    KEY("key"),
    LISTEN("listen"),
    LISTENING_CHANNELS("pg_listening_channels"),
    LOAD("load"),
    LOCAL("local"),
    MATERIALIZED("materialized"),
    PARTITION("partition"),
    PG_CATALOG("pg_catalog"),
    PG_TEMP("pg_temp"),
    PREPARE("prepare"),
    PREPARED("prepared"),
    RECURSIVE("recursive"),
    REPLACE("replace"),
    RESET("reset"),
    ROLE("role"),
    ROLLBACK("rollback"),
    SESSION("session"),
    SESSION_AUTHORIZATION("session_authorization"),
    SET("set"),
    SETS("sets"),
    SHARE("share"),
    START("start"),
    TABLESAMPLE("tablesample"),
    TEMPORARY("temp temporary"),
    TRANSACTION("transaction"),
    TRANSACTION_SETTING("transaction_isolation transaction_read_only transaction_deferrable"),
    TRUE("true"),
    UNLISTEN("unlisten"),
    VARYING("varying"),
    VERBOSE("verbose"),
    WORK("work"),
    /** Begin statements that leave nothing in the session, whatever they do. */
    TRACELESS(
            "alter close cluster comment copy deallocate drop grant lock move notify "
                    + "reassign refresh reindex release revoke savepoint show truncate vacuum"),
    /** May stand inside a query and change data; any of them makes a statement a write. */
    WRITING("insert update delete merge"),
    /** A view about one server or one session, which only the primary can answer for. */
    SERVER_VIEW(
            "pg_locks pg_settings pg_file_settings pg_hba_file_rules pg_ident_file_mappings "
                    + "pg_cursors pg_prepared_statements pg_prepared_xacts pg_replication_slots "
                    + "pg_replication_origin_status pg_shmem_allocations pg_shmem_allocations_numa "
                    + "pg_backend_memory_contexts pg_config pg_aios pg_wait_events");

    private final String spellings;
    private final boolean reserved;

    Keyword(String spellings) {
        this.spellings = spellings;
        this.reserved = false;
    }

    Keyword(String spellings, boolean reserved) {
        this.spellings = spellings;
        this.reserved = reserved;
    }

    /** All ways to write it, in lower case. */
    String[] spellings() {
        return spellings.isEmpty() ? new String[0] : spellings.split(" ", -1);
    }

    /** Whether a parenthesis after the word is never a function call. */
    boolean isSyntax() {
        return reserved || this == SYNTAX;
    }
}
