package io.shoestring.admin.api;

import io.shoestring.model.Event;

import java.util.List;

/**
 * Why a database is as it is.
 *
 * @param summary what state it is in
 * @param readiness what happens if the primary dies now, or what prevents a take-over
 * @param events the last things that happened to it, oldest first
 */
public record Explanation(
        String database,
        boolean healthy,
        boolean paused,
        String summary,
        String readiness,
        List<Event> events) {
    public Explanation {
        events = List.copyOf(events);
    }
}
