package io.shoestring.admin.api;

import io.shoestring.model.Event;

import java.util.List;

/**
 * What happened, oldest first.
 *
 * @param last the sequence to go on after; what was asked for when there is nothing newer
 */
public record EventList(List<Event> events, long last) {
    public EventList {
        events = List.copyOf(events);
    }
}
