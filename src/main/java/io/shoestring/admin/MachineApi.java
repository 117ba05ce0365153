package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.HistoryQuestion;
import io.shoestring.admin.api.NodeFiguresList;
import io.shoestring.base.WallClock;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.node.Operations;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code GET /api/v1/machines}, {@code /api/v1/sizes}, {@code /api/v1/changes} and {@code
 * /api/v1/history}. Its callers have passed the {@link Gate}.
 */
final class MachineApi {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int POINTS = 400;
    private static final long SPAN_SECONDS = 300;
    private static final long SPAN_SECONDS_LEAST = 30;
    private static final long SPAN_SECONDS_MAX = 43_200;
    private static final long CHANGES = 100;
    private static final long CHANGES_MAX = 2_000;
    private static final int POINTS_MAX = 4_000;

    private final Measurements measurements;
    private final WallClock timeOfDay;
    private final Operations operations;

    MachineApi(Measurements measurements, Operations operations, WallClock timeOfDay) {
        this.timeOfDay = requireNonNull(timeOfDay, "timeOfDay is null");
        this.measurements = requireNonNull(measurements, "measurements is null");
        this.operations = requireNonNull(operations, "operations is null");
    }

    /** All nodes with their machines and database servers; blocks for two seconds at most. */
    Answer machines() {
        return Answer.json(OK, new NodeFiguresList(measurements.nodes()));
    }

    /** What was measured over a time; blocks for two seconds at most. */
    Answer history(Request request) throws Refusal {
        Instant now = timeOfDay.now();
        Instant from = instant(request, "from", now.minus(HOUR));
        Instant to = instant(request, "to", now);
        if (!from.isBefore(to)) {
            throw Refusal.badRequest("'from' is not before 'to'.");
        }
        List<String> series =
                request.parameter("series").stream()
                        .flatMap(names -> Stream.of(names.split(",", -1)))
                        .filter(name -> !name.isBlank())
                        .toList();
        if (series.isEmpty()) {
            throw Refusal.badRequest(
                    "Say which: /api/v1/history?series=machine.load,machine.cpu.*");
        }
        int points = (int) request.number("points", POINTS, POINTS_MAX);
        return Answer.json(
                OK,
                measurements.history(
                        new HistoryQuestion(
                                request.parameter("node"), series, from, to, Math.max(1, points))));
    }

    /** What is different after a moment; blocks for eight seconds at most. */
    Answer changes(Request request) throws Refusal {
        if (request.parameter("at").isEmpty()) {
            throw Refusal.badRequest("Say since when: /api/v1/changes?at=2026-08-01T10:00:00Z.");
        }
        Instant now = timeOfDay.now();
        Instant at = instant(request, "at", now);
        if (at.isAfter(now)) {
            throw Refusal.badRequest("'at' is in the future.");
        }
        long seconds = request.number("seconds", SPAN_SECONDS, SPAN_SECONDS_MAX);
        ChangeList all =
                measurements.changes(at, Duration.ofSeconds(Math.max(SPAN_SECONDS_LEAST, seconds)));
        long limit = request.number("limit", CHANGES, CHANGES_MAX);
        return Answer.json(
                OK,
                new ChangeList(
                        all.at(),
                        all.before(),
                        all.after(),
                        all.rows().stream().limit(limit).toList(),
                        all.problems()));
    }

    private static Instant instant(Request request, String name, Instant otherwise) throws Refusal {
        String text = request.parameter(name).orElse("");
        try {
            if (text.matches("[0-9]{1,11}")) {
                return Instant.ofEpochSecond(Long.parseLong(text));
            }
            return text.isEmpty() ? otherwise : Instant.parse(text);
        } catch (DateTimeException e) {
            throw Refusal.badRequest(
                    "'%s' is no time like 2026-08-01T10:00:00Z, and no seconds since 1970: %s."
                            .formatted(name, text));
        }
    }

    /** The largest tables and indexes of a database. */
    Answer sizes(Request request) throws Refusal {
        String name =
                request.parameter("database")
                        .orElseThrow(
                                () ->
                                        Refusal.badRequest(
                                                "Say which: /api/v1/sizes?database=NAME."));
        boolean known =
                operations.status().databases().stream()
                        .map(DatabaseStatus::name)
                        .anyMatch(name::equals);
        if (!known) {
            throw Refusal.notFound("There is no database '" + name + "'.");
        }
        return Answer.json(OK, measurements.sizes(new DatabaseName(name)));
    }
}
