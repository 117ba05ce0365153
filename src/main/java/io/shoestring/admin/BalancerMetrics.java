package io.shoestring.admin;

import io.shoestring.admin.Metrics.Kind;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.model.BackendStatus.Traffic;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.HttpTraffic;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.RequestFigures;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The figures of a node by names of our own. Their labels are names that stand in the
 * configuration, and words that are counted here: their number does not depend on what clients
 * send.
 */
final class BalancerMetrics {
    private static final List<String> STATES =
            List.of("up", "down", "drain", "maintenance", "unknown");

    private static final double MICROS = 1e6;
    private static final List<Double> BOUNDS =
            RequestFigures.BOUNDS_MICROS.stream().map(micros -> micros / MICROS).toList();

    private final Metrics metrics = new Metrics();
    private final ClusterStatus status;
    private final List<BackendStatus> backends;

    /** Of the listeners one figure, by its name. */
    private record ListenerFigure(
            String name, Kind kind, String help, Function<ListenerStatus, Long> value) {}

    /** Of the servers one figure, by its name. */
    private record ServerFigure(
            String name, Kind kind, String help, Function<ServerStatus, Long> value) {}

    private static final List<ListenerFigure> LISTENERS =
            List.of(
                    new ListenerFigure(
                            "connections", Kind.GAUGE, "Clients now.", ListenerStatus::clients),
                    new ListenerFigure(
                            "connections_max",
                            Kind.GAUGE,
                            "The most clients at once.",
                            ListenerStatus::mostClients),
                    new ListenerFigure(
                            "accepted_connections_total",
                            Kind.COUNTER,
                            "Clients that came.",
                            ListenerStatus::sessions),
                    new ListenerFigure(
                            "refused_total",
                            Kind.COUNTER,
                            "Clients that were turned away.",
                            ListenerStatus::refused),
                    new ListenerFigure(
                            "received_bytes_total",
                            Kind.COUNTER,
                            "Bytes from clients.",
                            ListenerStatus::bytesIn),
                    new ListenerFigure(
                            "sent_bytes_total",
                            Kind.COUNTER,
                            "Bytes to clients.",
                            ListenerStatus::bytesOut),
                    new ListenerFigure(
                            "held_requests",
                            Kind.GAUGE,
                            "Requests that wait for a primary.",
                            ListenerStatus::held),
                    new ListenerFigure(
                            "open_transactions",
                            Kind.GAUGE,
                            "Transactions that are open on a primary.",
                            ListenerStatus::openTransactions),
                    new ListenerFigure(
                            "interrupted_total",
                            Kind.COUNTER,
                            "Requests that failed because their server went away.",
                            ListenerStatus::interrupted),
                    new ListenerFigure(
                            "unknown_outcomes_total",
                            Kind.COUNTER,
                            "Writes whose client was told that the outcome is unknown.",
                            ListenerStatus::unknownOutcomes),
                    new ListenerFigure(
                            "primary_requests_total",
                            Kind.COUNTER,
                            "Statements sent to a primary.",
                            ListenerStatus::onPrimary),
                    new ListenerFigure(
                            "replica_requests_total",
                            Kind.COUNTER,
                            "Statements sent to a replica.",
                            ListenerStatus::onReplicas));

    private static final List<ServerFigure> SERVERS =
            List.of(
                    new ServerFigure(
                            "weight",
                            Kind.GAUGE,
                            "The share that the server has now.",
                            ServerStatus::weight),
                    new ServerFigure(
                            "connections",
                            Kind.GAUGE,
                            "Connections now.",
                            ServerStatus::connections),
                    new ServerFigure(
                            "connections_max",
                            Kind.GAUGE,
                            "The most connections at once.",
                            ServerStatus::mostConnections),
                    new ServerFigure(
                            "sessions_total",
                            Kind.COUNTER,
                            "Connections or requests that were led to the server.",
                            ServerStatus::sessions),
                    new ServerFigure(
                            "received_bytes_total",
                            Kind.COUNTER,
                            "Bytes from clients.",
                            of(Traffic::bytesIn)),
                    new ServerFigure(
                            "sent_bytes_total",
                            Kind.COUNTER,
                            "Bytes to clients.",
                            of(Traffic::bytesOut)),
                    new ServerFigure(
                            "connect_errors_total",
                            Kind.COUNTER,
                            "Connections that could not be opened.",
                            of(Traffic::connectErrors)),
                    new ServerFigure(
                            "response_errors_total",
                            Kind.COUNTER,
                            "Answers that were broken or cut off.",
                            of(Traffic::responseErrors)),
                    new ServerFigure(
                            "retries_total",
                            Kind.COUNTER,
                            "Further attempts to open a connection.",
                            of(Traffic::retries)),
                    new ServerFigure(
                            "redispatches_total",
                            Kind.COUNTER,
                            "Clients that went to another server instead.",
                            of(Traffic::redispatches)),
                    new ServerFigure(
                            "client_aborts_total",
                            Kind.COUNTER,
                            "Exchanges that the client cut off.",
                            of(Traffic::clientAborts)),
                    new ServerFigure(
                            "server_aborts_total",
                            Kind.COUNTER,
                            "Exchanges that the server cut off.",
                            of(Traffic::serverAborts)),
                    new ServerFigure(
                            "request_failures_total",
                            Kind.COUNTER,
                            "HTTP: answers with a status from 500 on, or none. TCP: connections"
                                    + " that could not be opened.",
                            server -> server.requests().failures()),
                    new ServerFigure(
                            "check_failures_total",
                            Kind.COUNTER,
                            "Checks that failed while the server was up.",
                            server -> server.check().failures()),
                    new ServerFigure(
                            "check_downs_total",
                            Kind.COUNTER,
                            "How often the checks brought the server down.",
                            server -> server.check().falls()));

