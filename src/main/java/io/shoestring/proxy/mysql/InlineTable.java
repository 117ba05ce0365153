package io.shoestring.proxy.mysql;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Rows of ours as a table in a statement: the server itself then selects, joins and sorts them. All
 * of it is ASCII, and means the same whatever the session's {@code sql_mode} and character set.
 */
final class InlineTable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final List<String> columns;
    private final List<List<@Nullable Object>> rows = new ArrayList<>();

    private InlineTable(List<String> columns) {
        this.columns = columns;
    }

    /**
     * Without rows.
     *
     * @param columns each a name and a type of SQL
     */
    static InlineTable of(String... columns) {
        return new InlineTable(List.of(columns));
    }

    /** One more row, in the order of the columns; an empty text is NULL where a number belongs. */
    InlineTable row(Object... values) {
        if (values.length != columns.size()) {
            throw new IllegalArgumentException(
                    values.length + " values for " + columns.size() + " columns");
        }
        List<@Nullable Object> row = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            boolean nothing = values[i].equals("") && columns.get(i).endsWith(" BIGINT");
            row.add(nothing ? null : values[i]);
        }
        rows.add(row);
        return this;
    }

    /** As it stands after FROM; a name has to follow. */
    String sql() {
        StringBuilder out = new StringBuilder("JSON_TABLE(CONVERT(x'");
        String json = JSON.writeValueAsString(rows);
        out.append(HexFormat.of().formatHex(json.getBytes(StandardCharsets.UTF_8)))
                .append("' USING utf8mb4),'$[*]' COLUMNS(");
        for (int i = 0; i < columns.size(); i++) {
            out.append(i == 0 ? "" : ",")
                    .append(columns.get(i))
                    .append(" PATH '$[")
                    .append(i)
                    .append("]'");
        }
        return out.append("))").toString();
    }
}
