package io.shoestring.proxy.pool;

import io.netty.channel.EventLoop;
import io.shoestring.config.PoolConfig;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.PoolStatus;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

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
public final class LinkPool<L extends PooledLink<L, O>, O> {
    private static final long SWEEP_MILLIS_MIN = 100;
    private static final long SWEEP_MILLIS_MAX = 30_000;

    private final PoolHost<O> host;
    private final Map<MemberSpec, PoolLimit<L>> limits = new ConcurrentHashMap<>();
    private final Map<EventLoop, OnLoop<L>> loops = new HashMap<>();

    /** An operator wants new ones in place of those that were there then. */
    private record Reconnected(Predicate<LinkLogin> which, long atNanos) {}

    private final List<Reconnected> reconnected = new CopyOnWriteArrayList<>();

    private record Idle<L extends PooledLink<L, ?>>(L link, PoolShare<L> share, long sinceNanos) {}

    /** What one event loop has; touched by it alone. */
    private static final class OnLoop<L extends PooledLink<L, ?>> {
        final Map<LinkKey, Deque<Idle<L>>> idle = new HashMap<>();
        boolean sweeping;
    }

    /** Of one listener, with nothing in it. */
    public LinkPool(PoolHost<O> host, List<EventLoop> loops) {
        this.host = host;
        loops.forEach(loop -> this.loops.put(loop, new OnLoop<>()));
    }

    /** What a waiter gets. */
    @FunctionalInterface
    public interface Served<L> {
        /**
         * Its turn has come. On its loop.
         *
         * @param link that is free; empty: one may be opened
         */
        void with(Optional<L> link);
    }

    /** As it is configured now. */
    private PoolConfig config() {
        return host.poolConfig();
    }

    /**
     * The configuration may be another: who waits may have its turn, what is too much is closed.
     */
    public void resized() {
        limits.values().forEach(limit -> limit.resize(config().sizes()).forEach(this::mayOpen));
        loops.forEach((loop, here) -> loop.execute(() -> closeIdle(here, this::isTooMuch)));
    }

    private boolean isTooMuch(Idle<L> idle) {
        return idle.share().limit().isOverfull(idle.share());
    }

    /**
     * A connection for this owner: one that is idle, or a new one that is not ready yet. None: as
     * many as may be are in use, and {@code served} is called when the owner's turn has come.
     */
    public Optional<L> borrow(
            LinkKey key, EventLoop loop, Supplier<L> opens, O owner, Served<L> served) {
        Optional<L> idle = takeIdle(on(loop), key);
        if (idle.isPresent()) {
            idle.get().lendTo(owner);
            return idle;
        }
        PoolLimit<L> limit = limit(key);
        var waiter =
                new PoolLimit.Waiter<L>(
                        owner,
                        loop,
                        key,
                        host.clock().nanos(),
                        free -> {
                            free.ifPresent(link -> link.lendTo(owner));
                            served.with(free);
                        });
        Optional<PoolShare<L>> share = limit.opensOrWaits(waiter, config().sizes().minimum());
        if (share.isPresent()) {
            return Optional.of(counting(opens.get(), share.get()));
        }
        if (limit.hasIdleFor(key.login())) {
            askLoops(limit);
        } else {
            limit.mayOpen().forEach(this::mayOpen);
        }
        return Optional.empty();
    }

    /**
     * One more connection that nobody has asked for, unless there are enough; whether there will
     * be. It is opened on its own loop: nothing may become of it before it counts.
     */
    public boolean openUpToMinimum(LinkKey key, EventLoop loop, Supplier<L> opens) {
        Optional<PoolShare<L>> counted =
                limit(key).opensUpTo(key.login(), config().sizes().minimum());
        counted.ifPresent(share -> loop.execute(() -> counting(opens.get(), share)));
        return counted.isPresent();
    }

    /** Opens a connection that counts already. */
    public L open(LinkKey key, Supplier<L> opens) {
        return counting(opens.get(), limit(key).shareOf(key.login()));
    }

    private L counting(L link, PoolShare<L> share) {
        link.countsIn(share, () -> closed(share, false));
        return link;
    }

    /** It counts as one that goes already. */
    private void goes(L link, PoolShare<L> share) {
        link.countsIn(share, () -> closed(share, true));
        link.end();
    }