    private BalancerMetrics(ClusterStatus status, List<BackendStatus> backends) {
        this.status = status;
        this.backends = backends;
    }

    private static Function<ServerStatus, Long> of(Function<Traffic, Long> part) {
        return server -> part.apply(server.traffic());
    }

    static Metrics of(ClusterStatus status, List<BackendStatus> backends) {
        var made = new BalancerMetrics(status, backends);
        made.node();
        LISTENERS.forEach(made::listeners);
        made.requests();
        made.http();
        made.backends();
        made.states();
        SERVERS.forEach(made::servers);
        made.answers();
        return made.metrics;
    }

    private void node() {
        metrics.add(
                "shoestring_build_info",
                Kind.GAUGE,
                "The version of this node.",
                1,
                List.of("version", status.version()));
    }

    private void listeners(ListenerFigure figure) {
        for (ListenerStatus listener : status.listeners()) {
            metrics.add(
                    "shoestring_listener_" + figure.name(),
                    figure.kind(),
                    figure.help(),
                    figure.value().apply(listener),
                    List.of("listener", listener.name(), "protocol", listener.protocol()));
        }
    }

    private void requests() {
        for (ListenerStatus listener : status.listeners()) {
            List<String> labels =
                    List.of("listener", listener.name(), "protocol", listener.protocol());
            listener.requests()
                    .ifPresent(
                            all ->
                                    durations(
                                            "shoestring_listener_request_duration_seconds",
                                            "From the first byte of a request to the last of its"
                                                    + " answer.",
                                            all,
                                            labels));
        }
        for (ListenerStatus listener : status.listeners()) {
            listener.requests().ifPresent(all -> failed(listener, all));
        }
        for (ListenerStatus listener : status.listeners()) {
            listener.errors().forEach((kind, count) -> errors(listener, kind, count));
        }
        membersDurations();
        membersFailures();
    }

    private void errors(ListenerStatus listener, String kind, long count) {
        metrics.add(
                "shoestring_listener_errors_total",
                Kind.COUNTER,
                "Statements that a server answered with an error, by its kind.",
                count,
                List.of("listener", listener.name(), "kind", kind));
    }

    private void membersDurations() {
        for (ListenerStatus listener : status.listeners()) {
            listener.members()
                    .forEach(
                            (member, all) ->
                                    durations(
                                            "shoestring_listener_member_request_duration_seconds",
                                            "The requests that a member answered, from the first"
                                                    + " byte of each to the last of its answer.",
                                            all,
                                            labels(listener, member)));
        }
    }

    private void membersFailures() {
        for (ListenerStatus listener : status.listeners()) {
            listener.members()
                    .forEach(
                            (member, all) ->
                                    metrics.add(
                                            "shoestring_listener_member_request_failures_total",
                                            Kind.COUNTER,
                                            "Requests that a member answered with an error.",
                                            all.failures(),
                                            labels(listener, member)));
        }
    }

    private static List<String> labels(ListenerStatus listener, String member) {
        return List.of("listener", listener.name(), "member", member);
    }

    private void durations(String name, String help, RequestFigures all, List<String> labels) {
        metrics.addDurations(
                name, help, BOUNDS, all.buckets(), all.count(), all.totalMicros() / MICROS, labels);
    }

