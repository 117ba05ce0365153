package io.shoestring.admin.api;

import io.shoestring.model.Event;

import java.util.List;

/**
 * Why a database is as it is.
 *
 * @param summary what state it is in
 * @param readiness what happens if the primary dies now, or what prevents a take-over
 * @param stories what happened to it in the order of its parts, the newest story first
 * @param events the last things that happened to it, oldest first
 */
public record Explanation(
        String database,
        boolean healthy,
        boolean paused,
        String summary,
        String readiness,
        List<Story> stories,
        List<Event> events) {
    public Explanation {
        stories = List.copyOf(stories);
        events = List.copyOf(events);
    }
}
