package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.Changes.Subject;
import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.ChangeList.Level;
import io.shoestring.admin.api.ChangeList.Span;
import io.shoestring.admin.api.HistoryList;
import io.shoestring.admin.api.HistoryQuestion;
import io.shoestring.base.WallClock;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.history.KindHistory;
import io.shoestring.monitoring.history.KindHistory.Sum;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;

/** What is different after a moment from what was before it, on all nodes together. */
final class ComparisonDesk {
    private static final String PATH = "/figures/kinds";
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int SLOT = KindHistory.SLOT_SECONDS;
    private static final int POINTS = 120;
    private static final double MICROS = 1e6;

    /** What each series is called, of what. */
    private static final List<String> PLACES = List.of("listener", "backend", "server", "member");

    private static final List<String> FIGURES =
            List.of("requests", "sessions", "failures", "p50", "p99");

    /** Asks a node for what came in both times: of both, or neither, it is compared. */
    private record Ask(Span before, Span after) {}

    private record Kinds(
            Optional<String> problem, Map<String, Sum> before, Map<String, Sum> after) {
        Kinds {
            before = Map.copyOf(before);
            after = Map.copyOf(after);
        }

        static Kinds none(String problem) {
            return new Kinds(Optional.of(problem), Map.of(), Map.of());
        }
    }

    /** What is known of both times. */
    private record Both(Map<Subject, Level> before, Map<Subject, Level> after) {}

    private final Supplier<Collection<NodeName>> all;
    private final KindHistory kinds;
    private final HistoryDesk history;
    private final NodeQuestions questions;
    private final WallClock timeOfDay;

