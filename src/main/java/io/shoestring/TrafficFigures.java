package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.RequestFigures;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.proxy.Listener;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long requests take, at each listener, backend, server and member, since the process started
 * and lately. Thread-safe.
 */
final class TrafficFigures {
    private final Pace pace = new Pace();
    private final Clock clock;

    TrafficFigures(Clock clock) {
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** What each place has counted up to now, by the name that its series have. */
    static Map<String, Requests> places(
            Collection<? extends Listener> listeners, Collection<Backend> backends) {
        Map<String, Requests> all = new LinkedHashMap<>();
        listeners.forEach(
                each -> each.requests().ifPresent(it -> all.put(nameOf(each.status()), it)));
        listeners.forEach(each -> each.members().forEach((name, them) -> add(all, name, them)));
        for (Backend backend : backends) {
            backend.servers()
                    .forEach(server -> all.put(nameOf(server), server.counters().requests.now()));
            all.put(nameOf(backend), sum(backend));
        }
        return all;
    }

    private static void add(
            Map<String, Requests> all, DatabaseName database, Map<String, Requests> members) {
        members.forEach(
                (member, requests) ->
                        all.merge(
                                "member." + database + "." + member,
                                requests,
                                (one, other) -> Requests.sum(List.of(one, other))));
    }

    /** A second has ended: what is told is of the last minute before it. */
    void measure(Collection<? extends Listener> listeners, Collection<Backend> backends) {
        listeners.forEach(Listener::measure);
        Map<String, Requests> all = places(listeners, backends);
        for (Listener listener : listeners) {
            String at = nameOf(listener.status());
            listener.members()
                    .forEach(
                            (database, members) ->
                                    members.forEach(
                                            (member, requests) ->
                                                    all.put(at + "/" + member, requests)));
        }
        pace.look(all, clock.nanos());
    }

    /** What a listener did, with what it did lately. */
    List<ListenerStatus> of(Listener listener) {
        List<ListenerStatus> all = new ArrayList<>();
        for (ListenerStatus status : listener.statuses()) {
            ListenerStatus measured = status.withMembers(members(listener, status));
            all.add(
                    status.requests().isEmpty()
                            ? measured
                            : measured.withRequests(
                                    listener.requests().map(it -> figures(nameOf(status), it))));
        }
        return all;
    }

    /** One that leads to several databases has a status for each of them. */
    private Map<String, RequestFigures> members(Listener listener, ListenerStatus status) {
        Map<String, RequestFigures> all = new LinkedHashMap<>();
        Map<DatabaseName, Map<String, Requests>> databases = listener.members();
        String at = nameOf(listener.status());
        databases.forEach(
                (database, members) -> {
                    if (databases.size() == 1 || database.value().equals(status.database())) {
                        members.forEach(
                                (member, it) -> all.put(member, figures(at + "/" + member, it)));
                    }
                });
        return all;
    }

    RequestFigures of(Server server) {
        return figures(nameOf(server), server.counters().requests.now());
    }

    RequestFigures of(Backend backend) {
        return figures(nameOf(backend), sum(backend));
    }

    private RequestFigures figures(String place, Requests now) {
        return pace.figures(place, now, clock.nanos());
    }

    private static Requests sum(Backend backend) {
        return Requests.sum(
                backend.servers().stream()
                        .map(server -> server.counters().requests.now())
                        .toList());
    }

    private static String nameOf(ListenerStatus listener) {
        return "listener." + listener.name();
    }

    private static String nameOf(Backend backend) {
        return "backend." + backend.name();
    }

    private static String nameOf(Server server) {
        return "server." + server.backend().name() + "." + server.name();
    }
}
