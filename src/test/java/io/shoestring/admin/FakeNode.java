package io.shoestring.admin;

import io.shoestring.base.Published;
import io.shoestring.base.Published.Subscription;
import io.shoestring.model.AddressName;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Event;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.SwitchoverOrder;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A node that says what a test wants and remembers what it was asked. Thread-safe. */
public final class FakeNode implements Operations, Events {
    /** When the first event happened; each later one a second after. */
    public static final Instant BEGIN = Instant.parse("2026-08-01T10:00:00Z");

    /** Commands in the order in which they came, like {@code switchover shop b}. */
    public final List<String> asked = new CopyOnWriteArrayList<>();

    private final List<Event> events = new ArrayList<>();
    private final Published<ClusterStatus> status;
    private final List<Consumer<Event>> followers = new CopyOnWriteArrayList<>();
    private volatile Reply reply = new Reply(true, "It is written down.", "op-1");
    private volatile @Nullable RuntimeException failure;
    private volatile Instant begin = BEGIN;
    private volatile Runnable onCommand = () -> {};

    public FakeNode(ClusterStatus status) {
        this.status = new Published<>(status);
    }

    /** What every status says from now on. */
    public void show(ClusterStatus next) {
        status.publish(next);
    }

    /** What every command is answered from now on. */
    public void answer(Reply next) {
        reply = next;
    }

    /** What every command makes happen, before it is answered. */
    public void onCommand(Runnable effect) {
        onCommand = effect;
    }

    /** Makes every question fail. */
    public void fail(RuntimeException next) {
        failure = next;
    }

    /** Lets events happen at another time. */
    public void beginAt(Instant instant) {
        begin = instant;
    }

    @Override
    public ClusterStatus status() {
        RuntimeException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
        return status.get();
    }

    @Override
    public Reply switchover(DatabaseName database, Optional<MemberName> to) {
        asked.add("switchover " + database + " " + to.map(MemberName::value).orElse("best"));
        onCommand.run();
        return reply;
    }

    @Override
    public Reply restart(DatabaseName database, RestartOrder order) {
        asked.add(
                "restart "
                        + database
                        + " "
                        + order.kind()
                        + " "
                        + order.members()
                        + (order.pendingOnly() ? " pending" : ""));
        onCommand.run();
        return reply;
    }

    @Override
    public Reply switchover(DatabaseName database, SwitchoverOrder order) {
        if (order.kind() == SwitchoverOrder.Kind.FORCE_CHECK) {
            return new Reply(
                    order.loss().bytes() > 0,
                    "Judged for " + order.to().orElseThrow() + " with " + order.loss().bytes(),
                    "");
        }
        if (order.kind() != SwitchoverOrder.Kind.FORCE) {
            return Operations.super.switchover(database, order);
        }
        asked.add("failover " + database + " " + order.to().orElseThrow() + " " + order.loss());
        onCommand.run();
        return reply;
    }

    @Override
    public Reply pause(DatabaseName database, boolean paused) {
        asked.add((paused ? "pause " : "resume ") + database);
        onCommand.run();
        return reply;
    }

    @Override
    public Reply offline(DatabaseName database, MemberName member, boolean offline) {
        asked.add((offline ? "offline " : "online ") + database + " " + member);
        onCommand.run();
        return reply;
    }

    @Override
    public Reply moveAddress(AddressName address, Optional<NodeName> to) {
        asked.add("move " + address + " " + to.map(NodeName::value).orElse("anywhere"));
        onCommand.run();
        return reply;
    }

    @Override
    public synchronized Event add(
            Event.Severity severity,
            Optional<String> database,
            long epoch,
            String text,
            Event.Part part) {
        long sequence = events.size() + 1L;
        Event event =
                new Event(
                        sequence,
                        begin.plusSeconds(sequence - 1),
                        severity,
                        database,
                        epoch,
                        text,
                        "",
                        sequence,
                        part);
        events.add(event);
        followers.forEach(follower -> follower.accept(event));
        return event;
    }

    @Override
    public synchronized List<Event> since(long after, int limit) {
        List<Event> newer = events.stream().filter(event -> event.sequence() > after).toList();
        return List.copyOf(newer.subList(Math.max(0, newer.size() - limit), newer.size()));
    }

    @Override
    public Subscription subscribe(Consumer<Event> subscriber) {
        followers.add(subscriber);
        return () -> followers.remove(subscriber);
    }
}
