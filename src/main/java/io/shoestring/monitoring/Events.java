package io.shoestring.monitoring;

import io.shoestring.base.Published.Subscription;
import io.shoestring.model.Event;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What happened and what was decided, newest kept, bounded. Thread-safe. */
public interface Events {
    /** Adds an event with the next sequence and the current time, and logs it. */
    Event add(
            Event.Severity severity,
            Optional<String> database,
            long epoch,
            String text,
            Event.Part part);

    /** The same of one that is a detail. */
    default Event add(Event.Severity severity, Optional<String> database, long epoch, String text) {
        return add(severity, database, epoch, text, Event.Part.STEP);
    }

    /**
     * At most {@code limit} events whose sequence is greater than {@code after}, oldest first; the
     * newest are kept.
     */
    List<Event> since(long after, int limit);

    /**
     * Calls {@code subscriber} with every later event, on the thread that adds it; it must return
     * at once.
     */
    Subscription subscribe(Consumer<Event> subscriber);
}
