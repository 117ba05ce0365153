package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The server connections of one listener between two clients that use them. An idle one belongs to
 * the event loop on which it was opened; how many there may be is counted over all loops, by {@link
 * PoolLimit}.
 *
 * <p>INVARIANT: what is idle here is free (no transaction, nothing due), holds nothing that a
 * client could miss, and of whose settings and prepared statements it is known whose they are.
 */
final class ServerPool {
    private static final long IDLE_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);
    private static final long SWEEP_SECONDS = 30;

    private final ListenerContext listener;
    private final int size;
    private final Map<PoolKey.Counted, PoolLimit> limits = new ConcurrentHashMap<>();
    private final Map<EventLoop, OnLoop> loops = new HashMap<>();

    private record Idle(ServerLink link, long sinceNanos) {}

    /** What one event loop has; touched by it alone. */
    private static final class OnLoop {
        final Map<PoolKey, Deque<Idle>> idle = new HashMap<>();
        boolean sweeping;
    }

    ServerPool(ListenerContext listener, List<EventLoop> loops, int size) {
        this.listener = listener;
        this.size = size;
        loops.forEach(loop -> this.loops.put(loop, new OnLoop()));
    }

    /**
     * A connection for this owner: one that is idle, or a new one that is not ready yet. None: as
     * many as may be are in use, and {@code served} is called when the owner's turn has come.
     */
    Optional<ServerLink> borrow(
            PoolKey key, SessionContext session, LinkOwner owner, PoolLimit.Served served) {
        EventLoop loop = session.client().loop();
        Optional<ServerLink> idle = takeIdle(on(loop), key);
        if (idle.isPresent()) {
            idle.get().lendTo(owner);
            return idle;
        }
        if (opensOrWaits(
                new PoolLimit.Waiter(owner, loop, key, listener.clock().nanos(), served))) {
            return Optional.of(open(key, session, owner));
        }
        closeAnIdleOne(key.counted());
        return Optional.empty();
    }

    private boolean opensOrWaits(PoolLimit.Waiter waiter) {
        var opens = new AtomicBoolean();
        // In one step, so that the limit is not taken away before it counts this one.
        limits.compute(
                waiter.key().counted(),
                (counted, known) -> {
                    PoolLimit limit = known == null ? new PoolLimit(size) : known;
                    opens.set(limit.opensOrWaits(waiter));
                    return limit;
                });
        return opens.get();
    }

    /** Opens a connection that counts already. */
    ServerLink open(PoolKey key, SessionContext session, LinkOwner owner) {
        PoolLimit limit = limit(key);
        ServerLink link = session.open(key, owner);
        link.countsIn(limit, () -> closed(key, limit));
        return link;
    }

    /** The owner does not wait any more. */
    void cancel(PoolKey key, EventLoop loop, LinkOwner owner) {
        PoolLimit limit = limits.get(key.counted());
        if (limit != null) {
            limit.cancel(owner, loop);
        }
    }

    /** What the owner was allowed to open is not needed. */
    void passOn(PoolKey key) {
        closed(key, limit(key));
    }

    /** A connection which its owner does not need any more; it may be of use to others. */
    void giveBack(EventLoop loop, ServerLink link) {
        PoolKey key = link.key();
        if (!link.isFit() || key.epoch() != listener.topology().epoch()) {
            link.lendTo(new IdleOwner());
            link.end();
            return;
        }
        PoolLimit limit = link.countedIn().orElseGet(() -> limit(key));
        Optional<PoolLimit.Waiter> waiter = limit.nextFor(loop, link, listener.clock().nanos());
        if (waiter.isPresent()) {
            link.lendTo(waiter.get().owner());
            // Not at once: we are in the middle of another client's work.
            loop.execute(() -> waiter.get().served().with(key, Optional.of(link)));
            return;
        }
        link.lendTo(new IdleOwner());
        if (limit.hasWaiters()) {
            // For somebody on another loop, or with other settings.
            link.end();
        } else {
            on(loop).idle
                    .computeIfAbsent(key, any -> new ArrayDeque<>())
                    .addFirst(new Idle(link, listener.clock().nanos()));
            sweepLater(loop);
        }
    }

    /** Closes what is idle on this loop and of an epoch that is over. */
    void topologyChanged(EventLoop loop) {
        long epoch = listener.topology().epoch();
        closeIdle(on(loop), idle -> idle.link().epoch() != epoch, Integer.MAX_VALUE);
    }

    /** Closes everything that is idle on this loop. */
    void end(EventLoop loop) {
        closeIdle(on(loop), idle -> true, Integer.MAX_VALUE);
    }

    private static Optional<ServerLink> takeIdle(OnLoop here, PoolKey key) {
        Deque<Idle> idle = here.idle.get(key);
        while (idle != null && !idle.isEmpty()) {
            ServerLink link = idle.removeFirst().link();
            if (link.isUsable()) {
                return Optional.of(link);
            }
        }
        return Optional.empty();
    }

    /** Somebody waits: a connection that is idle elsewhere, or has other settings, makes room. */
    private void closeAnIdleOne(PoolKey.Counted counted) {
        loops.forEach(
                (loop, here) ->
                        loop.execute(
                                () -> {
                                    PoolLimit limit = limits.get(counted);
                                    if (limit != null && limit.hasWaiters()) {
                                        closeIdle(
                                                here,
                                                idle -> idle.link().key().counted().equals(counted),
                                                1);
                                    }
                                }));
    }

    private static void closeIdle(
            OnLoop here, java.util.function.Predicate<Idle> which, int atMost) {
        int left = atMost;
        Iterator<Deque<Idle>> queues = here.idle.values().iterator();
        while (queues.hasNext()) {
            Deque<Idle> queue = queues.next();
            Iterator<Idle> each = queue.iterator();
            while (each.hasNext() && left > 0) {
                Idle idle = each.next();
                if (which.test(idle)) {
                    each.remove();
                    idle.link().end();
                    left--;
                }
            }
            if (queue.isEmpty()) {
                queues.remove();
            }
        }
    }

    private void sweepLater(EventLoop loop) {
        OnLoop here = on(loop);
        if (!here.sweeping) {
            here.sweeping = true;
            loop.schedule(() -> sweep(loop), SWEEP_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void sweep(EventLoop loop) {
        OnLoop here = on(loop);
        here.sweeping = false;
        long now = listener.clock().nanos();
        closeIdle(
                here,
                idle -> !idle.link().isUsable() || now - idle.sinceNanos() > IDLE_NANOS_MAX,
                Integer.MAX_VALUE);
        if (!here.idle.isEmpty()) {
            sweepLater(loop);
        }
    }

    private void closed(PoolKey key, PoolLimit limit) {
        limit.closed()
                .ifPresent(
                        waiter ->
                                waiter.loop()
                                        .execute(
                                                () ->
                                                        waiter.served()
                                                                .with(
                                                                        waiter.key(),
                                                                        Optional.empty())));
        // Clients choose the names of databases: what nobody uses must not stay for ever.
        limits.computeIfPresent(
                key.counted(),
                (counted, known) -> known.equals(limit) && known.isUnused() ? null : known);
    }

    private PoolLimit limit(PoolKey key) {
        return limits.computeIfAbsent(key.counted(), any -> new PoolLimit(size));
    }

    private OnLoop on(EventLoop loop) {
        OnLoop here = loops.get(loop);
        if (here == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return here;
    }
}
