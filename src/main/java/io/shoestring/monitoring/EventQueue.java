package io.shoestring.monitoring;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Event.Severity;

import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * Hands events on for those who must not wait for a disk: event loops. They are added in the order
 * in which they were told.
 */
public final class EventQueue implements AutoCloseable {
    private final Events events;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("event-queue").factory());

    public EventQueue(Events events) {
        this.events = requireNonNull(events, "events is null");
    }

    /** Adds an event that is about no database; returns at once. Any thread. */
    public void tell(Severity severity, String text) {
        try {
            thread.execute(() -> events.add(severity, Optional.empty(), 0, text));
        } catch (RejectedExecutionException _) {
            // The node ends: its own closing changes servers' states, and nobody reads that.
        }
    }

    /** Adds what was told before, then ends. */
    @Override
    public void close() {
        thread.close();
    }
}
