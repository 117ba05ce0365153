package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How many connections a user may have to one member, over all event loops, and who waits for one.
 * First in, first out on each loop. A connection cannot change its loop: one is closed and another
 * is opened, and so it is for a client with other start-up parameters. So a connection stays for
 * those whom it fits for {@link #FAIR_NANOS} at least, and until somebody else has waited that
 * long. Thread-safe; nothing blocks for longer than a few moves.
 */
final class PoolLimit {
    private static final long FAIR_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final int size;
    private final Map<EventLoop, Deque<Waiter>> waiting = new HashMap<>();
    private int open;

    /**
     * Who waits.
     *
     * @param served is called on the loop, with a connection that is free, or with none: then one
     *     may be opened
     */
    record Waiter(LinkOwner owner, EventLoop loop, PoolKey key, long sinceNanos, Served served) {}

    /** What a waiter gets. */
    @FunctionalInterface
    interface Served {
        void with(PoolKey key, Optional<ServerLink> link);
    }

    PoolLimit(int size) {
        this.size = size;
    }

    /** Whether one more may be opened; then it counts. If not, the waiter waits, once. */
    synchronized boolean opensOrWaits(Waiter waiter) {
        if (open < size) {
            open++;
            return true;
        }
        if (!isWaiting(waiter.owner(), waiter.loop())) {
            waiting.computeIfAbsent(waiter.loop(), loop -> new ArrayDeque<>()).addLast(waiter);
        }
        return false;
    }

    synchronized void cancel(LinkOwner owner, EventLoop loop) {
        Deque<Waiter> own = waiting.get(loop);
        if (own != null) {
            own.removeIf(waiter -> waiter.owner().equals(owner));
        }
    }

    synchronized boolean isWaiting(LinkOwner owner, EventLoop loop) {
        Deque<Waiter> own = waiting.get(loop);
        return own != null && own.stream().anyMatch(waiter -> waiter.owner().equals(owner));
    }

    /** Whether there is nothing to count. */
    synchronized boolean isUnused() {
        return open == 0 && !hasWaiters();
    }

    /** Whether anybody waits at all. */
    synchronized boolean hasWaiters() {
        return waiting.values().stream().anyMatch(queue -> !queue.isEmpty());
    }

    /** Who on this loop gets a connection that is free: nobody, if others are first. */
    synchronized Optional<Waiter> nextFor(EventLoop loop, ServerLink free, long nowNanos) {
        boolean isNew = nowNanos - free.readyAtNanos() < FAIR_NANOS;
        if (!isNew && isOtherFirst(loop, free.key(), nowNanos)) {
            return Optional.empty();
        }
        Iterator<Waiter> own = waiting.getOrDefault(loop, new ArrayDeque<>(0)).iterator();
        while (own.hasNext()) {
            Waiter waiter = own.next();
            if (waiter.key().equals(free.key())) {
                own.remove();
                return Optional.of(waiter);
            }
        }
        return Optional.empty();
    }

    /**
     * Whether somebody has waited long enough who cannot have a connection of this loop and key.
     */
    private boolean isOtherFirst(EventLoop loop, PoolKey key, long nowNanos) {
        for (Map.Entry<EventLoop, Deque<Waiter>> queue : waiting.entrySet()) {
            Waiter first = queue.getValue().peekFirst();
            if (first != null
                    && !(queue.getKey().equals(loop) && first.key().equals(key))
                    && nowNanos - first.sinceNanos() > FAIR_NANOS) {
                return true;
            }
        }
        return false;
    }

    /** One was closed; who has waited longest may open one, which counts already. */
    synchronized Optional<Waiter> closed() {
        Deque<Waiter> longest = null;
        for (Deque<Waiter> queue : waiting.values()) {
            Waiter first = queue.peekFirst();
            if (first != null
                    && (longest == null
                            || longest.getFirst().sinceNanos() - first.sinceNanos() > 0)) {
                longest = queue;
            }
        }
        if (longest == null) {
            open--;
            return Optional.empty();
        }
        return Optional.of(longest.removeFirst());
    }
}
