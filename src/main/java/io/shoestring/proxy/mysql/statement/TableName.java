package io.shoestring.proxy.mysql.statement;

import static java.util.Objects.requireNonNull;

/**
 * A table that a statement names and that the proxy may know better than the server, and where.
 *
 * @param schema in lower case, {@code shoestring} or {@code information_schema}; {@link #SHOW}: it
 *     is a word of a SHOW statement
 * @param name in lower case, without its schema
 * @param from the first byte of the schema's name
 * @param to the first byte after the table's name
 * @param hasAlias whether the statement gives it another name
 */
public record TableName(String schema, String name, int from, int to, boolean hasAlias) {
    /** In the place of a schema: it is the subject of a SHOW statement. */
    public static final String SHOW = "show";

    public TableName {
        requireNonNull(schema, "schema is null");
        requireNonNull(name, "name is null");
    }
}
