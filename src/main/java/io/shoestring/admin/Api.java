package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.CONFLICT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.EventList;
import io.shoestring.admin.api.Explanation;
import io.shoestring.admin.api.FailoverRequest;
import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.RestartRequest;
import io.shoestring.admin.api.SwitchoverRequest;
import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.AddressName;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Part;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.SwitchoverOrder;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;
import io.shoestring.node.Operations.Reply;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

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

    Answer status() {
        return Answer.json(OK, operations.status());
    }

    Answer events(Request request) throws Refusal {
        long after = request.number("after", 0, Long.MAX_VALUE);
        int limit = (int) request.number("limit", DEFAULT_EVENTS, MAX_EVENTS);
        List<Event> found = events.since(after, limit);
        return Answer.json(
                OK, new EventList(found, found.isEmpty() ? after : found.getLast().sequence()));
    }

    /** Goes on until one side leaves, or {@code allowed} says no. */
    Answer stream(Request request, BooleanSupplier allowed) throws Refusal {
        int limit = (int) request.number("limit", MAX_EVENTS, MAX_EVENTS);
        return new Answer.Stream(
                request.parameter("after").isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(request.number("after", 0, Long.MAX_VALUE)),
                limit,
                allowed);
    }

    Answer why(Request request) throws Refusal {
        return Answer.json(OK, explanation(request));
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
                Stories.of(about),
                about.subList(Math.max(0, about.size() - EVENTS_OF_AN_EXPLANATION), about.size()));
    }

    /** The name stands in the path, where to perhaps in the body. */
    Answer switchover(Call call) throws Refusal {
        SwitchoverOrder order = order(wish(call.request()));
        return command(call, verb(order.kind()), name -> operations.switchover(name, order));
    }

    private static SwitchoverOrder order(SwitchoverRequest wish) throws Refusal {
        try {
            SwitchoverOrder.Kind kind =
                    SwitchoverOrder.Kind.valueOf(
                            wish.kind().orElse("now").toUpperCase(Locale.ROOT));
            if (kind == SwitchoverOrder.Kind.FORCE || kind == SwitchoverOrder.Kind.FORCE_CHECK) {
                throw new IllegalArgumentException("that is a failover");
            }
            return new SwitchoverOrder(
                    kind,
                    wish.to().map(Api::name).map(MemberName::new),
                    wish.at().map(Instant::parse));
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest(
                    "The kind of a switchover is one of now, check, rehearsal, later and cancel;"
                            + " 'to' is the name of a member.");
        } catch (DateTimeException e) {
            throw Refusal.badRequest("The time is to be like 2026-11-23T03:00:00Z.");
        }
    }

    /** What cannot be the name of anything goes no further, and is not repeated to anybody. */
    private static String name(String text) {
        if (!isName(text)) {
            throw new IllegalArgumentException("not a name");
        }
        return text;
    }

    private static boolean isName(String text) {
        return text.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    }

    private static String verb(SwitchoverOrder.Kind kind) {
        return switch (kind) {
            case NOW -> "switchover";
            case CHECK -> "switchover check";
            case REHEARSAL -> "switchover rehearsal";
            case LATER -> "switchover plan";
            case CANCEL -> "switchover cancel";
            case FORCE -> "failover";
            case FORCE_CHECK -> "failover check";
        };
    }

    /** Whom stands in the body, or it is all. */
    Answer restart(Call call) throws Refusal {
        RestartOrder order =
                restart(read(call.request(), RestartRequest.class, "{\"members\": [\"MEMBER\"]}"));
        String verb =
                switch (order.kind()) {
                    case NOW -> "restart";
                    case CHECK -> "restart check";
                    case CANCEL -> "restart cancel";
                };
        return command(call, verb, name -> operations.restart(name, order));
    }

    private static RestartOrder restart(Optional<RestartRequest> wish) throws Refusal {
        try {
            return new RestartOrder(
                    RestartOrder.Kind.valueOf(
                            wish.flatMap(RestartRequest::kind)
                                    .orElse("now")
                                    .toUpperCase(Locale.ROOT)),
                    wish.flatMap(RestartRequest::members).orElse(List.of()).stream()
                            .map(MemberName::new)
                            .collect(Collectors.toSet()),
                    wish.flatMap(RestartRequest::pending).orElse(false));
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest("The kind of a restart is one of now, check and cancel.");
        }
    }

    /** Who takes over has to be named, and what may be lost. */
    Answer failover(Call call) throws Refusal {
        FailoverRequest wish =
                body(
                        call.request(),
                        FailoverRequest.class,
                        "{\"to\": \"MEMBER\", \"acceptedLoss\": \"3MB\"}");
        SwitchoverOrder order = order(wish);
        return command(call, verb(order.kind()), name -> operations.switchover(name, order));
    }

    private static SwitchoverOrder order(FailoverRequest wish) throws Refusal {
        try {
            return new SwitchoverOrder(
                    wish.check().orElse(false)
                            ? SwitchoverOrder.Kind.FORCE_CHECK
                            : SwitchoverOrder.Kind.FORCE,
                    Optional.of(new MemberName(name(wish.to()))),
                    Optional.empty(),
                    wish.acceptedLoss().map(AcceptedLoss::parse).orElse(AcceptedLoss.NOTHING));
        } catch (IllegalArgumentException | NullPointerException e) {
            throw Refusal.badRequest(
                    "Say who shall take over, and what may be lost as 12kB, 3MB, 1GB or unknown.");
        }
    }

    Answer pause(Call call, boolean paused) throws Refusal {
        return command(call, paused ? "pause" : "resume", name -> operations.pause(name, paused));
    }

    private Answer command(Call call, String verb, Function<DatabaseName, Reply> command)
            throws Refusal {
        DatabaseStatus asked = database(call.variable("database"));
        DatabaseName name = new DatabaseName(asked.name());
        return carryOut(call, verb, name.value(), Optional.of(asked), () -> command.apply(name));
    }

    /** Takes a member out of use, or back in; nothing is read from the body. */
    Answer offline(Call call, boolean offline) throws Refusal {
        DatabaseStatus asked = database(call.variable("database"));
        DatabaseName name = new DatabaseName(asked.name());
        String member = call.variable("member");
        return carryOut(
                call,
                offline ? "offline" : "online",
                "member " + member,
                Optional.of(asked),
                () -> operations.offline(name, new MemberName(member), offline));
    }

    /** Moves an address to the node that the body names. */
    Answer move(Call call) throws Refusal {
        Optional<NodeName> to = wish(call.request()).to().filter(Api::isName).map(NodeName::new);
        if (to.isEmpty()) {
            throw Refusal.badRequest("Say where to: {\"to\": \"NODE\"}.");
        }
        return place(call, "move", to);
    }

    /** Has it balanced again. */
    Answer balance(Call call) throws Refusal {
        return place(call, "balance", Optional.empty());
    }

    private Answer place(Call call, String verb, Optional<NodeName> where) throws Refusal {
        String address = call.variable("address");
        return carryOut(
                call,
                verb,
                "address " + address,
                Optional.empty(),
                () -> operations.moveAddress(new AddressName(address), where));
    }

    /** Says who asked for it, before anything is done, has it done, and says if it was refused. */
    private Answer carryOut(
            Call call,
            String verb,
            String what,
            Optional<DatabaseStatus> about,
            Supplier<Reply> command)
            throws Refusal {
        Asked.check(call.request());
        Optional<String> name = about.map(DatabaseStatus::name);
        long epoch = about.map(DatabaseStatus::epoch).orElse(0L);
        // Who only asks what would happen changes nothing: that is no story.
        boolean question = verb.endsWith(" check");
        events.add(
                Severity.INFO,
                name,
                epoch,
                Asked.sentence(call, verb, what),
                question ? Part.STEP : Part.WISH);
        Reply reply = command.get();
        if (!reply.accepted()) {
            events.add(
                    Severity.INFO,
                    name,
                    epoch,
                    "It was refused: " + reply.sentence(),
                    question ? Part.STEP : Part.REPLY);
        }
        return Answer.json(
                reply.accepted() ? OK : CONFLICT,
                new CommandReply(reply.accepted(), reply.sentence(), reply.id()));
    }

    private static SwitchoverRequest wish(Request request) throws Refusal {
        return read(request, SwitchoverRequest.class, "{\"to\": \"MEMBER\"}")
                .orElseGet(() -> new SwitchoverRequest(Optional.empty()));
    }

    /** What stands in the body; empty if nothing does. */
    private static <T> Optional<T> read(Request request, Class<T> kind, String example)
            throws Refusal {
        if (request.body().isBlank()) {
            return Optional.empty();
        }
        return Optional.of(body(request, kind, example + " or empty"));
    }

    private static <T> T body(Request request, Class<T> type, String example) throws Refusal {
        if (!request.hasContentType("application/json")) {
            throw new Refusal(
                    UNSUPPORTED_MEDIA_TYPE, "Send JSON, as 'Content-Type: application/json'.");
        }
        try {
            return Json.readStrictly(request.body(), type);
        } catch (IllegalArgumentException e) {
            throw Refusal.badRequest(
                    "The body is not understood; it is to be like " + example + ".");
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
