package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What somebody wants to see.
 *
 * @param node only of this one; empty: of all
 * @param series names; one that ends in {@code *} is all that begin so
 * @param points so many at most
 */
public record HistoryQuestion(
        Optional<String> node, List<String> series, Instant from, Instant to, int points) {
    public HistoryQuestion {
        requireNonNull(node, "node is null");
        series = List.copyOf(series);
        requireNonNull(from, "from is null");
        requireNonNull(to, "to is null");
    }
}
