package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.NodeFiguresList;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.node.Operations;

/**
 * {@code GET /api/v1/machines} and {@code /api/v1/sizes}. Its callers have passed the {@link Gate}.
 */
final class MachineApi {
    private final Measurements measurements;
    private final Operations operations;

    MachineApi(Measurements measurements, Operations operations) {
        this.measurements = requireNonNull(measurements, "measurements is null");
        this.operations = requireNonNull(operations, "operations is null");
    }

    /** All nodes with their machines and database servers; blocks for two seconds at most. */
    Answer machines(Request request) throws Refusal {
        Refusal.unlessMethod(request, "GET");
        return Answer.json(OK, new NodeFiguresList(measurements.nodes()));
    }

    /** The largest tables and indexes of a database. */
    Answer sizes(Request request) throws Refusal {
        Refusal.unlessMethod(request, "GET");
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