    /**
     * Answers the other nodes from now on.
     *
     * @param all nodes of the cluster, this one too
     */
    ComparisonDesk(
            Supplier<Collection<NodeName>> all,
            KindHistory kinds,
            HistoryDesk history,
            NodeQuestions questions,
            WallClock timeOfDay) {
        this.all = requireNonNull(all, "all is null");
        this.kinds = requireNonNull(kinds, "kinds is null");
        this.history = requireNonNull(history, "history is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.timeOfDay = requireNonNull(timeOfDay, "timeOfDay is null");
        questions.serve(PATH, Ask.class, this::answer);
    }

    /**
     * Blocks for eight seconds at most.
     *
     * @param length of each of the two times; what has not passed yet is left out
     */
    ChangeList changes(Instant at, Duration length) {
        long seconds = Math.max(1, length.toSeconds() / SLOT) * SLOT;
        long end = Math.floorDiv(at.getEpochSecond(), SLOT) * SLOT;
        long begin = Math.ceilDiv(at.getEpochSecond(), SLOT) * SLOT;
        long now = Math.floorDiv(timeOfDay.now().getEpochSecond(), SLOT) * SLOT;
        Span before = span(end - seconds, end);
        Span after = span(begin, Math.max(begin, Math.min(begin + seconds, now)));
        List<String> problems = new ArrayList<>();
        if (after.seconds() == 0) {
            problems.add("Less than half a minute has passed since then: ask again.");
            return new ChangeList(at, before, after, List.of(), problems);
        }
        Both levels = kinds(new Ask(before, after), problems);
        Both places = places(before, after, problems);
        levels.before().putAll(places.before());
        levels.after().putAll(places.after());
        return new ChangeList(
                at,
                before,
                after,
                Changes.of(levels.before(), levels.after()),
                problems.stream().distinct().toList());
    }

    private static Span span(long from, long to) {
        return new Span(Instant.ofEpochSecond(from), Instant.ofEpochSecond(to));
    }

    // ------------------------------------------------------------------ kinds

    private Both kinds(Ask ask, List<String> problems) {
        Map<NodeName, Kinds> answers =
                questions.askAll(
                        all.get(),
                        PATH,
                        ask,
                        Kinds.class,
                        PATIENCE,
                        () -> answer(ask),
                        (_, why) -> Kinds.none("does not answer: " + why));
        answers.forEach(
                (node, told) ->
                        told.problem()
                                .ifPresent(it -> problems.add("Node " + node + " " + it + ".")));
        return new Both(
                levels(answers.values().stream().map(Kinds::before).toList(), ask.before()),
                levels(answers.values().stream().map(Kinds::after).toList(), ask.after()));
    }

    private Kinds answer(Ask ask) {
        try {
            return new Kinds(Optional.empty(), sums(ask.before()), sums(ask.after()));
        } catch (IOException e) {
            return Kinds.none("has a history that cannot be read: " + e.getMessage());
        }
    }

    private Map<String, Sum> sums(Span span) throws IOException {
        return kinds.sums(span.from().getEpochSecond(), span.to().getEpochSecond());
    }

    private static Map<Subject, Level> levels(List<Map<String, Sum>> ofNodes, Span span) {
        Map<Subject, Sum> sums = new HashMap<>();
        for (Map<String, Sum> one : ofNodes) {
            one.forEach((name, sum) -> sums.merge(KindRecorder.subject(name), sum, Sum::plus));
        }
        Map<Subject, Level> levels = new HashMap<>();
        sums.forEach((subject, sum) -> levels.put(subject, level(sum, span.seconds())));
        return levels;
    }

    private static Level level(Sum sum, long seconds) {
        return new Level(
                sum.count() / seconds,
                sum.failures() / seconds,
                OptionalDouble.of(sum.micros() / sum.count()),
                OptionalDouble.empty());
    }

    // ------------------------------------------------------------------ listeners and so on

    private Both places(Span before, Span after, List<String> problems) {
        HistoryList then = history(before, problems);
        HistoryList since = history(after, problems);
        Set<String> told = told(then);
        told.retainAll(told(since));
        return new Both(levels(then, told), levels(since, told));
    }

    private HistoryList history(Span span, List<String> problems) {
        List<String> series =
                PLACES.stream()
                        .flatMap(place -> FIGURES.stream().map(it -> place + ".*." + it))
                        .toList();
        HistoryList list =
                history.answer(
                        new HistoryQuestion(
                                Optional.empty(), series, span.from(), span.to(), POINTS));
        for (HistoryList.NodeHistory node : list.nodes()) {
            node.problem().ifPresent(it -> problems.add("Node " + node.node() + ": " + it));
        }
        return list;
    }

    /** Who answered. */
    private static Set<String> told(HistoryList list) {
        Set<String> nodes = new HashSet<>();
        for (HistoryList.NodeHistory node : list.nodes()) {
            if (node.problem().isEmpty()) {
                nodes.add(node.node());
            }
        }
        return nodes;
    }

    private static Map<Subject, Level> levels(HistoryList list, Set<String> nodes) {
        Map<Subject, PlaceSums> sums = new HashMap<>();
        for (HistoryList.NodeHistory node : list.nodes()) {
            Map<String, HistoryList.Series> byName = new HashMap<>();
            if (nodes.contains(node.node())) {
                node.series().forEach(each -> byName.put(each.name(), each));
            }
            byName.keySet().forEach(name -> add(sums, name, byName));
        }
        Map<Subject, Level> levels = new HashMap<>();
        sums.forEach(
                (subject, sum) -> {
                    if (sum.requests > 0) {
                        levels.put(subject, sum.level(list.count()));
                    }
                });
        return levels;
    }

    /** Each place is added once for each node: with its first figure, which counts. */
    private static void add(
            Map<Subject, PlaceSums> sums, String name, Map<String, HistoryList.Series> series) {
        int dot = name.lastIndexOf('.');
        String place = name.substring(0, dot);
        String figure = name.substring(dot + 1);
        if (figure.equals("requests")
                || (figure.equals("sessions") && place.startsWith("server."))) {
            int first = place.indexOf('.');
            var subject = new Subject(place.substring(0, first), "", place.substring(first + 1));
            sums.computeIfAbsent(subject, _ -> new PlaceSums()).add(place, figure, series);
        }
    }

    /** What the nodes have of one place. */
    private static final class PlaceSums {
        private double requests;
        private double failures;
        private double measured;
        private double p50;
        private double p99;

        void add(String place, String counts, Map<String, HistoryList.Series> series) {
            List<OptionalDouble> rates = means(series, place + "." + counts);
            List<OptionalDouble> failed = means(series, place + ".failures");
            List<OptionalDouble> usual = means(series, place + ".p50");
            List<OptionalDouble> most = means(series, place + ".p99");
            for (int i = 0; i < rates.size(); i++) {
                double rate = rates.get(i).orElse(0);
                requests += rate;
                failures += at(failed, i).orElse(0);
                if (rate > 0 && at(usual, i).isPresent()) {
                    // Weighed by how many there were, as a mean of all requests would be.
                    measured += rate;
                    p50 += rate * at(usual, i).getAsDouble();
                    p99 += rate * at(most, i).orElse(0);
                }
            }
        }

        private static List<OptionalDouble> means(
                Map<String, HistoryList.Series> series, String name) {
            HistoryList.Series found = series.get(name);
            return found == null ? List.of() : found.means();
        }

        private static OptionalDouble at(List<OptionalDouble> values, int index) {
            return index < values.size() ? values.get(index) : OptionalDouble.empty();
        }

        Level level(int points) {
            return new Level(
                    requests / Math.max(1, points),
                    failures / Math.max(1, points),
                    measured == 0
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(MICROS * p50 / measured),
                    measured == 0
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(MICROS * p99 / measured));
        }
    }
}
