package io.shoestring.database.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.RelationSize;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The largest tables and indexes of a server. The exact size costs a look at every file, so it is
 * asked only for those that the server's own estimate has as the largest.
 */
final class RelationSizes {
    private static final int CONNECT_SECONDS = 1;
    private static final int ANSWER_SECONDS = 2;
    private static final int ROWS_MAX = 50;
    private static final long BUDGET_NANOS = Duration.ofSeconds(8).toNanos();

    private static final String DATABASES =
            "SELECT d.datname FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid"
                    + " WHERE d.datallowconn AND NOT d.datistemplate"
                    + " ORDER BY s.blks_hit + s.blks_read DESC LIMIT 20";

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

    List<RelationSize> largest() throws SQLException, DatabaseException {
        long end = clock.nanos() + BUDGET_NANOS;
        List<RelationSize> all = new ArrayList<>();
        for (String database : databases()) {
            if (clock.nanos() - end < 0) {
                all.addAll(largest(database));
            }
        }
        return all.stream()
                .sorted(Comparator.comparingLong(RelationSize::bytes).reversed())
                .limit(ROWS_MAX)
                .toList();
    }

    private List<String> databases() throws SQLException, DatabaseException {
        List<String> names = new ArrayList<>();
        try (Connection connection = server.connect(CONNECT_SECONDS, ANSWER_SECONDS);
                var statement = connection.createStatement();
                ResultSet row = statement.executeQuery(DATABASES)) {
            server.checkIdentity(connection);
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    private List<RelationSize> largest(String database) throws SQLException, DatabaseException {
        List<RelationSize> found = new ArrayList<>();
        try (Connection connection = server.connectToRead(database, ANSWER_SECONDS);
                var statement = connection.createStatement();
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
