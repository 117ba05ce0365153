package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.CONFLICT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.shoestring.admin.Balancers.Wish;
import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.NodeFigures;
import io.shoestring.admin.api.WeightRequest;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Event.Severity;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;
import io.shoestring.node.Operations.Reply;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What stands below {@code /api/v1/backends/}, and the statistics in HAProxy's format. Its callers
 * have passed the {@link Gate}.
 */
final class BackendApi {
    private static final int HEAVIEST = 256;
    private static final String OPEN_METRICS = "application/openmetrics-text";

    private final Balancers balancers;
    private final ServerOrders everywhere;
    private final Operations operations;
    private final Measurements measurements;
    private final Events events;

    BackendApi(
            Balancers balancers,
            ServerOrders everywhere,
            Operations operations,
            Measurements measurements,
            Events events) {
        this.everywhere = requireNonNull(everywhere, "everywhere is null");
        this.events = requireNonNull(events, "events is null");
        this.balancers = requireNonNull(balancers, "balancers is null");
        this.operations = requireNonNull(operations, "operations is null");
        this.measurements = requireNonNull(measurements, "measurements is null");
    }

    /**
     * The statistics at {@code /haproxy;csv} and {@code /haproxy?stats;csv}, as HAProxy has them at
     * its own address; with {@code typed} or {@code json} in these formats, and without any as a
     * page.
     *
     * <p>The path's only segment is {@code haproxy} and HAProxy's modifiers after semicolons.
     */
    Answer statistics(Request request) throws Refusal {
        String name = request.segments().getFirst();
        List<String> parts = List.of(name.split(";", -1));
        Predicate<String> wanted =
                format -> parts.contains(format) || request.parameter(format).isPresent();
        if (!parts.getFirst().equals("haproxy")) {
            throw Refusal.notFound(
                    "There is nothing at "
                            + request.path()
                            + "; the statistics are at /haproxy and /haproxy;csv.");
        }
        ClusterStatus status = operations.status();
        List<HaproxyStatistics.Row> rows =
                HaproxyStatistics.rows(
                        status.listeners(), balancers.status(), HaproxyStatistics.Filter.ALL);
        boolean figures = Stream.of("csv", "typed", "json").anyMatch(wanted);
        return figures
                ? Answer.plain(OK, HaproxyFormat.wanted(wanted).statistics(rows))
                : HaproxyPage.of(status.node(), rows, wanted);
    }

    /**
     * The figures at {@code /metrics}, for Prometheus: by names of our own, or with {@code
     * ?names=haproxy} by those of HAProxy's exporter; in OpenMetrics for whoever asks for it.
     */
    Answer metrics(Request request) throws Refusal {
        String names = request.parameter("names").orElse("shoestring");
        boolean open = request.header(HttpHeaderNames.ACCEPT).orElse("").contains(OPEN_METRICS);
        var status = operations.status();
        Metrics metrics =
                switch (names) {
                    case "shoestring" -> ours(status);
                    case "haproxy" -> HaproxyMetrics.of(status.listeners(), balancers.status());
                    default ->
                            throw Refusal.badRequest(
                                    "There are no names of '%s'; names is shoestring or haproxy."
                                            .formatted(names));
                };
        return Answer.text(
                OK,
                open
                        ? OPEN_METRICS + "; version=1.0.0; charset=utf-8"
                        : "text/plain; version=0.0.4; charset=utf-8",
                metrics.text(open));
    }

    private Metrics ours(ClusterStatus status) {
        Metrics metrics = BalancerMetrics.of(status, balancers.status());
        NodeFigures here = measurements.here();
        here.machine().ifPresent(machine -> MachineMetrics.addTo(metrics, machine));
        MemberMetrics.addTo(metrics, here.members());
        return metrics;
    }

    /** Changes how a server is used. */
    Answer want(Call call, Wish wish) throws Refusal {
        ServerOrders orders = orders(call.request());
        return change(
                call,
                wish.name().toLowerCase(Locale.ROOT),
                (backend, server) -> orders.want(backend, server, wish));
    }

    /** Changes its share; how much stands in the body. */
    Answer weigh(Call call) throws Refusal {
        int weight = weight(call.request());
        ServerOrders orders = orders(call.request());
        return change(call, "weight", (backend, server) -> orders.weigh(backend, server, weight));
    }

    /** Of all nodes, if the request does not say otherwise. */
    private ServerOrders orders(Request request) throws Refusal {
        String where = request.parameter("where").orElse("cluster");
        return switch (where) {
            case "cluster" -> everywhere;
            case "node" -> balancers;
            default ->
                    throw Refusal.badRequest(
                            "'%s' is no place; where is cluster or node.".formatted(where));
        };
    }

    private Answer change(Call call, String verb, BiFunction<String, String, Reply> command)
            throws Refusal {
        Asked.check(call.request());
        String backend = call.variable("backend");
        String server = call.variable("server");
        String what = "server " + backend + "/" + server;
        events.add(Severity.INFO, Optional.empty(), 0, Asked.sentence(call, verb, what));
        Reply reply = command.apply(backend, server);
        return Answer.json(
                reply.accepted() ? OK : CONFLICT,
                new CommandReply(reply.accepted(), reply.sentence(), reply.id()));
    }

    private static int weight(Request request) throws Refusal {
        try {
            int weight = Json.readStrictly(request.body(), WeightRequest.class).weight();
            if (weight >= 0 && weight <= HEAVIEST) {
                return weight;
            }
        } catch (IllegalArgumentException e) {
            // Said below, like a weight that is too great.
        }
        throw Refusal.badRequest(
                "The body is not understood; it is to be like {\"weight\": 10}, from 0 to 256.");
    }
}
