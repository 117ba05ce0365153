package io.shoestring.database.mysql;

import io.shoestring.model.RelationSize;

import java.io.IOException;
import java.util.List;

/**
 * The largest tables and indexes of a MariaDB server, by InnoDB's own statistics: to ask for the
 * tables themselves would open each of them.
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

    private MariaDbSizes() {}

    static List<RelationSize> largest(ServerConnection connection)
            throws IOException, MysqlException {
        return connection.ask(LARGEST).stream().map(MariaDbSizes::size).toList();
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
