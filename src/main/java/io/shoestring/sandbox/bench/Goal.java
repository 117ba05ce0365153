package io.shoestring.sandbox.bench;

import java.util.List;
import java.util.Optional;

/**
 * What is wanted: of the CPU time for each request, as a ratio to a peer's, or of what the work
 * measures instead.
 *
 * @param first at most, to be called good
 * @param then at most, to be called ahead
 * @param unit of both; none: it is a ratio
 */
record Goal(String worksBegin, String peersBegin, double first, double then, String unit) {
    /** The first that fits counts. */
    private static final List<Goal> ALL =
            List.of(
                    ratio("http-64k", "haproxy", 1.1, 0.8),
                    ratio("http-1k", "haproxy", 1.0, 0.8),
                    ratio("http-128", "haproxy", 1.0, 0.8),
                    ratio("https-1k", "haproxy", 0.9, 0.7),
                    ratio("https-connect", "haproxy", 0.8, 0.65),
                    ratio("tcp-1k", "haproxy", 1.1, 0.88),
                    ratio("tcp-bulk", "haproxy", 1.05, 0.6),
                    ratio("tcp-connect", "haproxy", 1.35, 0.95),
                    new Goal("postgresql-idle", "pgbouncer", 4, 1.5, "KiB"),
                    ratio("http-extras", "with-nothing-on", 1.05, 1.05),
                    new Goal("start", "", 350, 200, "ms"),
                    ratio("postgresql-prepared", "pgbouncer", 0.95, 0.75),
                    ratio("postgresql", "pgbouncer", 1.05, 0.82),
                    ratio("postgresql", "pgpool", 0.5, 0.3),
                    ratio("mysql", "haproxy", 1.0, 0.85),
                    ratio("postgresql-split", "without-splitting", 1.1, 1.05),
                    ratio("mysql-split", "without-splitting", 1.1, 1.05));

    private static Goal ratio(String worksBegin, String peersBegin, double first, double then) {
        return new Goal(worksBegin, peersBegin, first, then, "");
    }

    static Optional<Goal> of(String work, String peer) {
        return ALL.stream()
                .filter(
                        goal ->
                                work.startsWith(goal.worksBegin)
                                        && peer.startsWith(goal.peersBegin))
                .findFirst();
    }

    String text() {
        return unit.isEmpty()
                ? "%.2f, then %.2f".formatted(first, then)
                : "%s %s, then %s %s".formatted(number(first), unit, number(then), unit);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? "%.0f".formatted(value) : "%.1f".formatted(value);
    }
}
