package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * {@code GET /api/v1/changes}: what is different after a moment from what was before it, of all
 * nodes together, what became worst first.
 *
 * @param at the moment
 * @param before the time that is compared; it ends with the last half minute before the moment
 * @param after the time that it is compared with
 * @param problems why something is missing
 */
public record ChangeList(
        Instant at, Span before, Span after, List<Change> rows, List<String> problems) {
    public ChangeList {
        requireNonNull(at, "at is null");
        requireNonNull(before, "before is null");
        requireNonNull(after, "after is null");
        rows = List.copyOf(rows);
        problems = List.copyOf(problems);
    }

    /** A time, from its first second to the one after its last. */
    public record Span(Instant from, Instant to) {
        public Span {
            requireNonNull(from, "from is null");
            requireNonNull(to, "to is null");
        }

        /** How long it is. */
        public long seconds() {
            return to.getEpochSecond() - from.getEpochSecond();
        }
    }

    /**
     * One thing that can be compared.
     *
     * @param what {@code statement}, {@code url}, {@code listener}, {@code backend}, {@code server}
     *     or {@code member}
     * @param listener of a statement or a URL; else empty
     * @param name a statement or URL without values, or a name of the configuration
     * @param before empty: it did not occur
     * @param after empty: it does not occur any more
     * @param worseSeconds how many more seconds clients wait in each second, for the same number of
     *     requests as now; a failure counts as one second; below 0: it became better
     * @param words what is different, in a few words
     */
    public record Change(
            String what,
            String listener,
            String name,
            Optional<Level> before,
            Optional<Level> after,
            double worseSeconds,
            String words) {
        public Change {
            requireNonNull(what, "what is null");
            requireNonNull(listener, "listener is null");
            requireNonNull(name, "name is null");
            requireNonNull(before, "before is null");
            requireNonNull(after, "after is null");
            requireNonNull(words, "words is null");
        }
    }

    /**
     * How it was in one of the two times.
     *
     * @param perSecond how many were answered
     * @param failuresPerSecond how many of them with an error
     * @param usualMicros of statements and URLs the mean, of others what half took no longer than
     * @param p99Micros 99 of 100 took no longer; the mean of this of all seconds
     */
    public record Level(
            double perSecond,
            double failuresPerSecond,
            OptionalDouble usualMicros,
            OptionalDouble p99Micros) {
        public Level {
            requireNonNull(usualMicros, "usualMicros is null");
            requireNonNull(p99Micros, "p99Micros is null");
        }
    }
}
