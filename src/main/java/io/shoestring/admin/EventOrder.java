package io.shoestring.admin;

import io.shoestring.model.Event;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The events of all nodes in one order: by the time of day, but never against the order in which
 * one node noted its own, whatever its clock did.
 */
final class EventOrder {
    private record Placed(Instant at, Event event) {}

    private EventOrder() {}

    /**
     * Orders them.
     *
     * @param events as they became known here
     */
    static List<Event> inOrder(List<Event> events) {
        Map<String, Instant> latest = new HashMap<>();
        List<Placed> placed = new ArrayList<>();
        events.stream()
                .sorted(
                        Comparator.comparing(Event::node)
                                .thenComparingLong(Event::nodeSequence)
                                .thenComparingLong(Event::sequence))
                .forEach(
                        event ->
                                placed.add(
                                        new Placed(
                                                latest.merge(
                                                        event.node(),
                                                        event.at(),
                                                        (a, b) -> a.isAfter(b) ? a : b),
                                                event)));
        return placed.stream()
                .sorted(
                        Comparator.comparing(Placed::at)
                                .thenComparing(it -> it.event().node())
                                .thenComparingLong(it -> it.event().nodeSequence()))
                .map(Placed::event)
                .toList();
    }
}
