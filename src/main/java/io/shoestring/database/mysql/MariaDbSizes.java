package io.shoestring.database.mysql;

import io.shoestring.model.DatabaseSize;
import io.shoestring.model.RelationSize;
import io.shoestring.model.ServerSizes;

import java.io.IOException;
import java.util.List;

/**
 * The sizes of what a MariaDB server keeps, by InnoDB's own statistics: to ask for the tables
 * themselves would open each of them.
 */
final class MariaDbSizes {
    private static final long UNKNOWN = -1;

    /** InnoDB keeps a table's rows in its primary key, or in an index of its own making. */
    private static final String LARGEST =
            """
            SELECT i.database_name, i.table_name, i.index_name,
                   i.index_name IN ('PRIMARY', 'GEN_CLUST_INDEX'),
                   i.stat_value * @@global.innodb_page_size, t.n_rows
            FROM mysql.innodb_index_stats i
            JOIN mysql.innodb_table_stats t
              ON t.database_name = i.database_name AND t.table_name = i.table_name
            WHERE i.stat_name = 'size'
              AND i.database_name NOT IN ('mysql', 'sys', 'performance_schema')
            ORDER BY 5 DESC, 1, 2, 3 LIMIT 50
            """;

    /** Tables of other engines are not among them; one that is empty is. */
    private static final String DATABASES =
            """
            SELECT s.SCHEMA_NAME, COALESCE(i.tables, 0), COALESCE(i.bytes, 0),
                   (SELECT COUNT(*) FROM information_schema.PROCESSLIST p
                    WHERE p.DB = s.SCHEMA_NAME AND p.ID <> CONNECTION_ID()
                      AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump'))
            FROM information_schema.SCHEMATA s
            LEFT JOIN (SELECT database_name, COUNT(DISTINCT table_name) AS tables,
                              SUM(stat_value) * @@global.innodb_page_size AS bytes
                       FROM mysql.innodb_index_stats WHERE stat_name = 'size'
                       GROUP BY database_name) i ON i.database_name = s.SCHEMA_NAME
            WHERE s.SCHEMA_NAME NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
            ORDER BY 3 DESC, 1 LIMIT 20
            """;

    private MariaDbSizes() {}

    static ServerSizes of(ServerConnection connection) throws IOException, MysqlException {
        return new ServerSizes(
                connection.ask(DATABASES).stream().map(MariaDbSizes::database).toList(),
                connection.ask(LARGEST).stream().map(MariaDbSizes::size).toList());
    }

    private static DatabaseSize database(List<String> row) {
        return new DatabaseSize(
                row.get(0),
                Long.parseLong(row.get(1)),
                Long.parseLong(row.get(2)),
                Long.parseLong(row.get(3)));
    }

    private static RelationSize size(List<String> row) {
        String table = row.get(1);
        boolean clustered = row.get(3).equals("1");
        return new RelationSize(
                row.get(0),
                clustered ? table : table + "." + row.get(2),
                clustered ? "table" : "index",
                table,
                Long.parseLong(row.get(4)),
                clustered ? Long.parseLong(row.get(5)) : UNKNOWN,
                UNKNOWN,
                UNKNOWN);
    }
}
