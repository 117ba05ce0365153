package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened or was decided, in one sentence.
 *
 * @param sequence grows by one on the node that tells it; where a reader goes on
 * @param epoch of the database at that time; 0 if none
 * @param database the database that it is about; empty when it is about the node
 * @param node that noted it; empty if that is not known
 * @param nodeSequence grows by one on that node; together with it names the event everywhere
 * @param part which part of a story it is; an event of an earlier version has none and is a step
 */
public record Event(
        long sequence,
        Instant at,
        Severity severity,
        Optional<String> database,
        long epoch,
        String text,
        String node,
        long nodeSequence,
        @Nullable Part part) {
    public Event {
        requireNonNull(at, "at is null");
        requireNonNull(severity, "severity is null");
        requireNonNull(database, "database is null");
        requireNonNull(text, "text is null");
        requireNonNull(node, "node is null");
        part = part == null ? Part.STEP : part;
    }

    /** Of a node that has no name. */
    public Event(
            long sequence,
            Instant at,
            Severity severity,
            Optional<String> database,
            long epoch,
            String text) {
        this(sequence, at, severity, database, epoch, text, "", sequence, Part.STEP);
    }

    /** The same where it has another sequence. */
    public Event as(long otherSequence) {
        return new Event(
                otherSequence, at, severity, database, epoch, text, node, nodeSequence, part);
    }

    /** Which part of the story of a database it is: what a person is told first has one. */
    public enum Part {
        /** One of many on the way: a detail. */
        STEP,
        /** Somebody asked for something. */
        WISH,
        /** What became of a wish that is done at once. */
        REPLY,
        /** What an interruption began with. */
        CAUSE,
        /** What was decided, and why. */
        DECISION,
        /** How it ended, and how long it took. */
        OUTCOME,
        /** What became of who was lost. */
        RECOVERY
    }

    /** How much a person has to care. */
    public enum Severity {
        INFO,
        WARNING,
        ERROR
    }
}
