package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.FiguresList;
import io.shoestring.admin.api.FiguresList.Row;

import java.util.Comparator;
import java.util.List;

/**
 * {@code GET /api/v1/statements} and {@code /api/v1/urls}. Its callers have passed the {@link
 * Gate}.
 */
final class FiguresApi {
    private static final int ROWS = 50;
    private static final int ROWS_MAX = 1_000;

    private final Measurements measurements;

    FiguresApi(Measurements measurements) {
        this.measurements = requireNonNull(measurements, "measurements is null");
    }

    /**
     * Answers with the rows that matter most.
     *
     * @param path what follows {@code /api/v1/}: {@code statements} or {@code urls}
     */
    Answer answer(Request request, List<String> path) throws Refusal {
        if (path.size() != 1) {
            throw Refusal.notFound("There is nothing at " + request.path() + ".");
        }
        Refusal.unlessMethod(request, "GET");
        List<Row> all =
                path.getFirst().equals("urls") ? measurements.urls() : measurements.statements();
        List<Row> rows =
                all.stream()
                        .sorted(order(request.parameter("order").orElse("total")))
                        .limit(request.number("limit", ROWS, ROWS_MAX))
                        .toList();
        return Answer.json(OK, new FiguresList(rows, all.size()));
    }

    private static Comparator<Row> order(String name) throws Refusal {
        return switch (name) {
            case "total" -> Comparator.comparingLong(Row::totalMicros).reversed();
            case "mean" -> Comparator.comparingLong(Row::meanMicros).reversed();
            case "slowest" -> Comparator.comparingLong(Row::mostMicros).reversed();
            case "count" -> Comparator.comparingLong(Row::count).reversed();
            case "failures" -> Comparator.comparingLong(Row::failures).reversed();
            default ->
                    throw Refusal.badRequest(
                            "'order' is not one of total, mean, slowest, count and failures: "
                                    + name
                                    + ".");
        };
    }
}
