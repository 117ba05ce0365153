package io.shoestring.model;

import static java.util.Objects.requireNonNull;

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
 */
public record Event(
        long sequence,
        Instant at,
        Severity severity,
        Optional<String> database,
        long epoch,
        String text,
        String node,
        long nodeSequence) {
    public Event {
        requireNonNull(at, "at is null");
        requireNonNull(severity, "severity is null");
        requireNonNull(database, "database is null");
        requireNonNull(text, "text is null");
        requireNonNull(node, "node is null");
    }

    /** Of a node that has no name. */
    public Event(
            long sequence,
            Instant at,
            Severity severity,
            Optional<String> database,
            long epoch,
            String text) {
        this(sequence, at, severity, database, epoch, text, "", sequence);
    }

    /** The same where it has another sequence. */
    public Event as(long otherSequence) {
        return new Event(otherSequence, at, severity, database, epoch, text, node, nodeSequence);
    }

    /** How much a person has to care. */
    public enum Severity {
        INFO,
        WARNING,
        ERROR
    }
}
