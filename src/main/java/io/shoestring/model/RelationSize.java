package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * A table or an index, with all its files.
 *
 * @param database of the server in which it is
 * @param name with its schema
 * @param kind {@code table}, {@code index} or {@code materialized view}
 * @param table that an index belongs to; else its own name
 * @param bytes on the disk; of a table without its indexes
 * @param rows by the server's own estimate; below 0 if it has none
 * @param scans how often it was read through, or, of an index, used; below 0: not known
 * @param deadRows rows of a table that nobody sees any more; below 0: not known
 */
public record RelationSize(
        String database,
        String name,
        String kind,
        String table,
        long bytes,
        long rows,
        long scans,
        long deadRows) {
    public RelationSize {
        requireNonNull(database, "database is null");
        requireNonNull(name, "name is null");
        requireNonNull(kind, "kind is null");
        requireNonNull(table, "table is null");
    }
}
