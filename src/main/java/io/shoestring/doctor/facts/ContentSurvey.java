package io.shoestring.doctor.facts;

import io.shoestring.doctor.facts.ContentFacts.DatabaseContent;
import io.shoestring.doctor.facts.ContentFacts.Prepared;
import io.shoestring.doctor.facts.ContentFacts.Tablespace;
import io.shoestring.doctor.facts.ContentFacts.Transaction;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks a server what is in it. */
final class ContentSurvey {
    private static final int DATABASES_MOST = 50;

    private static final String DATABASES =
            """
            SELECT datname, age(datfrozenxid) AS age, mxid_age(datminmxid) AS multixacts,
                   pg_database_size(oid) AS bytes
            FROM pg_database ORDER BY datname
            """;

    /** One of each library, and those of a few languages that most have. */
    private static final String COLLATIONS =
            """
            SELECT CASE collprovider WHEN 'c' THEN 'libc' ELSE 'icu ' || collname END AS name,
                   max(pg_collation_actual_version(oid)) AS version
            FROM pg_collation
            WHERE collprovider = 'c' OR collprovider = 'i'
              AND collname IN ('und-x-icu', 'en-x-icu', 'de-x-icu', 'fr-x-icu', 'es-x-icu')
            GROUP BY 1 HAVING max(pg_collation_actual_version(oid)) IS NOT NULL
            """;

    private static final String OUTDATED =
            """
            SELECT 'collation ' || collname || ' (recorded ' || collversion || ', now '
                   || pg_collation_actual_version(oid) || ')' AS what
            FROM pg_collation WHERE collversion <> pg_collation_actual_version(oid)
            ORDER BY collname LIMIT 5
            """;

    private static final String OUTDATED_DATABASES =
            """
            SELECT 'database ' || datname || ' (recorded ' || datcollversion || ', now '
                   || pg_database_collation_actual_version(oid) || ')' AS what
            FROM pg_database
            WHERE datcollversion <> pg_database_collation_actual_version(oid)
            ORDER BY datname LIMIT 5
            """;

    private static final String TABLESPACES =
            """
            SELECT spcname, pg_tablespace_location(oid) AS location FROM pg_tablespace
            WHERE pg_tablespace_location(oid) <> '' ORDER BY spcname
            """;

    private static final String TRANSACTIONS =
            """
            SELECT pid, usename, datname, state,
                   extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age
            FROM pg_stat_activity
            WHERE xact_start IS NOT NULL AND backend_type = 'client backend'
              AND pid <> pg_backend_pid()
            """;

    private static final String PREPARED =
            """
            SELECT gid, database, extract(epoch FROM clock_timestamp() - prepared)::float8 AS age
            FROM pg_prepared_xacts ORDER BY prepared
            """;

    private static final String UNLOGGED =
            """
            SELECT current_database() || ': ' || n.nspname || '.' || c.relname AS name
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relpersistence = 'u' AND c.relkind = 'r' ORDER BY 1 LIMIT 20
            """;

    private ContentSurvey() {}

    /** Connects to another database of the same server. */
    @FunctionalInterface
    interface Door {
        Connection open(String database) throws SQLException;
    }

    /**
     * Asks.
     *
     * @param version of the server, as PostgreSQL numbers it
     * @param primary whether to look into each database, too; a replica has the same in them
     */
    static ContentFacts ask(Connection connection, int version, boolean primary, Door door)
            throws SQLException {
        List<DatabaseContent> databases = Rows.list(connection, DATABASES, ContentSurvey::database);
        Map<String, String> installed = new HashMap<>();
        List<String> unlogged = new ArrayList<>();
        if (primary) {
            for (String database : open(connection)) {
                lookInto(database, door, installed, unlogged);
            }
        }
        return new ContentFacts(
                databases,
                pairs(connection, COLLATIONS, "version"),
                outdated(connection, version),
                pairs(
                        connection,
                        "SELECT name, default_version FROM pg_available_extensions",
                        "default_version"),
                installed,
                unlogged,
                Rows.list(
                        connection,
                        TABLESPACES,
                        row -> new Tablespace(row.getString("spcname"), row.getString("location"))),
                Rows.list(connection, TRANSACTIONS, ContentSurvey::transaction),
                Rows.list(
                        connection,
                        PREPARED,
                        row ->
                                new Prepared(
                                        Rows.text(row, "gid"),
                                        Rows.text(row, "database"),
                                        Rows.seconds(row, "age"))));
    }

    private static List<String> open(Connection connection) throws SQLException {
        return Rows.list(
                connection,
                "SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname LIMIT "
                        + DATABASES_MOST,
                row -> row.getString("datname"));
    }

    private static void lookInto(
            String database, Door door, Map<String, String> installed, List<String> unlogged)
            throws SQLException {
        try (Connection inside = door.open(database)) {
            pairs(inside, "SELECT extname AS name, extversion FROM pg_extension", "extversion")
                    .forEach((name, version) -> installed.put(database + "/" + name, version));
            unlogged.addAll(Rows.list(inside, UNLOGGED, row -> row.getString("name")));
        }
    }

    private static List<String> outdated(Connection connection, int version) throws SQLException {
        List<String> found =
                new ArrayList<>(Rows.list(connection, OUTDATED, row -> row.getString("what")));
        if (version >= 150_000) {
            found.addAll(Rows.list(connection, OUTDATED_DATABASES, row -> row.getString("what")));
        }
        return found;
    }

    private static Map<String, String> pairs(Connection connection, String sql, String value)
            throws SQLException {
        Map<String, String> pairs = new HashMap<>();
        Rows.list(connection, sql, row -> pairs.put(Rows.text(row, "name"), Rows.text(row, value)));
        return pairs;
    }

    private static DatabaseContent database(ResultSet row) throws SQLException {
        return new DatabaseContent(
                row.getString("datname"),
                row.getLong("age"),
                row.getLong("multixacts"),
                row.getLong("bytes"));
    }

    private static Transaction transaction(ResultSet row) throws SQLException {
        return new Transaction(
                row.getLong("pid"),
                Rows.text(row, "usename"),
                Rows.text(row, "datname"),
                Rows.text(row, "state"),
                Rows.seconds(row, "age"));
    }
}
