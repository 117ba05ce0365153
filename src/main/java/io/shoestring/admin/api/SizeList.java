package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseSize;
import io.shoestring.model.RelationSize;
import io.shoestring.model.ServerSizes;

import java.util.List;
import java.util.Optional;

/**
 * {@code GET /api/v1/sizes?database=NAME}: the databases of a server, and their largest tables and
 * indexes, at most five minutes old.
 *
 * @param member that was asked: the primary
 * @param problem why there is nothing
 * @param databases of the server, largest first
 * @param rows the largest tables and indexes of all of them
 */
public record SizeList(
        String member,
        Optional<String> problem,
        List<DatabaseSize> databases,
        List<RelationSize> rows) {
    public SizeList {
        requireNonNull(member, "member is null");
        requireNonNull(problem, "problem is null");
        databases = List.copyOf(databases);
        rows = List.copyOf(rows);
    }

    /** What a member has told. */
    public static SizeList of(String member, ServerSizes sizes) {
        return new SizeList(member, Optional.empty(), sizes.databases(), sizes.relations());
    }

    /** When nobody could be asked. */
    public static SizeList none(String problem) {
        return new SizeList("", Optional.of(problem), List.of(), List.of());
    }
}