    private void closed(PoolShare<L> share, boolean announced) {
        share.limit().closed(share, announced).forEach(this::mayOpen);
    }

    /** The owner does not wait any more. */
    public void cancel(LinkKey key, O owner) {
        limit(key).cancel(key.login(), owner);
    }

    /** What the owner was allowed to open is not needed. */
    public void passOn(LinkKey key) {
        closed(limit(key).shareOf(key.login()), false);
    }

    /** The limit for which whoever logs in like this waits, if he waits. */
    public Optional<PoolBound> bound(LinkKey key) {
        return limit(key).boundOf(key.login());
    }

    /** A connection which its owner does not need any more; it may be of use to others. */
    public void giveBack(EventLoop loop, L link) {
        PoolShare<L> share = link.countedIn().orElseThrow();
        link.lendTo(host.nobody());
        if (!isPassedOn(loop, link, share)) {
            becomesIdle(loop, link, share);
            if (share.hasWaiters()) {
                // Who came in this moment may not have seen it.
                giveIdleBack(loop, on(loop), share.limit());
            }
        }
    }

    /** Whether somebody else has it now, or nobody may have it any more. */
    private boolean isPassedOn(EventLoop loop, L link, PoolShare<L> share) {
        PoolLimit<L> limit = share.limit();
        if (!link.isFit()
                || link.key().epoch() != host.epoch()
                || isOld(link)
                || limit.isOverfull(share)) {
            link.end();
            return true;
        }
        if (!share.hasWaiters()) {
            return false;
        }
        var waiter = limit.nextFor(share, loop, link, host.clock().nanos());
        waiter.ifPresent(next -> hand(link, next));
        boolean leaves = waiter.isEmpty() && limit.leavesForAnother(share);
        if (leaves) {
            goes(link, share);
        }
        return leaves || waiter.isPresent();
    }

    private void becomesIdle(EventLoop loop, L link, PoolShare<L> share) {
        // Also of a connection that nobody uses its end is noticed.
        link.setReading(true);
        on(loop).idle
                .computeIfAbsent(link.key(), any -> new ArrayDeque<>())
                .addFirst(new Idle<>(link, share, host.clock().nanos()));
        share.idle().incrementAndGet();
        sweepLater(loop);
    }

    /**
     * Whether that connection is idle on this loop, which the caller is on; if so it is the owner's
     * now, whoever waits.
     */
    public boolean takeBack(EventLoop loop, L link, O owner) {
        Deque<Idle<L>> idle = on(loop).idle.get(link.key());
        if (idle == null) {
            return false;
        }
        Iterator<Idle<L>> each = idle.iterator();
        while (each.hasNext()) {
            Idle<L> found = each.next();
            if (found.link().equals(link)) {
                each.remove();
                found.share().idle().decrementAndGet();
                link.lendTo(owner);
                return link.isUsable();
            }
        }
        return false;
    }

    /** Connections of these that are there now are closed when they are given back. */
    public void reconnect(Predicate<LinkLogin> which) {
        reconnected.removeIf(
                before -> host.clock().nanos() - before.atNanos() > config().lifetime().toNanos());
        reconnected.add(new Reconnected(which, host.clock().nanos()));
    }

    /** Closes what is idle on this loop, which the caller is on, of these. */
    public void closeIdle(EventLoop loop, Predicate<LinkLogin> which) {
        closeIdle(on(loop), idle -> which.test(idle.link().key().login()));
    }

    private boolean isOld(L link) {
        for (Reconnected order : reconnected) {
            if (link.readyAtNanos() - order.atNanos() <= 0
                    && order.which().test(link.key().login())) {
                return true;
            }
        }
        return host.clock().nanos() - link.readyAtNanos() > config().lifetime().toNanos();
    }

    /** Not at once, and on the waiter's loop: we are in the middle of another client's work. */
    private void hand(L link, PoolLimit.Waiter<L> waiter) {
        link.moveTo(waiter.loop(), () -> waiter.served().with(Optional.of(link)));
    }

    /** What there is now, of all users and members together. */
    public PoolStatus status() {
        long servers = 0;
        long idle = 0;
        long waiting = 0;
        for (PoolLimit<L> limit : limits.values()) {
            servers += limit.open();
            idle += limit.idle();
            waiting += limit.waiters();
        }
        return new PoolStatus(config().sizes().each(), servers, idle, waiting, host.kept());
    }

