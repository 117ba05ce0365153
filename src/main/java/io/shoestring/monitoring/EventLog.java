package io.shoestring.monitoring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Published.Subscription;
import io.shoestring.base.WallClock;
import io.shoestring.model.Event;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The newest events in memory, all of the recent ones in {@code events.jsonl}. A disk that cannot
 * be written loses the file's copy only: nothing waits for it.
 */
public final class EventLog implements Events, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);
    private static final int KEPT_IN_MEMORY = 2_000;

    private final WallClock clock;
    private final EventFile file;
    private final Deque<Event> newest = new ArrayDeque<>();
    private final List<Consumer<Event>> subscribers = new CopyOnWriteArrayList<>();
    private long sequence;
    private boolean fileFails;

    private EventLog(WallClock clock, EventFile file) {
        this.clock = clock;
        this.file = file;
    }

    /**
     * Opens or creates {@code events.jsonl} in {@code directory} and goes on counting there.
     *
     * @throws IOException if the directory cannot be used
     */
    public static EventLog open(Path directory, WallClock clock) throws IOException {
        requireNonNull(clock, "clock is null");
        EventFile file = EventFile.open(directory);
        EventLog log = new EventLog(clock, file);
        file.found().forEach(log::keep);
        return log;
    }

    @Override
    public synchronized Event add(
            Event.Severity severity, Optional<String> database, long epoch, String text) {
        Event event = new Event(sequence + 1, clock.now(), severity, database, epoch, text);
        keep(event);
        write(event);
        log(event);
        subscribers.forEach(subscriber -> subscriber.accept(event));
        return event;
    }

    @Override
    public synchronized List<Event> since(long after, int limit) {
        List<Event> later = newest.stream().filter(event -> event.sequence() > after).toList();
        return List.copyOf(later.subList(Math.max(0, later.size() - limit), later.size()));
    }

    @Override
    public Subscription subscribe(Consumer<Event> subscriber) {
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }

    @Override
    public synchronized void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("the event file was not closed properly: {}", e.getMessage());
        }
    }

    private void keep(Event event) {
        sequence = Math.max(sequence, event.sequence());
        newest.addLast(event);
        if (newest.size() > KEPT_IN_MEMORY) {
            newest.removeFirst();
        }
    }

    private void write(Event event) {
        try {
            file.append(event);
            fileFails = false;
        } catch (IOException e) {
            if (!fileFails) {
                LOG.warn(
                        "events are kept in memory only until {} can be written: {}",
                        file,
                        e.getMessage());
            }
            fileFails = true;
        }
    }

    private static void log(Event event) {
        String line = event.database().map(name -> name + ": ").orElse("") + event.text();
        switch (event.severity()) {
            case INFO -> LOG.info("{}", line);
            case WARNING -> LOG.warn("{}", line);
            case ERROR -> LOG.error("{}", line);
        }
    }
}
