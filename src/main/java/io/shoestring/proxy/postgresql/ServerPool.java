package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.config.PoolConfig;
import io.shoestring.model.PoolStatus;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * The server connections of one listener between two clients that use them. An idle one belongs to
 * the event loop on which it was used last, and moves to another when somebody waits there; how
 * many there may be is counted over all loops, by {@link PoolLimit}.
 *
 * <p>INVARIANT: what is idle here is free (no transaction, nothing due), holds nothing that a
 * client could miss, and of whose settings and prepared statements it is known whose they are.
 *
 * <p>INVARIANT: while somebody waits nothing that he could have stays idle. Who comes is in the
 * queue before he reads how many are idle, and asks every loop for them if there are any; who gives
 * back has counted it as idle before he looks at the queue for the last time. Both are volatile:
 * one of the two sees the other.
 */
final class ServerPool {
    private static final int REMEMBERED_MAX = 1_000;
    private static final long SWEEP_MILLIS_MIN = 100;
    private static final long SWEEP_MILLIS_MAX = 30_000;

    private final ListenerContext listener;
    private final Map<PoolKey.Counted, PoolLimit> limits = new ConcurrentHashMap<>();
    private final Map<Map<String, String>, Map<String, String>> told = new ConcurrentHashMap<>();
    private final Map<EventLoop, OnLoop> loops = new HashMap<>();

    /** An operator wants new ones in place of those that were there then. */
    private record Reconnected(Predicate<PoolKey.Login> which, long atNanos) {}

    private final List<Reconnected> reconnected = new CopyOnWriteArrayList<>();

    private record Idle(ServerLink link, PoolLimit limit, long sinceNanos) {}

    /** What one event loop has; touched by it alone. */
    private static final class OnLoop {
        final Map<PoolKey, Deque<Idle>> idle = new HashMap<>();
        boolean sweeping;
    }

    ServerPool(ListenerContext listener, List<EventLoop> loops) {
        this.listener = listener;
        loops.forEach(loop -> this.loops.put(loop, new OnLoop()));
    }

    /** As it is configured now. */
    private PoolConfig config() {
        return listener.config().pool();
    }

    /**
     * The configuration may be another: who waits may have its turn, what is too much is closed.
     */
    void resized() {
        int size = config().size();
        limits.forEach(
                (counted, limit) -> {
                    limit.resize(size).forEach(ServerPool::mayOpen);
                    if (limit.isOverfull()) {
                        loops.forEach((loop, here) -> loop.execute(() -> shrink(here, counted)));
                    }
                });
    }

    private static void shrink(OnLoop here, PoolKey.Counted counted) {
        closeIdle(
                here,
                idle -> idle.link().key().counted().equals(counted) && idle.limit().isOverfull());
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
        if (limit(key).idle().get() > 0) {
            askLoops(key.counted());
        }
        return Optional.empty();
    }

    private boolean opensOrWaits(PoolLimit.Waiter waiter) {
        var opens = new AtomicBoolean();
        // In one step, so that the limit is not taken away before it counts this one.
        limits.compute(
                waiter.key().counted(),
                (counted, known) -> {
                    PoolLimit limit = known == null ? new PoolLimit(config().size()) : known;
                    opens.set(limit.opensOrWaits(waiter));
                    return limit;
                });
        return opens.get();
    }

    /** What a server has told a client with these start-up parameters at its log-in. */
    Optional<Map<String, String>> parametersFor(Map<String, String> startup) {
        return Optional.ofNullable(told.get(startup));
    }

    /** So that the next like it can log in although all connections are in use. */
    void remember(Map<String, String> startup, Map<String, String> parameters) {
        if (told.size() < REMEMBERED_MAX || told.containsKey(startup)) {
            // In the server's own order.
            told.put(startup, Collections.unmodifiableMap(new LinkedHashMap<>(parameters)));
        }
    }

    /** Opens a connection that counts already. */
    ServerLink open(PoolKey key, SessionContext session, LinkOwner owner) {
        PoolLimit limit = limit(key);
        ServerLink link = session.open(key, owner);
        link.countsIn(limit, () -> closed(key, limit));
        return link;
    }

    /** The owner does not wait any more. */
    void cancel(PoolKey key, LinkOwner owner) {
        PoolLimit limit = limits.get(key.counted());
        if (limit != null) {
            limit.cancel(owner);
        }
    }

    /** What the owner was allowed to open is not needed. */
    void passOn(PoolKey key) {
        closed(key, limit(key));
    }

    /** A connection which its owner does not need any more; it may be of use to others. */
    void giveBack(EventLoop loop, ServerLink link) {
        PoolKey key = link.key();
        link.lendTo(new IdleOwner());
        if (!link.isFit() || key.epoch() != listener.topology().epoch() || isOld(link)) {
            link.end();
            return;
        }
        PoolLimit limit = link.countedIn().orElseGet(() -> limit(key));
        if (limit.isOverfull()) {
            link.end();
            return;
        }
        Optional<PoolLimit.Waiter> waiter = limit.nextFor(loop, link, listener.clock().nanos());
        if (waiter.isPresent()) {
            hand(link, waiter.get());
        } else if (limit.hasWaiters()) {
            // For somebody with other start-up parameters.
            link.end();
        } else {
            // Also of a connection that nobody uses its end is noticed.
            link.setReading(true);
            on(loop).idle
                    .computeIfAbsent(key, any -> new ArrayDeque<>())
                    .addFirst(new Idle(link, limit, listener.clock().nanos()));
            limit.idle().incrementAndGet();
            sweepLater(loop);
            if (limit.hasWaiters()) {
                // Who came in this moment may not have seen it.
                giveIdleBack(loop, on(loop), key.counted());
            }
        }
    }

