package io.shoestring.proxy.postgresql.statement;

import java.util.List;
import java.util.Random;

/** Makes new statements of the table's: near misses are where a classifier goes wrong. */
final class StatementMutator {
    private static final List<String> FRAGMENTS =
            List.of(
                    " ",
                    "'",
                    "''",
                    "\\",
                    "\\'",
                    "\"",
                    "$$",
                    "$a$",
                    "--",
                    "\n",
                    "/*",
                    "*/",
                    "(",
                    ")",
                    ";",
                    ",",
                    ".",
                    "::",
                    "E'",
                    "U&'",
                    " AS ",
                    " FOR UPDATE ",
                    " INTO x ",
                    " nextval('s') ",
                    ", nextval('s')",
                    " INSERT INTO t VALUES (1) ",
                    " DELETE FROM t ",
                    " UPDATE t SET id = 1 ",
                    "WITH a AS (",
                    "EXPLAIN ",
                    "EXPLAIN ANALYZE ",
                    " lower(",
                    " DISTINCT ON (id) ",
                    "SELECT ",
                    " UNION ",
                    " FROM t ",
                    " txid_current() ",
                    "set_config('a.b', 'c', true)",
                    "1",
                    "x");

    private final Random random;
    private final List<StatementTable.Row> rows;

    StatementMutator(Random random, List<StatementTable.Row> rows) {
        this.random = random;
        this.rows = rows;
    }

    String next() {
        var sql = new StringBuilder(row());
        for (int i = random.nextInt(4); i >= 0; i--) {
            mutate(sql);
        }
        return sql.toString().replace("\0", "");
    }

    private String row() {
        return rows.get(random.nextInt(rows.size())).sql();
    }

    private void mutate(StringBuilder sql) {
        int from = random.nextInt(sql.length() + 1);
        int to = Math.min(sql.length(), from + random.nextInt(6));
        switch (random.nextInt(5)) {
            case 0 -> sql.delete(from, to);
            case 1 -> sql.insert(from, sql.substring(from, to));
            case 2 -> {
                String other = row();
                int start = random.nextInt(other.length() + 1);
                sql.insert(from, other.substring(start));
            }
            default -> sql.insert(from, FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
        }
    }
}
