package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.config.PoolConfig;
import io.shoestring.model.MemberSpec;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
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
    private final Map<MemberSpec, PoolLimit> limits = new ConcurrentHashMap<>();
    private final Map<Map<String, String>, Map<String, String>> told = new ConcurrentHashMap<>();
    private final Map<EventLoop, OnLoop> loops = new HashMap<>();
    private final PoolWarmth warmth;

    /** An operator wants new ones in place of those that were there then. */
    private record Reconnected(Predicate<PoolKey.Login> which, long atNanos) {}

    private final List<Reconnected> reconnected = new CopyOnWriteArrayList<>();

    private record Idle(ServerLink link, PoolLimit.Share share, long sinceNanos) {}

    /** What one event loop has; touched by it alone. */
    private static final class OnLoop {
        final Map<PoolKey, Deque<Idle>> idle = new HashMap<>();
        boolean sweeping;
    }

    ServerPool(ListenerContext listener, List<EventLoop> loops) {
        this.listener = listener;
        loops.forEach(loop -> this.loops.put(loop, new OnLoop()));
        warmth = new PoolWarmth(listener, this);
    }

    /** What is opened before anybody needs it. */
    PoolWarmth warmth() {
        return warmth;
    }

    /** As it is configured now. */
    private PoolConfig config() {
        return listener.config().pool();
    }

    /**
     * The configuration may be another: who waits may have its turn, what is too much is closed.
     */
    void resized() {
        limits.values()
                .forEach(limit -> limit.resize(config().sizes()).forEach(ServerPool::mayOpen));
        loops.forEach((loop, here) -> loop.execute(() -> closeIdle(here, ServerPool::isTooMuch)));
    }

    private static boolean isTooMuch(Idle idle) {
        return idle.share().limit().isOverfull(idle.share());
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
        PoolLimit limit = limit(key);
        var waiter = new PoolLimit.Waiter(owner, loop, key, listener.clock().nanos(), served);
        Optional<PoolLimit.Share> opens = limit.opensOrWaits(waiter, config().sizes().minimum());
        if (opens.isPresent()) {
            return Optional.of(counting(session.open(key, owner), opens.get()));
        }
        if (limit.hasIdleFor(key.login())) {
            askLoops(limit);
        } else {
            limit.mayOpen().forEach(ServerPool::mayOpen);
        }
        return Optional.empty();
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

    /**
     * One more connection that nobody has asked for, unless there are enough; whether there will
     * be. It is opened on its own loop: nothing may become of it before it counts.
     */
    boolean openUpToMinimum(PoolKey key, ClientIdentity identity, EventLoop loop, LinkOwner owner) {
        Optional<PoolLimit.Share> counted =
                limit(key).opensUpTo(key.login(), config().sizes().minimum());
        counted.ifPresent(
                share ->
                        loop.execute(
                                () -> counting(listener.open(loop, identity, key, owner), share)));
        return counted.isPresent();
    }

    /** Opens a connection that counts already. */
    ServerLink open(PoolKey key, SessionContext session, LinkOwner owner) {
        return counting(session.open(key, owner), limit(key).shareOf(key.login()));
    }

    private static ServerLink counting(ServerLink link, PoolLimit.Share share) {
        link.countsIn(share, () -> closed(share, false));
        return link;
    }

    /** It counts as one that goes already. */
    private static void goes(ServerLink link, PoolLimit.Share share) {
        link.countsIn(share, () -> closed(share, true));
        link.end();
    }

    private static void closed(PoolLimit.Share share, boolean announced) {
        share.limit().closed(share, announced).forEach(ServerPool::mayOpen);
    }

    /** The owner does not wait any more. */
    void cancel(PoolKey key, LinkOwner owner) {
        limit(key).cancel(key.login(), owner);
    }

    /** What the owner was allowed to open is not needed. */
    void passOn(PoolKey key) {
        closed(limit(key).shareOf(key.login()), false);
    }

    /** The limit for which whoever logs in like this waits, if he waits. */
    Optional<PoolLimit.Bound> bound(PoolKey key) {
        return limit(key).boundOf(key.login());
    }

    /** A connection which its owner does not need any more; it may be of use to others. */
    void giveBack(EventLoop loop, ServerLink link) {
        PoolLimit.Share share = link.countedIn().orElseThrow();
        link.lendTo(new IdleOwner());
        if (!isPassedOn(loop, link, share)) {
            becomesIdle(loop, link, share);
            if (share.hasWaiters()) {
                // Who came in this moment may not have seen it.
                giveIdleBack(loop, on(loop), share.limit());
            }
        }
    }

    /** Whether somebody else has it now, or nobody may have it any more. */
    private boolean isPassedOn(EventLoop loop, ServerLink link, PoolLimit.Share share) {
        PoolLimit limit = share.limit();
        if (!link.isFit()
                || link.key().epoch() != listener.topology().epoch()
                || isOld(link)
                || limit.isOverfull(share)) {
            link.end();
            return true;
        }
        if (!share.hasWaiters()) {
            return false;
        }
        var waiter = limit.nextFor(share, loop, link, listener.clock().nanos());
        waiter.ifPresent(next -> hand(link, next));
        boolean leaves = waiter.isEmpty() && limit.leavesForAnother(share);
        if (leaves) {
            goes(link, share);
        }
        return leaves || waiter.isPresent();
    }

    private void becomesIdle(EventLoop loop, ServerLink link, PoolLimit.Share share) {
        // Also of a connection that nobody uses its end is noticed.
        link.setReading(true);
        on(loop).idle
                .computeIfAbsent(link.key(), any -> new ArrayDeque<>())
                .addFirst(new Idle(link, share, listener.clock().nanos()));
        share.idle().incrementAndGet();
        sweepLater(loop);
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
            idle += limit.idle();
            waiting += limit.waiters();
        }
        return new PoolStatus(
                config().sizes().each(), servers, idle, waiting, listener.counters().kept());
    }

    /** Adds what is idle on this loop. */
    void countedIn(Census census, EventLoop loop) {
        on(loop).idle.values().stream()
                .flatMap(Deque::stream)
                .map(Idle::link)
                .filter(ServerLink::isUsable)
                .forEach(
                        link ->
                                census.servers()
                                        .add(link.row(listener.database(), Census.IDLE, 0)));
    }

    /** Closes what is idle on this loop and of an epoch that is over. */
    void topologyChanged(EventLoop loop) {
        long epoch = listener.topology().epoch();
        closeIdle(on(loop), idle -> idle.link().epoch() != epoch);
    }

    /** Closes everything that is idle on this loop. */
    void end(EventLoop loop) {
        warmth.end();
        closeIdle(on(loop), idle -> true);
    }

    private static Optional<ServerLink> takeIdle(OnLoop here, PoolKey key) {
        Deque<Idle> idle = here.idle.get(key);
        while (idle != null && !idle.isEmpty()) {
            Idle latest = idle.removeFirst();
            latest.share().idle().decrementAndGet();
            if (latest.link().isUsable()) {
                return Optional.of(latest.link());
            }
        }
        return Optional.empty();
    }

    /** Somebody waits: what is idle elsewhere, or has other settings, is given back once more. */
    private void askLoops(PoolLimit limit) {
        var notAsked = new AtomicInteger(loops.size());
        loops.forEach(
                (loop, here) ->
                        loop.execute(
                                () -> {
                                    giveIdleBack(loop, here, limit);
                                    if (notAsked.decrementAndGet() == 0) {
                                        limit.mayOpen().forEach(ServerPool::mayOpen);
                                    }
                                }));
    }

    private void giveIdleBack(EventLoop loop, OnLoop here, PoolLimit limit) {
        for (PoolKey key : List.copyOf(here.idle.keySet())) {
            boolean goesOn = isWanted(here, key, limit);
            while (goesOn) {
                goesOn = isIdlePassedOn(loop, here, key) && isWanted(here, key, limit);
            }
        }
    }

    private boolean isIdlePassedOn(EventLoop loop, OnLoop here, PoolKey key) {
        Optional<ServerLink> idle = takeIdle(here, key);
        if (idle.isEmpty()) {
            return false;
        }
        PoolLimit.Share share = idle.get().countedIn().orElseThrow();
        boolean passedOn = isPassedOn(loop, idle.get(), share);
        if (!passedOn) {
            becomesIdle(loop, idle.get(), share);
        }
        return passedOn;
    }

    private static boolean isWanted(OnLoop here, PoolKey key, PoolLimit limit) {
        Deque<Idle> idle = here.idle.get(key);
        if (idle == null || idle.isEmpty()) {
            return false;
        }
        PoolLimit.Share share = idle.getFirst().share();
        return share.limit().equals(limit) && limit.isWanted(share, key);
    }

    private static void closeIdle(OnLoop here, Predicate<Idle> which) {
        closeIdle(here, which, ServerLink::end);
    }

    /** What nobody has used for long, except as many as stay anyway. */
    private void closeUnused(OnLoop here) {
        long now = listener.clock().nanos();
        PoolConfig config = config();
        closeIdle(
                here,
                idle ->
                        now - idle.sinceNanos() > config.idle().toNanos()
                                && idle.share()
                                        .limit()
                                        .leavesAbove(idle.share(), config.sizes().minimum()),
                link -> goes(link, link.countedIn().orElseThrow()));
    }

    private static void closeIdle(OnLoop here, Predicate<Idle> which, Consumer<ServerLink> closes) {
        Iterator<Deque<Idle>> queues = here.idle.values().iterator();
        while (queues.hasNext()) {
            Deque<Idle> queue = queues.next();
            Iterator<Idle> each = queue.iterator();
            while (each.hasNext()) {
                Idle idle = each.next();
                if (which.test(idle)) {
                    each.remove();
                    idle.share().idle().decrementAndGet();
                    closes.accept(idle.link());
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
        closeIdle(here, idle -> !idle.link().isUsable() || isOld(idle.link()));
        closeUnused(here);
        if (!here.idle.isEmpty()) {
            sweepLater(loop);
        }
    }

    private static void mayOpen(PoolLimit.Waiter waiter) {
        waiter.loop().execute(() -> waiter.served().with(waiter.key(), Optional.empty()));
    }

    private PoolLimit limit(PoolKey key) {
        return limits.computeIfAbsent(key.member(), any -> new PoolLimit(config().sizes()));
    }

    private OnLoop on(EventLoop loop) {
        OnLoop here = loops.get(loop);
        if (here == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return here;
    }
}
