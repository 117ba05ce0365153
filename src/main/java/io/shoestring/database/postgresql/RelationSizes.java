package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.DatabaseSize;
import io.shoestring.model.RelationSize;
import io.shoestring.model.ServerSizes;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The databases of a server, and its largest tables and indexes. The exact size costs a look at
 * every file, so it is asked only for those that the server's own estimate has as the largest.
 */
final class RelationSizes {
    private static final int CONNECT_SECONDS = 1;
    private static final int ANSWER_SECONDS = 2;
    private static final int ROWS_MAX = 50;
    private static final long UNKNOWN = -1;
    private static final long BUDGET_NANOS = Duration.ofSeconds(8).toNanos();

    private static final String DATABASES =
            """
            SELECT d.datname, pg_database_size(d.oid), s.numbackends
            FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid
            WHERE d.datallowconn AND NOT d.datistemplate
            ORDER BY s.blks_hit + s.blks_read DESC LIMIT 20
            """;

    private static final String TABLES =
            """
            SELECT count(*) FROM pg_class c
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
              AND c.relnamespace NOT IN ('pg_catalog'::regnamespace,
                                         'information_schema'::regnamespace)
            """;

    /** What was never vacuumed or analysed has no pages yet by the estimate: it may be large. */
    private static final String LARGEST =
            """
            WITH candidates AS (
              SELECT c.oid, c.relname, c.relnamespace, c.relkind, c.reltuples,
                     coalesce(i.indrelid, c.oid) AS owner
              FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
              WHERE c.relkind IN ('r', 'i', 'm') AND c.relpersistence <> 't'
                AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace,
                                           'information_schema'::regnamespace)
              ORDER BY (c.relpages > 0 OR c.reltuples > 0), c.relpages DESC LIMIT 200)
            SELECT current_database(), format('%I.%I', n.nspname, c.relname),
                   CASE c.relkind WHEN 'i' THEN 'index' WHEN 'm' THEN 'materialized view'
                                  ELSE 'table' END,
                   c.owner::regclass::text,
                   CASE c.relkind WHEN 'i' THEN pg_relation_size(c.oid)
                                  ELSE pg_table_size(c.oid) END,
                   coalesce(t.n_live_tup, c.reltuples)::int8,
                   coalesce(CASE c.relkind WHEN 'i' THEN x.idx_scan ELSE t.seq_scan END, 0),
                   coalesce(t.n_dead_tup, 0)
            FROM candidates c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_stat_all_tables t ON t.relid = c.oid
            LEFT JOIN pg_stat_all_indexes x ON x.indexrelid = c.oid
            ORDER BY 5 DESC LIMIT 50
            """;

    private final Server server;
    private final Clock clock;

    RelationSizes(Server server, Clock clock) {
        this.server = server;
        this.clock = clock;
    }

    /** A database for which the time does not suffice is told without its tables. */
    ServerSizes all() throws SQLException, DatabaseException {
        long end = clock.nanos() + BUDGET_NANOS;
        List<DatabaseSize> databases = new ArrayList<>();
        List<RelationSize> relations = new ArrayList<>();
        for (DatabaseSize each : databases()) {
            databases.add(clock.nanos() - end < 0 ? counted(each, relations) : each);
        }
        return new ServerSizes(
                databases.stream()
                        .sorted(Comparator.comparingLong(DatabaseSize::bytes).reversed())
                        .toList(),
                relations.stream()
                        .sorted(Comparator.comparingLong(RelationSize::bytes).reversed())
                        .limit(ROWS_MAX)
                        .toList());
    }

    /** Without a look into them. */
    private List<DatabaseSize> databases() throws SQLException, DatabaseException {
        List<DatabaseSize> all = new ArrayList<>();
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS);
                var statement = connection.createStatement()) {
            server.checkIdentity(connection);
            try (ResultSet row = statement.executeQuery(DATABASES)) {
                while (row.next()) {
                    all.add(
                            new DatabaseSize(
                                    row.getString(1), UNKNOWN, row.getLong(2), row.getLong(3)));
                }
            }
        }
        return all;
    }

    /** The same with the number of its tables; the largest of them are added to the relations. */
    private DatabaseSize counted(DatabaseSize size, List<RelationSize> relations)
            throws SQLException, DatabaseException {
        try (Connection connection = server.connectToRead(size.name(), ANSWER_SECONDS)) {
            relations.addAll(largest(connection));
            return new DatabaseSize(
                    size.name(),
                    Long.parseLong(Sql.text(connection, TABLES)),
                    size.bytes(),
                    size.connections());
        }
    }

    private static List<RelationSize> largest(Connection connection) throws SQLException {
        List<RelationSize> found = new ArrayList<>();
        try (var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(LARGEST)) {
            while (row.next()) {
                found.add(
                        new RelationSize(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getLong(5),
                                row.getLong(6),
                                row.getLong(7),
                                row.getLong(8)));
            }
        }
        return found;
    }
}
