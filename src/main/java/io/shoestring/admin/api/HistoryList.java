package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code GET /api/v1/history}: what was measured over a time.
 *
 * @param from when the first point begins
 * @param seconds that a point is about
 * @param count of points
 */
public record HistoryList(Instant from, int seconds, int count, List<NodeHistory> nodes) {
    public HistoryList {
        requireNonNull(from, "from is null");
        nodes = List.copyOf(nodes);
    }

    /**
     * What one node has kept.
     *
     * @param problem why it tells nothing
     */
    public record NodeHistory(String node, Optional<String> problem, List<Series> series) {
        public NodeHistory {
            requireNonNull(node, "node is null");
            requireNonNull(problem, "problem is null");
            series = List.copyOf(series);
        }
    }

    /**
     * One series; null where nothing was measured.
     *
     * @param means of each point's seconds
     * @param highs the highest of each point's seconds
     */
    public record Series(String name, List<OptionalDouble> means, List<OptionalDouble> highs) {
        public Series {
            requireNonNull(name, "name is null");
            means = List.copyOf(means);
            highs = List.copyOf(highs);
        }
    }
}
