package io.shoestring.admin;

import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.ConfigurationReply;
import io.shoestring.admin.api.ConfigurationRequest;
import io.shoestring.admin.api.EventList;
import io.shoestring.admin.api.Explanation;
import io.shoestring.admin.api.FailoverRequest;
import io.shoestring.admin.api.FiguresList;
import io.shoestring.admin.api.HistoryList;
import io.shoestring.admin.api.NodeFiguresList;
import io.shoestring.admin.api.RestartRequest;
import io.shoestring.admin.api.SizeList;
import io.shoestring.admin.api.SwitchoverRequest;
import io.shoestring.admin.api.WeightRequest;
import io.shoestring.config.AdminConfig.Role;
import io.shoestring.model.ClusterStatus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that programs can ask: the one table from which requests are routed, roles are
 * demanded, and the description of the API is made. What is not here is not served.
 */
enum Route {
    STATUS(
            "GET",
            "/api/v1/status",
            "The whole cluster: databases, members, listeners, backends, addresses, nodes.",
            ClusterStatus.class),
    EVENTS("GET", "/api/v1/events", "What happened, oldest first.", EventList.class),
    WHY(
            "GET",
            "/api/v1/why",
            "A database in sentences: how it is, whether a failover would work, what happened.",
            Explanation.class),
    STREAM(
            "GET",
            "/api/v1/stream",
            "Server-sent events without an end: 'event' with each event, 'status' when it has"
                    + " changed, 'alive' with the node's time.",
            Void.class),
    STATEMENTS(
            "GET",
            "/api/v1/statements",
            "What kinds of SQL statements clients sent, and how long they took.",
            FiguresList.class),
    URLS(
            "GET",
            "/api/v1/urls",
            "What kinds of URLs clients asked for, and how long they took.",
            FiguresList.class),
    MACHINES(
            "GET",
            "/api/v1/machines",
            "The machines of all nodes and their database servers, as they are now.",
            NodeFiguresList.class),
    SIZES(
            "GET",
            "/api/v1/sizes",
            "The largest tables and indexes of a database. Takes some seconds.",
            SizeList.class),
    CHANGES(
            "GET",
            "/api/v1/changes",
            "What is different after a moment from what was before it, what became worst first."
                    + " Takes some seconds.",
            ChangeList.class),
    HISTORY("GET", "/api/v1/history", "What was measured over a time.", HistoryList.class),
    SWITCHOVER(
            "POST",
            "/api/v1/databases/{database}/switchover",
            "Makes another member the primary; no client sees an error.",
            SwitchoverRequest.class,
            CommandReply.class),
    RESTART(
            "POST",
            "/api/v1/databases/{database}/restart",
            "Restarts the servers one after the other; no client sees an error.",
            RestartRequest.class,
            CommandReply.class),
    FAILOVER(
            "POST",
            "/api/v1/databases/{database}/failover",
            "Stops the primary, whatever it does, and has a replica take over.",
            FailoverRequest.class,
            CommandReply.class),
    PAUSE(
            "POST",
            "/api/v1/databases/{database}/pause",
            "Turns automatic failover off.",
            CommandReply.class),
    RESUME(
            "POST",
            "/api/v1/databases/{database}/resume",
            "Turns automatic failover on again.",
            CommandReply.class),
    OFFLINE(
            "POST",
            "/api/v1/databases/{database}/members/{member}/offline",
            "Takes a member out of use.",
            CommandReply.class),
    ONLINE(
            "POST",
            "/api/v1/databases/{database}/members/{member}/online",
            "Takes a member into use again.",
            CommandReply.class),
    MOVE(
            "POST",
            "/api/v1/addresses/{address}/move",
            "Moves a virtual address to a node.",
            SwitchoverRequest.class,
            CommandReply.class),
    BALANCE(
            "POST",
            "/api/v1/addresses/{address}/balance",
            "Has a virtual address placed by itself again.",
            CommandReply.class),
    DRAIN(
            "POST",
            "/api/v1/backends/{backend}/servers/{server}/drain",
            "Gives a server no new work.",
            CommandReply.class),
    READY(
            "POST",
            "/api/v1/backends/{backend}/servers/{server}/ready",
            "Gives a server work again.",
            CommandReply.class),
    MAINTENANCE(
            "POST",
            "/api/v1/backends/{backend}/servers/{server}/maintenance",
            "Takes a server out of use, unchecked.",
            CommandReply.class),
    WEIGHT(
            "POST",
            "/api/v1/backends/{backend}/servers/{server}/weight",
            "Changes a server's share of the work.",
            WeightRequest.class,
            CommandReply.class),
    CONFIGURATION(
            "POST",
            "/api/v1/configuration",
            "Has every node work by another configuration, or none. Takes up to a minute and a"
                    + " half.",
            ConfigurationRequest.class,
            ConfigurationReply.class),
    METRICS(
            "GET",
            "/metrics",
            "This node's figures for Prometheus; in OpenMetrics for whoever accepts it.",
            String.class),
    HAPROXY(
            "GET",
            "/haproxy;{format}",
            "This node's listeners and backends in a format of HAProxy's: csv, typed or json.",
            String.class),
    DESCRIPTION("GET", "/api/openapi.json", "This description.", Map.class);

