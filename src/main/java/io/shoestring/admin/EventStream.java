package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.shoestring.admin.api.Json;
import io.shoestring.base.Clock;
import io.shoestring.base.Published.Subscription;
import io.shoestring.base.WallClock;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Event;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Tells every client of {@code /api/v1/stream} what changes: {@code event} with each event, {@code
 * status} with the whole status when it has changed, {@code alive} with the node's time when
 * nothing else was said for a while. Whoever logged out, or lost his account, hears no more from
 * then on.
 *
 * <p>One thread does all of it, in the order of one bounded queue: so nothing is sent twice or left
 * out between the events that a client missed and those that come. A client that cannot follow is
 * cut off; it comes back and asks for what it missed.
 */
final class EventStream implements AutoCloseable {
    static final int MAX_CLIENTS = 50;
    private static final int MAX_WAITING = 1000;
    private static final Duration STATUS_INTERVAL = Duration.ofMillis(250);
    private static final Duration ALIVE_INTERVAL = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    private final Operations operations;
    private final Events events;
    private final Clock clock;
    private final WallClock wallClock;
    private final Semaphore places = new Semaphore(MAX_CLIENTS);
    private final BlockingQueue<Message> messages = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Subscription subscription;
    private final Thread thread;
    private volatile boolean overflowed;

    // Only the thread touches these.
    private final List<StreamClient> clients = new ArrayList<>();
    private @Nullable ClusterStatus lastStatus;
    private long nextStatusNanos;
    private long nextAliveNanos;

    EventStream(Operations operations, Events events, Clock clock, WallClock wallClock) {
        this.operations = requireNonNull(operations, "operations is null");
        this.events = requireNonNull(events, "events is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.wallClock = requireNonNull(wallClock, "wallClock is null");
        this.nextStatusNanos = clock.nanos();
        this.nextAliveNanos = clock.nanos();
        this.thread = Thread.ofVirtual().name("admin-stream").unstarted(this::run);
        this.subscription = events.subscribe(event -> offer(new Message.Happened(event)));
    }

    void start() {
        thread.start();
    }

    /** Takes a place until the channel closes; false when all are taken. */
    boolean reserve(Channel channel) {
        if (!places.tryAcquire()) {
            return false;
        }
        channel.closeFuture().addListener(_ -> places.release());
        return true;
    }

    /** Begins to send; the response's head was written before. */
    void join(Channel channel, Answer.Stream wish) {
        if (!offer(new Message.Joined(channel, wish))) {
            var _ = channel.close();
        }
    }

    private boolean offer(Message message) {
        boolean taken = messages.offer(message);
        overflowed |= !taken;
        return taken;
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                step();
            }
        } catch (InterruptedException e) {
            LOG.debug("The event stream ends.");
        }
    }

    private void step() throws InterruptedException {
        Message message = messages.poll(STATUS_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        try {
            if (message != null) {
                handle(message);
            }
            clients.removeIf(client -> !client.isOpen());
            sendStatusIfDue();
            sendAliveIfDue();
            cutOffAfterOverflow();
        } catch (RuntimeException e) {
            LOG.error("The event stream lost a message", e);
        }
    }

    private void handle(Message message) {
        switch (message) {
            case Message.Happened happened ->
                    clients.forEach(client -> client.send(happened.event()));
            case Message.Joined joined -> welcome(joined.channel(), joined.wish());
        }
    }

    private void welcome(Channel channel, Answer.Stream wish) {
        StreamClient client = new StreamClient(channel, wish.allowed());
        // First of all: whoever acts on the status must hear what that brought about.
        List<Event> known =
                events.since(wish.after().orElse(0), wish.after().isEmpty() ? 1 : wish.limit());
        client.sendStatus(Json.write(operations.status()));
        for (Event event : known) {
            if (wish.after().isPresent()) {
                client.send(event);
            } else {
                client.skipTo(event.sequence());
            }
        }
        clients.add(client);
    }

    private void sendStatusIfDue() {
        if (clients.isEmpty() || clock.nanos() - nextStatusNanos < 0) {
            return;
        }
        nextStatusNanos = clock.nanos() + STATUS_INTERVAL.toNanos();
        ClusterStatus status = operations.status();
        if (!status.equals(lastStatus)) {
            lastStatus = status;
            String json = Json.write(status);
            clients.forEach(client -> client.sendStatus(json));
        }
    }

    private void sendAliveIfDue() {
        if (clients.isEmpty() || clock.nanos() - nextAliveNanos < 0) {
            return;
        }
        nextAliveNanos = clock.nanos() + ALIVE_INTERVAL.toNanos();
        String json = Json.write(Map.of("now", wallClock.now()));
        clients.stream().filter(client -> !client.isAllowed()).forEach(StreamClient::close);
        clients.forEach(client -> client.sendAlive(json));
    }

    private void cutOffAfterOverflow() {
        if (overflowed) {
            overflowed = false;
            LOG.warn("More events came than could be sent: followers have to ask again.");
            clients.forEach(StreamClient::close);
        }
    }

    @Override
    public void close() {
        subscription.close();
        thread.interrupt();
    }

    private sealed interface Message {
        record Happened(Event event) implements Message {}

        record Joined(Channel channel, Answer.Stream wish) implements Message {}
    }
}
