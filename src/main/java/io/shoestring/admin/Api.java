package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.CONFLICT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.EventList;
import io.shoestring.admin.api.Explanation;
import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.SwitchoverRequest;
import io.shoestring.model.AddressName;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;
import io.shoestring.node.Operations.Reply;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Version 1 of the API: what stands below {@code /api/v1/}. Its callers have passed the {@link
 * Gate}.
 */
final class Api {
    static final int MAX_EVENTS = 1000;
    private static final int EVENTS_OF_AN_EXPLANATION = 20;
    private static final int DEFAULT_EVENTS = 100;

    private final Operations operations;
    private final Events events;

    Api(Operations operations, Events events) {
        this.operations = requireNonNull(operations, "operations is null");
        this.events = requireNonNull(events, "events is null");
    }

    /**
     * Answers a request.
     *
     * @param path what follows {@code /api/v1/}
     * @throws Refusal 400, 404, 405 or 415
     */
    Answer answer(Request request, List<String> path) throws Refusal {
        if (path.size() == 3 && path.getFirst().equals("databases")) {
            return command(request, path.get(1), path.get(2));
        }
        if (path.size() == 3 && path.getFirst().equals("addresses")) {
            return addressCommand(request, path.get(1), path.get(2));
        }
        boolean member =
                path.size() == 5
                        && path.getFirst().equals("databases")
                        && path.get(2).equals("members");
        return member
                ? memberCommand(request, path.get(1), path.get(3), path.get(4))
                : question(request, String.join("/", path));
    }

    private Answer question(Request request, String name) throws Refusal {
        boolean known = List.of("status", "events", "why", "stream").contains(name);
        if (!known) {
            throw Refusal.notFound("There is nothing at " + request.path() + ".");
        }
        Refusal.unlessMethod(request, "GET");
        return switch (name) {
            case "status" -> Answer.json(OK, operations.status());
            case "events" -> Answer.json(OK, events(request));
            case "why" -> Answer.json(OK, explanation(request));
            default -> stream(request);
        };
    }

    private EventList events(Request request) throws Refusal {
        long after = request.number("after", 0, Long.MAX_VALUE);
        int limit = (int) request.number("limit", DEFAULT_EVENTS, MAX_EVENTS);
        List<Event> found = events.since(after, limit);
        return new EventList(found, found.isEmpty() ? after : found.getLast().sequence());
    }

    private static Answer.Stream stream(Request request) throws Refusal {
        int limit = (int) request.number("limit", MAX_EVENTS, MAX_EVENTS);
        return new Answer.Stream(
                request.parameter("after").isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(request.number("after", 0, Long.MAX_VALUE)),
                limit);
    }

    private Explanation explanation(Request request) throws Refusal {
        String name =
                request.parameter("database")
                        .orElseThrow(
                                () -> Refusal.badRequest("Say which: /api/v1/why?database=NAME."));
        DatabaseStatus database = database(name);
        List<Event> about =
                EventOrder.inOrder(events.since(0, MAX_EVENTS)).stream()
                        .filter(event -> event.database().equals(Optional.of(name)))
                        .toList();
        return new Explanation(
                name,
                database.healthy(),
                database.paused(),
                database.summary(),
                database.readiness(),
                about.subList(Math.max(0, about.size() - EVENTS_OF_AN_EXPLANATION), about.size()));
    }

    private Answer command(Request request, String database, String verb) throws Refusal {
        if (!List.of("switchover", "pause", "resume").contains(verb)) {
            throw Refusal.notFound("There is nothing at " + request.path() + ".");
        }
        Refusal.unlessMethod(request, "POST");
        SwitchoverRequest wish = wish(request);
        DatabaseStatus asked = database(database);
        DatabaseName name = new DatabaseName(asked.name());
        return carryOut(
                request,
                verb,
                name.value(),
                Optional.of(asked),
                () ->
                        verb.equals("switchover")
                                ? operations.switchover(name, wish.to().map(MemberName::new))
                                : operations.pause(name, verb.equals("pause")));
    }

    /** Takes a member out of use, or back in; nothing is read from the body. */
    private Answer memberCommand(Request request, String database, String member, String verb)
            throws Refusal {
        if (!List.of("offline", "online").contains(verb)) {
            throw Refusal.notFound("There is nothing at " + request.path() + ".");
        }
        Refusal.unlessMethod(request, "POST");
        DatabaseStatus asked = database(database);
        DatabaseName name = new DatabaseName(asked.name());
        return carryOut(
                request,
                verb,
                "member " + member,
                Optional.of(asked),
                () -> operations.offline(name, new MemberName(member), verb.equals("offline")));
    }

    /** Moves an address to the node that the body names, or has it balanced again. */
    private Answer addressCommand(Request request, String address, String verb) throws Refusal {
        if (!List.of("move", "balance").contains(verb)) {
            throw Refusal.notFound("There is nothing at " + request.path() + ".");
        }
        Refusal.unlessMethod(request, "POST");
        Optional<NodeName> to = wish(request).to().map(NodeName::new);
        if (verb.equals("move") && to.isEmpty()) {
            throw Refusal.badRequest("Say where to: {\"to\": \"NODE\"}.");
        }
        Optional<NodeName> where = verb.equals("move") ? to : Optional.empty();
        return carryOut(
                request,
                verb,
                "address " + address,
                Optional.empty(),
                () -> operations.moveAddress(new AddressName(address), where));
    }

    /** Says who asked for it, before anything is done, has it done, and says if it was refused. */
    private Answer carryOut(
            Request request,
            String verb,
            String what,
            Optional<DatabaseStatus> about,
            Supplier<Reply> command)
            throws Refusal {
        Asked.check(request);
        Optional<String> name = about.map(DatabaseStatus::name);
        long epoch = about.map(DatabaseStatus::epoch).orElse(0L);
        events.add(Severity.INFO, name, epoch, Asked.sentence(request, verb, what));
        Reply reply = command.get();
        if (!reply.accepted()) {
            events.add(Severity.INFO, name, epoch, "It was refused: " + reply.sentence());
        }
        return Answer.json(
                reply.accepted() ? OK : CONFLICT,
                new CommandReply(reply.accepted(), reply.sentence(), reply.id()));
    }

    private static SwitchoverRequest wish(Request request) throws Refusal {
        if (request.body().isBlank()) {
            return new SwitchoverRequest(Optional.empty());
        }
        if (!request.hasContentType("application/json")) {
            throw new Refusal(
                    UNSUPPORTED_MEDIA_TYPE, "Send JSON, as 'Content-Type: application/json'.");
        }
        try {
            return Json.readStrictly(request.body(), SwitchoverRequest.class);
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest(
                    "The body is not understood; it is to be like {\"to\": \"MEMBER\"} or empty.");
        }
    }

    private DatabaseStatus database(String name) throws Refusal {
        List<DatabaseStatus> databases = operations.status().databases();
        return databases.stream()
                .filter(database -> database.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                Refusal.notFound(
                                        "There is no database '"
                                                + name
                                                + "'. There is: "
                                                + String.join(
                                                        ", ",
                                                        databases.stream()
                                                                .map(DatabaseStatus::name)
                                                                .toList())
                                                + "."));
    }
}
