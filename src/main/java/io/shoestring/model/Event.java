package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened or was decided, in one sentence.
 *
 * @param sequence grows by one; where a reader goes on
 * @param epoch of the database at that time; 0 if none
 * @param database the database that it is about; empty when it is about the node
 */
public record Event(
        long sequence,
        Instant at,
        Severity severity,
        Optional<String> database,
        long epoch,
        String text) {
    public Event {
        requireNonNull(at, "at is null");
        requireNonNull(severity, "severity is null");
        requireNonNull(database, "database is null");
        requireNonNull(text, "text is null");
    }

    /** How much a person has to care. */
    public enum Severity {
        INFO,
        WARNING,
        ERROR
    }
}
