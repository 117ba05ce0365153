package io.shoestring.database.mysql;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The columns of a table, and the conditions and expressions of SQL that are made of them.
 *
 * @param columns their names
 * @param key those of the primary key, in its order; empty: there is none
 */
record TableShape(List<String> columns, List<Key> key) {
    /** The condition that holds of every row. */
    static final String ALL = "TRUE";

    private static final Set<String> BINARY =
            Set.of("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit");

    private static final Set<String> NUMBERS =
            Set.of("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year");

    TableShape {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
    }

    /** A column of the key. */
    record Key(String column, String type) {
        /** An expression whose value is this column's as SQL writes it. */
        String literal() {
            if (NUMBERS.contains(type)) {
                return quoted(column);
            }
            return BINARY.contains(type)
                    ? "concat('x''', hex(" + quoted(column) + "), '''')"
                    : "quote(" + quoted(column) + ")";
        }
    }

    /** Asks a server. */
    static TableShape read(ServerConnection connection, String schema, String table)
            throws IOException, MysqlException {
        String there =
                " WHERE table_schema = "
                        + MariaDbServer.quoted(schema)
                        + " AND table_name = "
                        + MariaDbServer.quoted(table);
        List<Map<String, String>> columns =
                connection.table(
                        "SELECT column_name AS c, data_type AS t FROM information_schema.columns"
                                + there
                                + " ORDER BY ordinal_position");
        Map<String, String> types =
                columns.stream()
                        .collect(
                                Collectors.toMap(
                                        row -> row.getOrDefault("c", ""),
                                        row -> row.getOrDefault("t", "")));
        List<Key> key =
                connection
                        .ask(
                                "SELECT column_name FROM information_schema.statistics"
                                        + there
                                        + " AND index_name = 'PRIMARY' ORDER BY seq_in_index")
                        .stream()
                        .map(List::getFirst)
                        .map(name -> new Key(name, types.getOrDefault(name, "")))
                        .toList();
        return new TableShape(columns.stream().map(row -> row.getOrDefault("c", "")).toList(), key);
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /** All of a row as one text, in which no two rows are alike that differ. */
    String row() {
        return columns.stream()
                .map(column -> "coalesce(hex(cast(" + quoted(column) + " AS BINARY)), '-')")
                .collect(Collectors.joining(", ", "concat_ws('#', ", ")"));
    }

    String keyNames() {
        return key.stream().map(each -> quoted(each.column())).collect(Collectors.joining(", "));
    }

    String keyLiterals() {
        return key.stream().map(Key::literal).collect(Collectors.joining(", "));
    }

    /**
     * Rows after one, up to and with another.
     *
     * @param after the key's values as literals; empty: from the first
     * @param last the same; empty: to the last
     */
    String between(Optional<List<String>> after, Optional<List<String>> last) {
        List<String> both = new ArrayList<>();
        after.ifPresent(values -> both.add(beyond(values, ">", "")));
        last.ifPresent(values -> both.add(beyond(values, "<", "=")));
        return both.isEmpty() ? ALL : String.join(" AND ", both);
    }

    /** {@code (a > 1 OR (a = 1 AND (b > 2)))}: a form of which an index is used. */
    private String beyond(List<String> values, String than, String orLike) {
        String condition = "";
        for (int i = key.size() - 1; i >= 0; i--) {
            String column = quoted(key.get(i).column());
            String value = values.get(i);
            condition =
                    i == key.size() - 1
                            ? "(" + column + " " + than + orLike + " " + value + ")"
                            : "(" + column + " " + than + " " + value + " OR (" + column + " = "
                                    + value + " AND " + condition + "))";
        }
        return condition;
    }
}
