package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.ChangeList.Change;
import io.shoestring.admin.api.ChangeList.Level;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What two times differ in. Pure. */
final class Changes {
    private static final double MICROS = 1e6;

    /** Less than this share is chance. */
    private static final double NOTABLE = 0.1;

    private Changes() {}

    /**
     * Of what a figure is.
     *
     * @param listener of a statement or a URL; else empty
     */
    record Subject(String what, String listener, String name) implements Comparable<Subject> {
        private static final Comparator<Subject> ORDER =
                Comparator.comparing(Subject::what)
                        .thenComparing(Subject::listener)
                        .thenComparing(Subject::name);

        Subject {
            requireNonNull(what, "what is null");
            requireNonNull(listener, "listener is null");
            requireNonNull(name, "name is null");
        }

        @Override
        public int compareTo(Subject other) {
            return ORDER.compare(this, other);
        }
    }

    /** What became worst comes first, what became best last. */
    static List<Change> of(Map<Subject, Level> before, Map<Subject, Level> after) {
        Set<Subject> all = new TreeSet<>(before.keySet());
        all.addAll(after.keySet());
        return all.stream()
                .map(
                        subject ->
                                change(
                                        subject,
                                        Optional.ofNullable(before.get(subject)),
                                        Optional.ofNullable(after.get(subject))))
                .sorted(Comparator.comparingDouble(Change::worseSeconds).reversed())
                .toList();
    }

    private static Change change(Subject of, Optional<Level> before, Optional<Level> after) {
        return new Change(
                of.what(),
                of.listener(),
                of.name(),
                before,
                after,
                worse(before, after),
                words(before, after));
    }

    /** What is new costs all that it takes; what is gone saves what it took. */
    private static double worse(Optional<Level> before, Optional<Level> after) {
        if (after.isEmpty()) {
            return -before.map(Changes::cost).orElse(0.0);
        }
        Level now = after.get();
        if (before.isEmpty()) {
            return cost(now);
        }
        Level then = before.get();
        double slower = now.usualMicros().orElse(0) - then.usualMicros().orElse(0);
        double moreFailures = failedShare(now) - failedShare(then);
        return now.perSecond() * (slower / MICROS + moreFailures);
    }

    private static double cost(Level level) {
        return level.perSecond() * level.usualMicros().orElse(0) / MICROS
                + level.failuresPerSecond();
    }

    private static double failedShare(Level level) {
        return level.perSecond() == 0 ? 0 : level.failuresPerSecond() / level.perSecond();
    }

    private static String words(Optional<Level> before, Optional<Level> after) {
        if (before.isEmpty()) {
            return "new";
        }
        if (after.isEmpty()) {
            return "gone";
        }
        Level then = before.get();
        Level now = after.get();
        StringBuilder words = new StringBuilder();
        add(words, then.usualMicros().orElse(0), now.usualMicros().orElse(0), "slower", "faster");
        add(words, then.perSecond(), now.perSecond(), "more often", "less often");
        double failures = failedShare(now) - failedShare(then);
        if (Math.abs(failures) >= 0.001) {
            words.append(words.isEmpty() ? "" : ", ")
                    .append(
                            String.format(
                                    Locale.ROOT,
                                    "%.1f %% fail, before %.1f %%",
                                    100 * failedShare(now),
                                    100 * failedShare(then)));
        }
        return words.isEmpty() ? "as before" : words.toString();
    }

    private static void add(
            StringBuilder words, double then, double now, String more, String less) {
        double larger = Math.max(then, now);
        double smaller = Math.min(then, now);
        if (smaller > 0 && larger / smaller >= 1 + NOTABLE) {
            words.append(words.isEmpty() ? "" : ", ")
                    .append(String.format(Locale.ROOT, "%.1f times ", larger / smaller))
                    .append(now > then ? more : less);
        }
    }
}