    private void failed(ListenerStatus listener, RequestFigures all) {
        metrics.add(
                "shoestring_listener_request_failures_total",
                Kind.COUNTER,
                "Requests that were answered with an error.",
                all.failures(),
                List.of("listener", listener.name(), "protocol", listener.protocol()));
    }

    private void http() {
        for (ListenerStatus listener : status.listeners()) {
            listener.http().ifPresent(http -> requests(listener.name(), http));
        }
        for (ListenerStatus listener : status.listeners()) {
            listener.http().ifPresent(http -> answers(listener.name(), http));
        }
        for (ListenerStatus listener : status.listeners()) {
            listener.http().ifPresent(http -> failures(listener.name(), http));
        }
    }

    private void requests(String name, HttpTraffic http) {
        metrics.add(
                "shoestring_listener_http_requests_total",
                Kind.COUNTER,
                "Requests whose head was understood.",
                (double) http.requests(),
                List.of("listener", name));
    }

    private void answers(String name, HttpTraffic http) {
        for (int i = 0; i < http.answers().size(); i++) {
            metrics.add(
                    "shoestring_listener_http_responses_total",
                    Kind.COUNTER,
                    "Answers by the first digit of their status.",
                    http.answers().get(i),
                    List.of("listener", name, "code", (i + 1) + "xx"));
        }
    }

    private void failures(String name, HttpTraffic http) {
        failures(name, "malformed", http.malformed());
        failures(name, "late", http.late());
        failures(name, "denied", http.denied());
        failures(name, "unrouted", http.unrouted());
        failures(name, "unavailable", http.unavailable());
        failures(name, "broken", http.broken());
        failures(name, "slow", http.slow());
        failures(name, "client", http.clientAborts());
    }

    private void failures(String name, String reason, long count) {
        metrics.add(
                "shoestring_listener_http_failures_total",
                Kind.COUNTER,
                "Requests that failed, by the reason.",
                (double) count,
                List.of("listener", name, "reason", reason));
    }

    private void backends() {
        backends("up", "Whether who comes now can be served.", backend -> backend.up() ? 1L : 0L);
        backends("queue", "Clients that wait for a place.", BackendStatus::queued);
        backends("queue_max", "The most clients that waited at once.", BackendStatus::mostQueued);
        for (BackendStatus backend : backends) {
            durations(
                    "shoestring_backend_request_duration_seconds",
                    "All its servers together, see those.",
                    backend.requests(),
                    List.of("backend", backend.name()));
        }
        for (BackendStatus backend : backends) {
            for (ServerStatus server : backend.servers()) {
                durations(
                        "shoestring_server_request_duration_seconds",
                        "HTTP: from when a place was taken to the last byte of the answer. TCP:"
                                + " until the connection stood.",
                        server.requests(),
                        labels(backend, server));
            }
        }
    }

    private void backends(String name, String help, Function<BackendStatus, Long> value) {
        for (BackendStatus backend : backends) {
            metrics.add(
                    "shoestring_backend_" + name,
                    Kind.GAUGE,
                    help,
                    value.apply(backend),
                    List.of("backend", backend.name()));
        }
    }

    private void states() {
        for (BackendStatus backend : backends) {
            for (ServerStatus server : backend.servers()) {
                for (String state : STATES) {
                    metrics.add(
                            "shoestring_server_state",
                            Kind.GAUGE,
                            "1 for the state that the server is in.",
                            server.state().equals(state) ? 1 : 0,
                            labels(backend, server, "state", state));
                }
            }
        }
    }

    private void servers(ServerFigure figure) {
        for (BackendStatus backend : backends) {
            for (ServerStatus server : backend.servers()) {
                metrics.add(
                        "shoestring_server_" + figure.name(),
                        figure.kind(),
                        figure.help(),
                        figure.value().apply(server),
                        labels(backend, server));
            }
        }
    }

    private void answers() {
        for (BackendStatus backend : backends) {
            for (ServerStatus server : backend.servers()) {
                List<Long> answers = server.traffic().answers();
                for (int i = 0; i < answers.size(); i++) {
                    metrics.add(
                            "shoestring_server_http_responses_total",
                            Kind.COUNTER,
                            "Answers by the first digit of their status.",
                            answers.get(i),
                            labels(backend, server, "code", (i + 1) + "xx"));
                }
            }
        }
    }

    private static List<String> labels(
            BackendStatus backend, ServerStatus server, String... further) {
        List<String> labels = new ArrayList<>();
        labels.add("backend");
        labels.add(backend.name());
        labels.add("server");
        labels.add(server.name());
        labels.addAll(List.of(further));
        return labels;
    }
}
