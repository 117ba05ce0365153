package io.shoestring.sandbox.bench;

import java.util.List;
import java.util.Optional;

/**
 * What CPU time for each request, as a ratio to a peer's, is wanted.
 *
 * @param first at most, to be called good
 * @param then at most, to be called ahead
 */
record Goal(String worksBegin, String peersBegin, double first, double then) {
    /** The first that fits counts. */
    private static final List<Goal> ALL =
            List.of(
                    new Goal("http-64k", "haproxy", 1.1, 0.8),
                    new Goal("http-1k", "haproxy", 1.0, 0.8),
                    new Goal("http-128", "haproxy", 1.0, 0.8),
                    new Goal("https-1k", "haproxy", 0.9, 0.7),
                    new Goal("https-connect", "haproxy", 0.8, 0.65),
                    new Goal("tcp-1k", "haproxy", 1.1, 0.88),
                    new Goal("tcp-bulk", "haproxy", 1.05, 0.6),
                    new Goal("tcp-connect", "haproxy", 1.35, 0.95),
                    new Goal("postgresql-prepared", "pgbouncer", 0.95, 0.75),
                    new Goal("postgresql", "pgbouncer", 1.05, 0.82),
                    new Goal("postgresql", "pgpool", 0.5, 0.3),
                    new Goal("mysql", "haproxy", 1.0, 0.85),
                    new Goal("postgresql-split", "without-splitting", 1.1, 1.05),
                    new Goal("mysql-split", "without-splitting", 1.1, 1.05));

    static Optional<Goal> of(String work, String peer) {
        return ALL.stream()
                .filter(
                        goal ->
                                work.startsWith(goal.worksBegin)
                                        && peer.startsWith(goal.peersBegin))
                .findFirst();
    }

    String text() {
        return "%.2f, then %.2f".formatted(first, then);
    }
}