    /** Connections of these that are there now are closed when they are given back. */
    void reconnect(Predicate<PoolKey.Login> which) {
        reconnected.removeIf(
                before ->
                        listener.clock().nanos() - before.atNanos()
                                > config().lifetime().toNanos());
        reconnected.add(new Reconnected(which, listener.clock().nanos()));
    }

    /** Closes what is idle on this loop, which the caller is on, of these. */
    void closeIdle(EventLoop loop, Predicate<PoolKey.Login> which) {
        closeIdle(on(loop), idle -> which.test(idle.link().key().login()));
    }

    private boolean isOld(ServerLink link) {
        for (Reconnected order : reconnected) {
            if (link.readyAtNanos() - order.atNanos() <= 0
                    && order.which().test(link.key().login())) {
                return true;
            }
        }
        return listener.clock().nanos() - link.readyAtNanos() > config().lifetime().toNanos();
    }

    /** Not at once, and on the waiter's loop: we are in the middle of another client's work. */
    private static void hand(ServerLink link, PoolLimit.Waiter waiter) {
        link.moveTo(
                waiter.loop(),
                () -> {
                    link.lendTo(waiter.owner());
                    waiter.served().with(waiter.key(), Optional.of(link));
                });
    }

    /** What there is now, of all users and members together. */
    PoolStatus status() {
        long servers = 0;
        long idle = 0;
        long waiting = 0;
        for (PoolLimit limit : limits.values()) {
            servers += limit.open();
            idle += limit.idle().get();
            waiting += limit.waiters();
        }
        return new PoolStatus(config().size(), servers, idle, waiting, listener.counters().kept());
    }

    /** Adds what is idle on this loop. */
    void countedIn(Census census, EventLoop loop) {
        on(loop).idle.values().stream()
                .flatMap(Deque::stream)
                .map(Idle::link)
                .filter(ServerLink::isUsable)
                .forEach(link -> census.servers().add(link.row(Census.IDLE, 0)));
    }

    /** Closes what is idle on this loop and of an epoch that is over. */
    void topologyChanged(EventLoop loop) {
        long epoch = listener.topology().epoch();
        closeIdle(on(loop), idle -> idle.link().epoch() != epoch);
    }

    /** Closes everything that is idle on this loop. */
    void end(EventLoop loop) {
        closeIdle(on(loop), idle -> true);
    }

    private static Optional<ServerLink> takeIdle(OnLoop here, PoolKey key) {
        Deque<Idle> idle = here.idle.get(key);
        while (idle != null && !idle.isEmpty()) {
            Idle latest = idle.removeFirst();
            latest.limit().idle().decrementAndGet();
            if (latest.link().isUsable()) {
                return Optional.of(latest.link());
            }
        }
        return Optional.empty();
    }

    /** Somebody waits: what is idle elsewhere, or has other settings, is given back once more. */
    private void askLoops(PoolKey.Counted counted) {
        loops.forEach((loop, here) -> loop.execute(() -> giveIdleBack(loop, here, counted)));
    }

    private void giveIdleBack(EventLoop loop, OnLoop here, PoolKey.Counted counted) {
        PoolLimit limit = limits.get(counted);
        for (PoolKey key : List.copyOf(here.idle.keySet())) {
            boolean fits = key.counted().equals(counted);
            while (fits && limit != null && limit.hasWaiters()) {
                Optional<ServerLink> idle = takeIdle(here, key);
                idle.ifPresent(link -> giveBack(loop, link));
                fits = idle.isPresent();
            }
        }
    }

    private static void closeIdle(OnLoop here, Predicate<Idle> which) {
        Iterator<Deque<Idle>> queues = here.idle.values().iterator();
        while (queues.hasNext()) {
            Deque<Idle> queue = queues.next();
            Iterator<Idle> each = queue.iterator();
            while (each.hasNext()) {
                Idle idle = each.next();
                if (which.test(idle)) {
                    each.remove();
                    idle.limit().idle().decrementAndGet();
                    idle.link().end();
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
            loop.schedule(() -> sweep(loop), sweepMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private long sweepMillis() {
        return Math.clamp(
                Math.min(config().idle().toMillis(), config().lifetime().toMillis()) / 2,
                SWEEP_MILLIS_MIN,
                SWEEP_MILLIS_MAX);
    }

    private void sweep(EventLoop loop) {
        OnLoop here = on(loop);
        here.sweeping = false;
        long now = listener.clock().nanos();
        closeIdle(
                here,
                idle ->
                        !idle.link().isUsable()
                                || isOld(idle.link())
                                || now - idle.sinceNanos() > config().idle().toNanos());
        if (!here.idle.isEmpty()) {
            sweepLater(loop);
        }
    }

    private void closed(PoolKey key, PoolLimit limit) {
        limit.closed().ifPresent(ServerPool::mayOpen);
        // Clients choose the names of databases: what nobody uses must not stay for ever.
        limits.computeIfPresent(
                key.counted(),
                (counted, known) -> known.equals(limit) && known.isUnused() ? null : known);
    }

    private static void mayOpen(PoolLimit.Waiter waiter) {
        waiter.loop().execute(() -> waiter.served().with(waiter.key(), Optional.empty()));
    }

    private PoolLimit limit(PoolKey key) {
        return limits.computeIfAbsent(key.counted(), any -> new PoolLimit(config().size()));
    }

    private OnLoop on(EventLoop loop) {
        OnLoop here = loops.get(loop);
        if (here == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return here;
    }
}
