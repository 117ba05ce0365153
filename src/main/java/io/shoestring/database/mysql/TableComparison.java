package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Compares the rows of the primary's tables with the replicas', while everything goes on. A part of
 * a table at a time, the primary sums its rows up by a statement that is replicated as a statement:
 * each replica runs it at the same place of the history, over its own rows. So no server has to
 * stand still, and what differs is a difference. Between two parts the slowest replica is waited
 * for. Blocks.
 */
public final class TableComparison {
    /** So many are summed up, and locked for writers, at once, unless somebody says otherwise. */
    public static final long USUAL_ROWS = 2_000;

    private static final int ANSWER_SECONDS = 60;
    private static final int CATCH_UP_SECONDS = 600;

    private static final String TABLE = "shoestring.comparison";

    private static final String MAKE =
            "CREATE TABLE IF NOT EXISTS "
                    + TABLE
                    + " (tbl VARCHAR(140) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, part"
                    + " BIGINT NOT NULL, row_count BIGINT NOT NULL, row_sum BIGINT UNSIGNED NOT"
                    + " NULL, PRIMARY KEY (tbl, part)) ENGINE = InnoDB";

    private static final String TABLES =
            """
            SELECT table_schema AS s, table_name AS n FROM information_schema.tables
            WHERE table_type = 'BASE TABLE' AND table_schema NOT IN
                  ('mysql', 'information_schema', 'performance_schema', 'sys', 'shoestring')
            ORDER BY 1, 2 LIMIT 1000
            """;

    private final Map<MemberName, MariaDbServer> servers = new LinkedHashMap<>();
    private final long rows;

    /**
     * Asks nobody yet.
     *
     * @param nodes the addresses of the cluster's nodes
     * @param rows how many are summed up at once, at least 1
     */
    public TableComparison(
            DatabaseConfig database, Map<NodeName, String> nodes, long rows, Clock clock) {
        database.members()
                .values()
                .forEach(
                        member ->
                                servers.put(
                                        member.name(),
                                        new MariaDbServer(
                                                database,
                                                member,
                                                nodes.getOrDefault(member.node(), ""),
                                                clock)));
        this.rows = Math.max(1, rows);
    }

    /**
     * A part of a table that is not the same.
     *
     * @param table {@code shop.items}
     * @param rows which, as a condition of SQL; empty: all
     * @param here how many rows the replica has there; negative: its columns are others, or it has
     *     no such table
     * @param there how many the primary has
     */
    public record Difference(
            MemberName replica, String table, String rows, long here, long there) {}

    /**
     * What was found.
     *
     * @param tables how many were compared
     * @param rows how many rows of the primary
     * @param replicas with whom
     */
    public record Result(
            MemberName primary,
            List<MemberName> replicas,
            int tables,
            long rows,
            List<Difference> differences) {
        public Result {
            replicas = List.copyOf(replicas);
            differences = List.copyOf(differences);
        }
    }

    /**
     * Compares.
     *
     * @param only these tables, as {@code shop.items}; empty: all
     * @param progress is told each table when it is done
     * @throws DatabaseException if there is no single primary, no replica that goes on, or a server
     *     does not answer
     */
    public Result run(List<String> only, Consumer<String> progress) throws DatabaseException {
        List<MemberName> writers = having("0");
        if (writers.size() != 1) {
            throw new DatabaseException(
                    (writers.isEmpty() ? "No server takes writes" : writers + " take writes")
                            + ": there has to be one primary to compare with.");
        }
        List<MemberName> replicas = having("1");
        if (replicas.isEmpty()) {
            throw new DatabaseException("There is no replica that answers to compare with.");
        }
        return server(writers.getFirst())
                .askAtAddress(
                        ANSWER_SECONDS,
                        primary -> {
                            try (var run = new Run(primary, writers.getFirst(), replicas)) {
                                return run.tables(only, progress);
                            }
                        });
    }

    private MariaDbServer server(MemberName name) {
        return requireNonNull(servers.get(name), "unknown member");
    }

    /** Those that answer and are that: 1 for read-only. */
    private List<MemberName> having(String readOnly) {
        List<MemberName> found = new ArrayList<>();
        servers.forEach(
                (name, server) -> {
                    try {
                        String is =
                                server.askAtAddress(
                                        ANSWER_SECONDS,
                                        connection -> one(connection, "SELECT @@global.read_only"));
                        if (is.equals(readOnly)) {
                            found.add(name);
                        }
                    } catch (DatabaseException e) {
                        // Who does not answer is none of them: the others are compared.
                    }
                });
        return found;
    }

    private static String one(ServerConnection connection, String sql)
            throws IOException, MysqlException {
        List<List<String>> rows = connection.ask(sql);
        return rows.isEmpty() ? "" : rows.getFirst().getFirst();
    }

    private static String name(String part) {
        return "`" + part.replace("`", "``") + "`";
    }

    /** One comparison. */
    private final class Run implements AutoCloseable {
        private final ServerConnection primary;
        private final MemberName primaryName;
        private final Map<MemberName, ServerConnection> replicas = new LinkedHashMap<>();
        private final List<Difference> differences = new ArrayList<>();
        private long counted;

        Run(ServerConnection primary, MemberName primaryName, List<MemberName> names)
                throws IOException, MysqlException, DatabaseException {
            this.primary = primary;
            this.primaryName = primaryName;
            try {
                for (MemberName name : names) {
                    replicas.put(
                            name, server(name).openAtAddress(CATCH_UP_SECONDS + ANSWER_SECONDS));
                }
            } catch (IOException | MysqlException | DatabaseException e) {
                close();
                throw e;
            }
        }

