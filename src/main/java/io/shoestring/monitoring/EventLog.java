package io.shoestring.monitoring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Published.Subscription;
import io.shoestring.base.WallClock;
import io.shoestring.model.Event;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The events of all nodes as they become known here: the newest in memory, all of the recent ones
 * in {@code events.jsonl}. A disk that cannot be written loses the file's copy only: nothing waits
 * for it.
 */
public final class EventLog implements Events, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);
    private static final int KEPT_IN_MEMORY = 2_000;
    private static final long WAIT_MILLIS = 5_000;

    private final WallClock clock;
    private final EventFile file;
    private final String node;
    private final Deque<Event> newest = new ArrayDeque<>();
    private final List<Consumer<Event>> subscribers = new CopyOnWriteArrayList<>();
    private final Map<String, Long> newestOf = new HashMap<>();
    private long sequence;
    private boolean fileFails;
    private boolean closed;

    private EventLog(WallClock clock, EventFile file, String node) {
        this.clock = clock;
        this.file = file;
        this.node = node;
    }

    /**
     * Opens or creates {@code events.jsonl} in {@code directory} and goes on counting there.
     *
     * @param node whose events are added here
     * @throws IOException if the directory cannot be used
     */
    public static EventLog open(Path directory, WallClock clock, String node) throws IOException {
        requireNonNull(clock, "clock is null");
        requireNonNull(node, "node is null");
        EventFile file = EventFile.open(directory);
        EventLog log = new EventLog(clock, file, node);
        file.found().forEach(log::keep);
        return log;
    }

    /**
     * The same of a node that has no name.
     *
     * @throws IOException if the directory cannot be used
     */
    public static EventLog open(Path directory, WallClock clock) throws IOException {
        return open(directory, clock, "");
    }

    @Override
    public synchronized Event add(
            Event.Severity severity,
            Optional<String> database,
            long epoch,
            String text,
            Event.Part part) {
        Event event =
                new Event(
                        sequence + 1,
                        clock.now(),
                        severity,
                        database,
                        epoch,
                        text,
                        node,
                        newest(node) + 1,
                        part);
        publish(event);
        log(event);
        notifyAll();
        return event;
    }

    private void publish(Event event) {
        keep(event);
        write(event);
        subscribers.forEach(subscriber -> subscriber.accept(event));
    }

    /** The highest sequence of this node's events that is known here; 0 if none is. */
    public synchronized long newest(String of) {
        return newestOf.getOrDefault(of, 0L);
    }

    /**
     * What this node has noted itself later than {@code after}, oldest first, waiting for a while
     * if there is nothing; not if whoever asks knows of later ones than there are, because this
     * node counts anew.
     */
    public synchronized List<Event> own(long after, int limit, Duration atMost)
            throws InterruptedException {
        long left = atMost.toMillis();
        while (newest(node) == after && !closed && left > 0) {
            // Woken for nothing it waits for less: it is asked again anyway.
            wait(Math.min(left, WAIT_MILLIS));
            left -= WAIT_MILLIS;
        }
        return newest.stream()
                .filter(event -> event.node().equals(node) && event.nodeSequence() > after)
                .limit(limit)
                .toList();
    }

    /** Adds what another node has noted, oldest first; what is known already is passed over. */
    public synchronized void take(List<Event> others) {
        for (Event event : others) {
            boolean known =
                    newest.stream()
                            .anyMatch(
                                    it ->
                                            it.node().equals(event.node())
                                                    && it.nodeSequence() == event.nodeSequence()
                                                    && it.at().equals(event.at()));
            if (known || event.node().equals(node)) {
                newestOf.merge(event.node(), event.nodeSequence(), Math::max);
            } else {
                publish(event.as(sequence + 1));
            }
        }
    }

    /** A node counts anew: its events are taken from the first on. */
    public synchronized void countsAnew(String other) {
        newestOf.remove(other);
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
        closed = true;
        notifyAll();
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("the event file was not closed properly: {}", e.getMessage());
        }
    }

    private void keep(Event event) {
        sequence = Math.max(sequence, event.sequence());
        newestOf.merge(event.node(), event.nodeSequence(), Math::max);
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
