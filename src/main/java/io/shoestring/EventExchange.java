package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Event;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.EventLog;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Brings every event to every node: what a node that is lost had noted can still be read on the
 * others. Each node asks each other one what is new there, and is answered when something is.
 */
final class EventExchange implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventExchange.class);
    private static final String PATH = "/events/after";
    private static final int EVENTS_MAX = 500;
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final Duration PATIENCE = WAIT.plusSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Asks for a node's own events that are later. */
    private record Ask(long after) {}

    /**
     * They are, oldest first.
     *
     * @param newest of all that the node has noted: less than was asked for if it counts anew
     */
    private record Told(List<Event> events, long newest) {
        Told {
            events = List.copyOf(events);
        }
    }

    private final Supplier<Collection<NodeName>> all;
    private final EventLog log;
    private final NodeName name;
    private final NodeQuestions questions;
    private final Map<NodeName, Thread> asking = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Answers the other nodes from now on; asks them after {@link #start}.
     *
     * @param all nodes of the cluster, this one too
     */
    EventExchange(
            Supplier<Collection<NodeName>> all,
            EventLog log,
            NodeName name,
            NodeQuestions questions) {
        this.all = requireNonNull(all, "all is null");
        this.log = requireNonNull(log, "log is null");
        this.name = requireNonNull(name, "name is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.thread = Thread.ofVirtual().name("event-exchange").unstarted(this::watchNodes);
        questions.serve(PATH, Ask.class, this::answer);
    }

    void start() {
        thread.start();
    }

    private Told answer(Ask ask) {
        try {
            return new Told(log.own(ask.after(), EVENTS_MAX, WAIT), log.newest(name.value()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Told(List.of(), ask.after());
        }
    }

    /** Nodes come and go with the configuration. */
    private void watchNodes() {
        try {
            while (!closed) {
                for (NodeName node : all.get()) {
                    if (!node.equals(name)) {
                        asking.computeIfAbsent(node, this::ask);
                    }
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            LOG.debug("no events are fetched any more");
        }
    }

    private Thread ask(NodeName node) {
        return Thread.ofVirtual().name("events-of-" + node).start(() -> follow(node));
    }

    private void follow(NodeName node) {
        try {
            while (!closed && all.get().contains(node)) {
                if (!fetch(node)) {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the events of {} are not fetched any more", node);
        } finally {
            asking.remove(node);
        }
    }

    private boolean fetch(NodeName node) throws InterruptedException {
        long known = log.newest(node.value());
        try {
            Told told = questions.ask(node, PATH, new Ask(known), Told.class, PATIENCE);
            if (told.newest() < known) {
                log.countsAnew(node.value());
            }
            log.take(
                    told.events().stream()
                            .filter(event -> event.node().equals(node.value()))
                            .toList());
            return true;
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        asking.values().forEach(Thread::interrupt);
    }
}
