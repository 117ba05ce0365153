package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.HistoryList;
import io.shoestring.admin.api.HistoryList.NodeHistory;
import io.shoestring.admin.api.HistoryList.Series;
import io.shoestring.admin.api.HistoryQuestion;
import io.shoestring.base.WallClock;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.history.History;
import io.shoestring.monitoring.history.Points;
import io.shoestring.monitoring.history.Resolution;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;

/** What was measured over a time, on this node and, by asking them, on the others. */
final class HistoryDesk {
    private static final String PATH = "/figures/history";
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int SERIES_MAX = History.SERIES_MAX;
    private static final MathContext DIGITS = new MathContext(4);

    /** Who asks decides which points: the answers of all nodes fit together. */
    private record Ask(List<String> series, Resolution resolution, long from, int count) {
        Ask {
            series = List.copyOf(series);
        }
    }

    private final NodeName name;
    private final Supplier<Collection<NodeName>> all;
    private final History history;
    private final NodeQuestions questions;
    private final WallClock timeOfDay;

    /**
     * Answers the other nodes from now on.
     *
     * @param all nodes of the cluster, this one too
     */
    HistoryDesk(
            NodeName name,
            Supplier<Collection<NodeName>> all,
            History history,
            NodeQuestions questions,
            WallClock timeOfDay) {
        this.name = requireNonNull(name, "name is null");
        this.all = requireNonNull(all, "all is null");
        this.history = requireNonNull(history, "history is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.timeOfDay = requireNonNull(timeOfDay, "timeOfDay is null");
        questions.serve(PATH, Ask.class, this::answer);
    }

    /** Blocks for two seconds at most. */
    HistoryList answer(HistoryQuestion question) {
        long from = question.from().getEpochSecond();
        long to = Math.max(from + 1, question.to().getEpochSecond());
        Resolution resolution =
                Resolution.of(from, to, timeOfDay.now().getEpochSecond(), question.points());
        long first = Math.floorDiv(from, resolution.seconds());
        long count = Math.min(question.points(), Math.ceilDiv(to, resolution.seconds()) - first);
        var ask = new Ask(question.series(), resolution, first * resolution.seconds(), (int) count);
        return new HistoryList(
                Instant.ofEpochSecond(ask.from()),
                resolution.seconds(),
                ask.count(),
                List.copyOf(new TreeMap<>(ask(question.node(), ask)).values()));
    }

    private Map<NodeName, NodeHistory> ask(Optional<String> only, Ask ask) {
        List<NodeName> nodes =
                all.get().stream()
                        .filter(node -> only.isEmpty() || only.get().equals(node.value()))
                        .toList();
        if (nodes.equals(List.of(name))) {
            return Map.of(name, answer(ask));
        }
        return questions.askAll(
                nodes,
                PATH,
                ask,
                NodeHistory.class,
                PATIENCE,
                () -> answer(ask),
                (node, why) ->
                        new NodeHistory(
                                node.value(),
                                Optional.of("It does not answer: " + why + "."),
                                List.of()));
    }

    private NodeHistory answer(Ask ask) {
        try {
            List<String> names = matching(ask.series());
            List<Series> found =
                    history.points(names, ask.resolution(), ask.from(), ask.count()).stream()
                            .map(HistoryDesk::series)
                            .toList();
            return new NodeHistory(name.value(), Optional.empty(), found);
        } catch (IOException e) {
            return new NodeHistory(
                    name.value(),
                    Optional.of("Its history cannot be read: " + e.getMessage() + "."),
                    List.of());
        }
    }

    private List<String> matching(List<String> wanted) {
        return history.names().stream()
                .filter(series -> wanted.stream().anyMatch(it -> matches(it, series)))
                .limit(SERIES_MAX)
                .toList();
    }

    private static boolean matches(String wanted, String series) {
        int star = wanted.indexOf('*');
        return star < 0
                ? series.equals(wanted)
                : series.length() >= wanted.length() - 1
                        && series.startsWith(wanted.substring(0, star))
                        && series.endsWith(wanted.substring(star + 1));
    }

    private static Series series(Points points) {
        return new Series(points.name(), values(points.means()), values(points.highs()));
    }

    private static List<OptionalDouble> values(float[] from) {
        List<OptionalDouble> values = new ArrayList<>(from.length);
        for (float each : from) {
            values.add(
                    Float.isFinite(each)
                            ? OptionalDouble.of(new BigDecimal(each).round(DIGITS).doubleValue())
                            : OptionalDouble.empty());
        }
        return values;
    }
}
