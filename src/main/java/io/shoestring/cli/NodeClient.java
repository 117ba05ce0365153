package io.shoestring.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.ConfigurationReply;
import io.shoestring.admin.api.ConfigurationRequest;
import io.shoestring.admin.api.EventList;
import io.shoestring.admin.api.Explanation;
import io.shoestring.admin.api.FailoverRequest;
import io.shoestring.admin.api.FiguresList;
import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.NodeFiguresList;
import io.shoestring.admin.api.Problem;
import io.shoestring.admin.api.RestartRequest;
import io.shoestring.admin.api.SizeList;
import io.shoestring.admin.api.SwitchoverRequest;
import io.shoestring.admin.api.WeightRequest;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Asks one node by its admin API. Every method blocks for ten seconds at most, if it says nothing
 * else, and throws {@link CommandFailure} with a sentence when the node is not reached or does not
 * want to.
 */
final class NodeClient {
    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(10);
    private static final Duration SIZES_PATIENCE = Duration.ofSeconds(20);
    private static final Duration APPLY_PATIENCE = Duration.ofSeconds(90);

    private final Endpoint address;
    private final NodeLogin login;
    private final NodeCall node;
    private String origin = "";

    /**
     * A client of that node.
     *
     * @param trust whom it must prove to be, if it is spoken to by TLS
     */
    NodeClient(Endpoint address, Optional<NodeTrust> trust, NodeLogin login) {
        this.address = requireNonNull(address, "address is null");
        this.login = requireNonNull(login, "login is null");
        this.node =
                new NodeCall(
                        (trust.isPresent() ? "https://" : "http://") + address,
                        trust.map(each -> each.context().getSocketFactory()),
                        login.authorization());
    }

    /** What is asked from now on is asked by him, and for this. */
    void because(String who, String reason) {
        String asking = who.isBlank() ? "" : "who=" + encode(who.strip());
        String why = reason.isBlank() ? "" : "reason=" + encode(reason.strip());
        origin = Stream.of(asking, why).filter(it -> !it.isEmpty()).collect(joining("&", "?", ""));
    }

    ClusterStatus status() {
        return get("/api/v1/status", ClusterStatus.class);
    }

    EventList events(long after, int limit) {
        return get("/api/v1/events?after=" + after + "&limit=" + limit, EventList.class);
    }

    Explanation why(String database) {
        return get("/api/v1/why?database=" + encode(database), Explanation.class);
    }

    /**
     * What was measured.
     *
     * @param what {@code statements} or {@code urls}
     */
    FiguresList figures(String what, String order, int limit) {
        return get("/api/v1/" + what + "?order=" + order + "&limit=" + limit, FiguresList.class);
    }

    NodeFiguresList machines() {
        return get("/api/v1/machines", NodeFiguresList.class);
    }

    /** What is different after a moment; blocks for some seconds. */
    ChangeList changes(Instant at, long seconds, int limit) {
        String path = "/api/v1/changes?at=" + at + "&seconds=" + seconds + "&limit=" + limit;
        return get(path, SIZES_PATIENCE, ChangeList.class);
    }

    /** Blocks while the server counts: for some seconds. */
    SizeList sizes(String database) {
        return get("/api/v1/sizes?database=" + encode(database), SIZES_PATIENCE, SizeList.class);
    }

    CommandReply switchover(String database, Optional<String> to) {
        return switchover(database, new SwitchoverRequest(to));
    }

    CommandReply switchover(String database, SwitchoverRequest wish) {
        return command(database, "switchover", Json.write(wish));
    }

    CommandReply restart(String database, RestartRequest wish) {
        return command(database, "restart", Json.write(wish));
    }

    CommandReply failover(String database, FailoverRequest wish) {
        return command(database, "failover", Json.write(wish));
    }

    CommandReply pause(String database, boolean paused) {
        return command(database, paused ? "pause" : "resume", "{}");
    }

    CommandReply offline(String database, String member, boolean offline) {
        String verb = offline ? "offline" : "online";
        return command(database, "members/" + encode(member) + "/" + verb, "{}");
    }

    /**
     * Moves an address by hand.
     *
     * @param to empty: it is balanced again
     */
    CommandReply moveAddress(String address, Optional<String> to) {
        String verb = to.isPresent() ? "move" : "balance";
        return post(
                "/api/v1/addresses/" + encode(address) + "/" + verb,
                Json.write(new SwitchoverRequest(to)));
    }

