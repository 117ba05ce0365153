package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/**
 * {@code GET /api/v1/statements} and {@code /api/v1/urls}: what was measured of each kind, since
 * the node started, on this node.
 *
 * @param kinds how many kinds there are; {@code rows} may be fewer
 */
public record FiguresList(List<Row> rows, int kinds) {
    public FiguresList {
        rows = List.copyOf(rows);
    }

    /**
     * One kind of statement or of URL.
     *
     * @param listener that it came to
     * @param id the same on every node and after every restart
     * @param text without values; {@code <other>} is everything for which there was no room
     * @param count how many were answered
     * @param failures how many of them with an error; of URLs: with a status from 500 on, or not to
     *     the end
     * @param onReplica how many of them by a replica
     * @param bytes of all answers
     * @param totalMicros of all together, from the first byte to the last of the answer
     * @param p50Micros half of them took no longer; within 6 per cent, like the next two
     */
    public record Row(
            String listener,
            String id,
            String text,
            long count,
            long failures,
            long onReplica,
            long bytes,
            long totalMicros,
            long leastMicros,
            long meanMicros,
            long p50Micros,
            long p95Micros,
            long p99Micros,
            long mostMicros,
            Instant firstSeen,
            Instant lastSeen) {
        public Row {
            requireNonNull(listener, "listener is null");
            requireNonNull(id, "id is null");
            requireNonNull(text, "text is null");
            requireNonNull(firstSeen, "firstSeen is null");
            requireNonNull(lastSeen, "lastSeen is null");
        }
    }
}