        @Override
        public void close() {
            replicas.values().forEach(ServerConnection::close);
        }

        Result tables(List<String> only, Consumer<String> progress)
                throws IOException, MysqlException, DatabaseException {
            primary.run("CREATE DATABASE IF NOT EXISTS shoestring");
            primary.run(MAKE);
            primary.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            primary.run("SET SESSION binlog_format = 'STATEMENT'");
            int tables = 0;
            for (Map<String, String> row : primary.table(TABLES)) {
                String schema = row.getOrDefault("s", "");
                String table = row.getOrDefault("n", "");
                if (only.isEmpty() || only.contains(schema + "." + table)) {
                    int before = differences.size();
                    new Parts(schema, table).compare();
                    tables++;
                    progress.accept(
                            schema
                                    + "."
                                    + table
                                    + (differences.size() == before ? ": alike" : ": differs"));
                }
            }
            primary.run("DELETE FROM " + TABLE);
            if (tables < only.size()) {
                throw new DatabaseException(
                        "Not all of these tables are there: " + String.join(", ", only) + ".");
            }
            return new Result(
                    primaryName, List.copyOf(replicas.keySet()), tables, counted, differences);
        }

        /** The parts of one table. */
        private final class Parts {
            private final String schema;
            private final String table;
            private final String label;
            private final String from;
            private final TableShape shape;

            Parts(String schema, String table) throws IOException, MysqlException {
                this.schema = schema;
                this.table = table;
                this.label = schema + "." + table;
                this.from = name(schema) + "." + name(table);
                this.shape = TableShape.read(primary, schema, table);
            }

            /**
             * INVARIANT: no statement is replicated that a replica cannot run: it would stop there.
             */
            private boolean isOnAll() throws IOException, MysqlException, DatabaseException {
                boolean all = true;
                for (Map.Entry<MemberName, ServerConnection> replica : replicas.entrySet()) {
                    catchUp(
                            replica.getKey(),
                            replica.getValue(),
                            one(primary, "SELECT @@global.gtid_binlog_pos"));
                    if (!TableShape.read(replica.getValue(), schema, table).equals(shape)) {
                        all = false;
                        differences.add(new Difference(replica.getKey(), label, "", -1, -1));
                    }
                }
                return all;
            }

            void compare() throws IOException, MysqlException, DatabaseException {
                if (!isOnAll()) {
                    return;
                }
                Optional<List<String>> after = Optional.empty();
                for (long part = 1; ; part++) {
                    Optional<List<String>> last = end(after);
                    String condition = shape.between(after, last);
                    sum(part, condition);
                    if (last.isEmpty()) {
                        return;
                    }
                    after = last;
                }
            }

            /** The key of the last row of the next part; empty: the part goes to the end. */
            private Optional<List<String>> end(Optional<List<String>> after)
                    throws IOException, MysqlException {
                if (shape.key().isEmpty()) {
                    return Optional.empty();
                }
                List<List<String>> found =
                        primary.ask(
                                "SELECT "
                                        + shape.keyLiterals()
                                        + " FROM "
                                        + from
                                        + " WHERE "
                                        + shape.between(after, Optional.empty())
                                        + " ORDER BY "
                                        + shape.keyNames()
                                        + " LIMIT 1 OFFSET "
                                        + (rows - 1));
                return found.stream().findFirst();
            }

            private void sum(long part, String condition)
                    throws IOException, MysqlException, DatabaseException {
                primary.run(
                        "REPLACE INTO "
                                + TABLE
                                + " SELECT "
                                + MariaDbServer.quoted(label)
                                + ", "
                                + part
                                + ", count(*), coalesce(bit_xor(cast(conv(left(md5("
                                + shape.row()
                                + "), 16), 16, 10) AS UNSIGNED)), 0) FROM "
                                + from
                                + " WHERE "
                                + condition);
                String upTo = one(primary, "SELECT @@last_gtid");
                List<String> ours = found(primary, part);
                counted += Long.parseLong(ours.getFirst());
                for (Map.Entry<MemberName, ServerConnection> replica : replicas.entrySet()) {
                    catchUp(replica.getKey(), replica.getValue(), upTo);
                    judge(replica.getKey(), ours, found(replica.getValue(), part), condition);
                }
            }

            private void catchUp(MemberName replica, ServerConnection connection, String upTo)
                    throws IOException, MysqlException, DatabaseException {
                String waited =
                        one(
                                connection,
                                "SELECT master_gtid_wait("
                                        + MariaDbServer.quoted(upTo)
                                        + ", "
                                        + CATCH_UP_SECONDS
                                        + ")");
                if (!waited.equals("0")) {
                    throw new DatabaseException(
                            "Member "
                                    + replica
                                    + " has not applied "
                                    + upTo
                                    + " within "
                                    + CATCH_UP_SECONDS
                                    + " s: see 'shoestring doctor'.");
                }
            }

            private List<String> found(ServerConnection connection, long part)
                    throws IOException, MysqlException {
                List<List<String>> found =
                        connection.ask(
                                "SELECT row_count, row_sum FROM "
                                        + TABLE
                                        + " WHERE tbl = "
                                        + MariaDbServer.quoted(label)
                                        + " AND part = "
                                        + part);
                return found.isEmpty() ? List.of("0", "none") : found.getFirst();
            }

            private void judge(
                    MemberName replica, List<String> ours, List<String> theirs, String condition) {
                if (!ours.equals(theirs)) {
                    differences.add(
                            new Difference(
                                    replica,
                                    label,
                                    condition.equals(TableShape.ALL) ? "" : condition,
                                    Long.parseLong(theirs.getFirst()),
                                    Long.parseLong(ours.getFirst())));
                }
            }
        }
    }
}