    /**
     * Hands every event after that sequence to {@code consumer}, until the connection ends.
     *
     * @throws CommandFailure when it has ended
     */
    void follow(long after, Consumer<Event> consumer) {
        NodeCall.Answer answer =
                asked(() -> node.get("/api/v1/stream?after=" + after, Duration.ZERO));
        try (var lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
            if (answer.status() != 200) {
                throw refused(answer.status(), lines.lines().collect(joining()));
            }
            pass(lines.lines().iterator(), consumer);
        } catch (IOException | UncheckedIOException e) {
            throw notReached("the connection ended");
        }
        throw notReached("the connection ended");
    }

    private static void pass(Iterator<String> lines, Consumer<Event> consumer) {
        while (lines.hasNext()) {
            if (lines.next().equals("event: event")) {
                String data = lines.next();
                consumer.accept(Json.read(data.substring("data: ".length()), Event.class));
            }
        }
    }

    /** What is said of servers holds on the node that is asked alone. */
    void onlyHere() {
        origin += (origin.endsWith("?") ? "" : "&") + "where=node";
    }

    CommandReply want(String backend, String server, ServerCommand.Verb verb) {
        return post(pathOf(backend, server, verb), "{}");
    }

    CommandReply weigh(String backend, String server, int weight) {
        return post(
                pathOf(backend, server, ServerCommand.Verb.WEIGHT),
                Json.write(new WeightRequest(weight)));
    }

    private static String pathOf(String backend, String server, ServerCommand.Verb verb) {
        return "/api/v1/backends/%s/servers/%s/%s"
                .formatted(encode(backend), encode(server), verb.name().toLowerCase(Locale.ROOT));
    }

    private CommandReply command(String database, String verb, String body) {
        return post("/api/v1/databases/" + encode(database) + "/" + verb, body);
    }

    /** Blocks until every node works by it, or does not: up to a minute and a half. */
    ConfigurationReply apply(ConfigurationRequest wanted) {
        return post(
                "/api/v1/configuration",
                Json.write(wanted),
                APPLY_PATIENCE,
                ConfigurationReply.class);
    }

    private CommandReply post(String path, String body) {
        return post(path, body, ANSWER_PATIENCE, CommandReply.class);
    }

    private <T> T post(String path, String body, Duration patience, Class<T> kind) {
        String whole = origin.equals("?") ? path : path + origin;
        NodeCall.Answer answer = asked(() -> node.post(whole, body, patience));
        String text = asked(answer::text);
        if (answer.status() != 200 && answer.status() != 409) {
            throw refused(answer.status(), text);
        }
        return read(text, kind);
    }

    private <T> T get(String path, Class<T> type) {
        return get(path, ANSWER_PATIENCE, type);
    }

    private <T> T get(String path, Duration patience, Class<T> type) {
        NodeCall.Answer answer = asked(() -> node.get(path, patience));
        String text = asked(answer::text);
        if (answer.status() != 200) {
            throw refused(answer.status(), text);
        }
        return read(text, type);
    }

    /** Something that may fail on its way. */
    private interface Asking<T> {
        T ask() throws IOException;
    }

    private <T> T asked(Asking<T> asking) {
        try {
            return asking.ask();
        } catch (SocketTimeoutException e) {
            throw notReached("it did not answer in time");
        } catch (IOException e) {
            throw notReached(reason(e));
        }
    }

    /** The JDK wraps, and says of a name that is not known nothing but the name. */
    private static String reason(IOException problem) {
        Throwable cause = problem;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return switch (cause) {
            case ConnectException _ when String.valueOf(message).contains("refused") ->
                    "the connection was refused";
            case UnknownHostException _ -> "its name is not known";
            case Throwable _ when message == null -> cause.getClass().getSimpleName();
            case Throwable _ -> message;
        };
    }

    private CommandFailure notReached(String reason) {
        return new CommandFailure(
                ExitCode.NOT_REACHED,
                "The node at "
                        + address
                        + " was not reached: "
                        + reason
                        + ". Is it running ('shoestring run')? If it is somewhere else, say --admin"
                        + " HOST:PORT.");
    }

    private CommandFailure refused(int status, String body) {
        if (status == 401) {
            return new CommandFailure(
                    ExitCode.NOT_WELL,
                    "The node at " + address + " does not accept " + login.refused());
        }
        return new CommandFailure(ExitCode.NOT_WELL, read(body, Problem.class).error());
    }

    private <T> T read(String body, Class<T> type) {
        try {
            return Json.read(body, type);
        } catch (IllegalArgumentException e) {
            throw notReached("what answers there is not a Shoestring node");
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }
}