    private final String method;
    private final String path;
    private final String summary;
    private final Class<?> body;
    private final Class<?> answer;

    Route(String method, String path, String summary, Class<?> answer) {
        this(method, path, summary, Void.class, answer);
    }

    Route(String method, String path, String summary, Class<?> body, Class<?> answer) {
        this.method = method;
        this.path = path;
        this.summary = summary;
        this.body = body;
        this.answer = answer;
    }

    /** A route and what stands in its path in the place of names. */
    record Match(Route route, Map<String, String> variables) {}

    String method() {
        return method;
    }

    /** With names in braces where anything may stand. */
    String path() {
        return path;
    }

    /** A sentence or two. */
    String summary() {
        return summary;
    }

    /** Of the request; {@code Void} if it has none. */
    Class<?> body() {
        return body;
    }

    /** Of the answer: a record; {@code String} for text, {@code Void} for what has no end. */
    Class<?> answer() {
        return answer;
    }

    /** Who looks changes nothing; and a configuration can change who is who. */
    Role role() {
        if (this == CONFIGURATION) {
            return Role.ADMIN;
        }
        return method.equals("GET") ? Role.VIEWER : Role.OPERATOR;
    }

    /** The names in its path. */
    List<String> variables() {
        return segments()
                .filter(Route::isVariable)
                .map(segment -> segment.substring(1, segment.length() - 1))
                .toList();
    }

    /**
     * The route of a request.
     *
     * @throws Refusal 404 or 405
     */
    static Match of(Request request) throws Refusal {
        Optional<Match> found = Optional.empty();
        for (Route route : values()) {
            Optional<Match> match = route.match(request.segments());
            if (match.isPresent() && route.method.equals(request.method())) {
                return match.get();
            }
            if (match.isPresent()) {
                found = match;
            }
        }
        if (found.isPresent()) {
            Refusal.unlessMethod(request, found.get().route.method);
        }
        throw Refusal.notFound("There is nothing at " + request.path() + ".");
    }

    private Optional<Match> match(List<String> asked) {
        if (this == HAPROXY) {
            // Its modifiers come in any order and number; the handler reads them.
            return asked.size() == 1 && asked.getFirst().startsWith("haproxy")
                    ? Optional.of(new Match(this, Map.of()))
                    : Optional.empty();
        }
        List<String> expected = new ArrayList<>(segments().toList());
        if (expected.size() != asked.size()) {
            return Optional.empty();
        }
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < expected.size(); i++) {
            String segment = expected.get(i);
            if (isVariable(segment)) {
                variables.put(segment.substring(1, segment.length() - 1), asked.get(i));
            } else if (!segment.equals(asked.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(new Match(this, variables));
    }

    private Stream<String> segments() {
        return Stream.of(path.substring(1).split("/", -1));
    }

    private static boolean isVariable(String segment) {
        return segment.startsWith("{");
    }
}