    /** What is idle on this loop, which the caller is on. */
    public List<L> idleOn(EventLoop loop) {
        return on(loop).idle.values().stream()
                .flatMap(Deque::stream)
                .map(Idle::link)
                .filter(PooledLink::isUsable)
                .toList();
    }

    /** Closes what is idle on this loop and of an epoch that is over. */
    public void topologyChanged(EventLoop loop) {
        long epoch = host.epoch();
        closeIdle(on(loop), idle -> idle.link().key().epoch() != epoch);
    }

    /** Closes everything that is idle on this loop. */
    public void end(EventLoop loop) {
        closeIdle(on(loop), idle -> true);
    }

    private Optional<L> takeIdle(OnLoop<L> here, LinkKey key) {
        Deque<Idle<L>> idle = here.idle.get(key);
        while (idle != null && !idle.isEmpty()) {
            Idle<L> latest = idle.removeFirst();
            latest.share().idle().decrementAndGet();
            if (latest.link().isUsable()) {
                return Optional.of(latest.link());
            }
        }
        return Optional.empty();
    }

    /** Somebody waits: what is idle elsewhere, or has other settings, is given back once more. */
    private void askLoops(PoolLimit<L> limit) {
        var notAsked = new AtomicInteger(loops.size());
        loops.forEach(
                (loop, here) ->
                        loop.execute(
                                () -> {
                                    giveIdleBack(loop, here, limit);
                                    if (notAsked.decrementAndGet() == 0) {
                                        limit.mayOpen().forEach(this::mayOpen);
                                    }
                                }));
    }

    private void giveIdleBack(EventLoop loop, OnLoop<L> here, PoolLimit<L> limit) {
        for (LinkKey key : List.copyOf(here.idle.keySet())) {
            boolean goesOn = isWanted(here, key, limit);
            while (goesOn) {
                goesOn = isIdlePassedOn(loop, here, key) && isWanted(here, key, limit);
            }
        }
    }

    private boolean isIdlePassedOn(EventLoop loop, OnLoop<L> here, LinkKey key) {
        Optional<L> idle = takeIdle(here, key);
        if (idle.isEmpty()) {
            return false;
        }
        PoolShare<L> share = idle.get().countedIn().orElseThrow();
        boolean passedOn = isPassedOn(loop, idle.get(), share);
        if (!passedOn) {
            becomesIdle(loop, idle.get(), share);
        }
        return passedOn;
    }

    private boolean isWanted(OnLoop<L> here, LinkKey key, PoolLimit<L> limit) {
        Deque<Idle<L>> idle = here.idle.get(key);
        if (idle == null || idle.isEmpty()) {
            return false;
        }
        PoolShare<L> share = idle.getFirst().share();
        return share.limit().equals(limit) && limit.isWanted(share, key);
    }

    private void closeIdle(OnLoop<L> here, Predicate<Idle<L>> which) {
        closeIdle(here, which, PooledLink::end);
    }

    /** What nobody has used for long, except as many as stay anyway. */
    private void closeUnused(OnLoop<L> here) {
        long now = host.clock().nanos();
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

    private void closeIdle(OnLoop<L> here, Predicate<Idle<L>> which, Consumer<L> closes) {
        Iterator<Deque<Idle<L>>> queues = here.idle.values().iterator();
        while (queues.hasNext()) {
            Deque<Idle<L>> queue = queues.next();
            Iterator<Idle<L>> each = queue.iterator();
            while (each.hasNext()) {
                Idle<L> idle = each.next();
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
        OnLoop<L> here = on(loop);
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
        OnLoop<L> here = on(loop);
        here.sweeping = false;
        closeIdle(here, idle -> !idle.link().isUsable() || isOld(idle.link()));
        closeUnused(here);
        if (!here.idle.isEmpty()) {
            sweepLater(loop);
        }
    }

    private void mayOpen(PoolLimit.Waiter<L> waiter) {
        waiter.loop().execute(() -> waiter.served().with(Optional.empty()));
    }

    private PoolLimit<L> limit(LinkKey key) {
        return limits.computeIfAbsent(key.member(), any -> new PoolLimit<L>(config().sizes()));
    }

    private OnLoop<L> on(EventLoop loop) {
        OnLoop<L> here = loops.get(loop);
        if (here == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return here;
    }
}
