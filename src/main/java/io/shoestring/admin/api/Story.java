package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Event;

import java.time.Instant;
import java.util.List;

/**
 * One thing that happened to a database, told to somebody who was not there.
 *
 * @param began when its first part happened
 * @param over whether it has ended
 * @param headline how it ended, and how long it took; or that it is still under way
 * @param lines what it began with, what was decided and why, and what became of who was lost;
 *     oldest first
 */
public record Story(Instant began, boolean over, String headline, List<Line> lines) {
    public Story {
        requireNonNull(began, "began is null");
        requireNonNull(headline, "headline is null");
        lines = List.copyOf(lines);
    }

    /** A sentence of it. */
    public record Line(Instant at, Event.Severity severity, String text) {
        public Line {
            requireNonNull(at, "at is null");
            requireNonNull(severity, "severity is null");
            requireNonNull(text, "text is null");
        }
    }
}
