package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.RelationSize;

import java.util.List;
import java.util.Optional;

/**
 * {@code GET /api/v1/sizes?database=NAME}: the largest tables and indexes, at most five minutes
 * old.
 *
 * @param member that was asked: the primary
 * @param problem why there is nothing
 */
public record SizeList(String member, Optional<String> problem, List<RelationSize> rows) {
    public SizeList {
        requireNonNull(member, "member is null");
        requireNonNull(problem, "problem is null");
        rows = List.copyOf(rows);
    }

    /** When nobody could be asked. */
    public static SizeList none(String problem) {
        return new SizeList("", Optional.of(problem), List.of());
    }
}
