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

    Answer statements(Request request) throws Refusal {
        return rows(request, measurements.statements());
    }

    Answer urls(Request request) throws Refusal {
        return rows(request, measurements.urls());
    }

    /** The rows that matter most. */
    private static Answer rows(Request request, List<Row> all) throws Refusal {
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
