package io.shoestring.proxy.pool;

import io.netty.channel.EventLoop;
import io.shoestring.config.PoolSizes;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * How many connections there may be to one member, over all event loops, and who waits for one:
 * first in, first out. Who logs in to the same database as the same user has a {@link PoolShare}; a
 * connection is of use to others only by being closed, so that another may be opened. That is dear:
 * a connection stays for those whom it fits for {@link #FAIR_NANOS} at least, and until somebody
 * else has waited that long. Also only who waits on the connection's own loop is preferred until
 * another has waited for {@link #NEAR_NANOS}, because moving it costs more than a short
 * transaction. Thread-safe; nothing blocks for longer than a few moves.
 */
final class PoolLimit<L extends PooledLink<L, ?>> {
    private static final long FAIR_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long NEAR_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int NEAR_LOOKS_MAX = 100;

    private final Map<LinkLogin, PoolShare<L>> shares = new HashMap<>();
    private final Map<String, Integer> openByUser = new HashMap<>();
    private final Map<String, Integer> openByDatabase = new HashMap<>();
    private PoolSizes sizes;
    private int open;
    private int leaving;
    private int waiting;

    // Read without the lock.
    private volatile boolean shared;
    private volatile boolean crowded;
    private volatile boolean overfull;

    /**
     * Who waits.
     *
     * @param owner tells one from another
     * @param loop the owner's
     * @param served is called on the loop
     */
    record Waiter<L>(
            Object owner,
            EventLoop loop,
            LinkKey key,
            long sinceNanos,
            LinkPool.Served<L> served) {}

    PoolLimit(PoolSizes sizes) {
        this.sizes = sizes;
        this.shared = sizes.areShared();
    }

    /** Whether anybody waits to whom also the connections of others might be of use. */
    boolean isCrowdedForAll() {
        return shared && crowded;
    }

    // ------------------------------------------------------------------ counting

    private Optional<PoolBound> bound(LinkLogin login, @Nullable LinkLogin without) {
        for (PoolBound each : PoolBound.values()) {
            OptionalInt most = each.of(sizes);
            if (most.isPresent()) {
                int less = without != null && isSame(each, login, without) ? 1 : 0;
                if (count(each, login) - less >= most.getAsInt()) {
                    return Optional.of(each);
                }
            }
        }
        return Optional.empty();
    }

    private int count(PoolBound what, LinkLogin login) {
        return switch (what) {
            case SIZE -> {
                PoolShare<L> share = shares.get(login);
                yield share == null ? 0 : share.openHere;
            }
            case USER -> openByUser.getOrDefault(login.user(), 0);
            case DATABASE -> openByDatabase.getOrDefault(login.database(), 0);
            case MEMBER -> open;
        };
    }

    private static boolean isSame(PoolBound what, LinkLogin one, LinkLogin other) {
        return switch (what) {
            case SIZE -> one.equals(other);
            case USER -> one.user().equals(other.user());
            case DATABASE -> one.database().equals(other.database());
            case MEMBER -> true;
        };
    }

    private void add(PoolShare<L> share, int change) {
        share.openHere += change;
        open += change;
        openByUser.merge(share.login.user(), change, PoolLimit::sum);
        openByDatabase.merge(share.login.database(), change, PoolLimit::sum);
    }

    private static @Nullable Integer sum(Integer one, Integer other) {
        int both = one + other;
        return both == 0 ? null : Integer.valueOf(both);
    }

    private PoolShare<L> share(LinkLogin login) {
        return shares.computeIfAbsent(login, key -> new PoolShare<>(this, key));
    }

    /** Clients choose the names of databases: what nobody uses must not stay for ever. */
    private void forgetUnused(PoolShare<L> share) {
        if (share.openHere == 0 && share.queue.isEmpty()) {
            shares.remove(share.login, share);
        }
    }

    // ------------------------------------------------------------------ opening and waiting

    /**
     * The share in which one more may be opened; then it counts. If none may, the waiter waits,
     * once.
     *
     * @param minimum while there are not more of them than this one that is idle elsewhere is
     *     waited for rather than that another is opened
     */
    synchronized Optional<PoolShare<L>> opensOrWaits(Waiter<L> waiter, int minimum) {
        PoolShare<L> share = share(waiter.key().login());
        boolean fetches = share.idle().get() > 0 && share.openHere <= minimum;
        if (!fetches && bound(share.login, null).isEmpty()) {
            add(share, 1);
            return Optional.of(share);
        }
        if (share.queue.putIfAbsent(waiter.owner(), waiter) == null) {
            waiting++;
        }
        share.crowdedHere = true;
        crowded = true;
        return Optional.empty();
    }

    /** One more, if there are fewer than {@code minimum} and no limit forbids it; it counts. */
    synchronized Optional<PoolShare<L>> opensUpTo(LinkLogin login, int minimum) {
        PoolShare<L> share = share(login);
        if (share.openHere - share.leavingHere < minimum && bound(login, null).isEmpty()) {
            add(share, 1);
            return Optional.of(share);
        }
        forgetUnused(share);
        return Optional.empty();
    }

    /** Where what may be opened in this login's name counts. */
    synchronized PoolShare<L> shareOf(LinkLogin login) {
        return share(login);
    }

    synchronized void cancel(LinkLogin login, Object owner) {
        PoolShare<L> share = shares.get(login);
        if (share != null && share.queue.remove(owner) != null) {
            left(share);
            forgetUnused(share);
        }
    }

    private void left(PoolShare<L> share) {
        waiting--;
        share.crowdedHere = !share.queue.isEmpty();
        crowded = waiting > 0;
    }

    private Waiter<L> serve(PoolShare<L> share, Waiter<L> waiter) {
        share.queue.remove(waiter.owner());
        left(share);
        return waiter;
    }

    /** The limit for which somebody like this waits. */
    synchronized Optional<PoolBound> boundOf(LinkLogin login) {
        return bound(login, null);
    }

    /** How many there are, in use or not. */
    synchronized int open() {
        return open;
    }

    /** How many of them nobody uses. */
    synchronized int idle() {
        return shares.values().stream().mapToInt(share -> share.idle().get()).sum();
    }

    /** How many clients wait. */
    synchronized int waiters() {
        return waiting;
    }

    /** Whether something is idle that might be of use to who waits in this share. */
    synchronized boolean hasIdleFor(LinkLogin login) {
        PoolShare<L> share = shares.get(login);
        return (share != null && share.idle().get() > 0)
                || (shared && shares.values().stream().anyMatch(other -> other.idle().get() > 0));
    }

    // ------------------------------------------------------------------ giving

    /**
     * Who gets a connection that is free: nobody, if it fits nobody, or if it is not its turn.
     *
     * @param loop that it is on
     */
    synchronized Optional<Waiter<L>> nextFor(
            PoolShare<L> share, EventLoop loop, L free, long nowNanos) {
        boolean isNew = nowNanos - free.readyAtNanos() < FAIR_NANOS;
        Waiter<L> mine = pick(share, loop, free.key(), isNew, nowNanos);
        if (mine == null || (shared && !isNew && isTurnOfOthers(share, mine, nowNanos))) {
            return Optional.empty();
        }
        return Optional.of(serve(share, mine));
    }

    private @Nullable Waiter<L> pick(
            PoolShare<L> share, EventLoop loop, LinkKey key, boolean isNew, long nowNanos) {
        Waiter<L> far = null;
        int looks = NEAR_LOOKS_MAX;
        for (Waiter<L> waiter : share.queue.values()) {
            long waited = nowNanos - waiter.sinceNanos();
            if (!waiter.key().equals(key)) {
                if (!isNew && waited > FAIR_NANOS) {
                    break;
                }
            } else if (waiter.loop().equals(loop)) {
                return waiter;
            } else if (far == null) {
                far = waiter;
            }
            boolean mayLookOn = far == null || nowNanos - far.sinceNanos() < NEAR_NANOS;
            if (!mayLookOn || looks-- == 0) {
                break;
            }
        }
        return far;
    }

    private boolean isTurnOfOthers(PoolShare<L> share, Waiter<L> mine, long nowNanos) {
        Waiter<L> other = eldest(share.login);
        return other != null
                && leaving < waiting
                && nowNanos - other.sinceNanos() > FAIR_NANOS
                && other.sinceNanos() - mine.sinceNanos() < 0;
    }

    /** Who waits longest of those that may open one if one of these is closed. */
    private @Nullable Waiter<L> eldest(@Nullable LinkLogin closing) {
        Collection<PoolShare<L>> rivals = shares.values();
        if (!shared && closing != null) {
            PoolShare<L> own = shares.get(closing);
            rivals = own == null ? List.of() : List.of(own);
        }
        Waiter<L> eldest = null;
        for (PoolShare<L> rival : rivals) {
            if (!rival.queue.isEmpty() && bound(rival.login, closing).isEmpty()) {
                Waiter<L> first = rival.queue.values().iterator().next();
                if (eldest == null || first.sinceNanos() - eldest.sinceNanos() < 0) {
                    eldest = first;
                }
            }
        }
        return eldest;
    }

    /**
     * Whether a free connection, which is nobody's turn, should be closed, because somebody waits
     * who may open one then; if so it counts as one that goes.
     */
    synchronized boolean leavesForAnother(PoolShare<L> share) {
        if (leaving >= waiting || eldest(share.login) == null) {
            return false;
        }
        leaves(share);
        return true;
    }

    /** Whether an idle connection should be given back once more. */
    synchronized boolean isWanted(PoolShare<L> share, LinkKey key) {
        return share.queue.values().stream().anyMatch(waiter -> waiter.key().equals(key))
                || (leaving < waiting && eldest(share.login) != null);
    }

    /** Whether one that is idle may go, because {@code minimum} stay; if so it counts as going. */
    synchronized boolean leavesAbove(PoolShare<L> share, int minimum) {
        if (share.openHere - share.leavingHere <= minimum) {
            return false;
        }
        leaves(share);
        return true;
    }

    private void leaves(PoolShare<L> share) {
        share.leavingHere++;
        leaving++;
    }

    /**
     * One was closed, or was not opened.
     *
     * @param announced whether it was said before that it goes
     * @return who may open one now, each of which counts already
     */
    synchronized List<Waiter<L>> closed(PoolShare<L> share, boolean announced) {
        if (announced) {
            share.leavingHere--;
            leaving--;
        }
        add(share, -1);
        overfull = overfull && shares.values().stream().anyMatch(this::isTooMuch);
        Optional<Waiter<L>> lucky = shared ? opens() : opensIn(share);
        forgetUnused(share);
        return lucky.map(List::of).orElseGet(List::of);
    }

    private Optional<Waiter<L>> opensIn(PoolShare<L> share) {
        boolean may = !share.queue.isEmpty() && bound(share.login, null).isEmpty();
        return may
                ? Optional.of(opens(share, share.queue.values().iterator().next()))
                : Optional.empty();
    }

    private Optional<Waiter<L>> opens() {
        return Optional.ofNullable(eldest(null))
                .map(first -> opens(share(first.key().login()), first));
    }

    private Waiter<L> opens(PoolShare<L> share, Waiter<L> first) {
        add(share, 1);
        return serve(share, first);
    }

    /** Who waits although one may be opened, in turn; each of them counts already. */
    synchronized List<Waiter<L>> mayOpen() {
        List<Waiter<L>> lucky = new ArrayList<>();
        for (var next = opens(); next.isPresent(); next = opens()) {
            lucky.add(next.get());
        }
        return lucky;
    }

    /** Other numbers may be open from now on; who may open one now, each of which counts. */
    synchronized List<Waiter<L>> resize(PoolSizes now) {
        sizes = now;
        shared = now.areShared();
        overfull = shares.values().stream().anyMatch(this::isTooMuch);
        return mayOpen();
    }

    /** Whether more are open than may be; asked for each transaction. */
    boolean isOverfull(PoolShare<L> share) {
        return overfull && isStillOverfull(share);
    }

    private synchronized boolean isStillOverfull(PoolShare<L> share) {
        return isTooMuch(share);
    }

    private boolean isTooMuch(PoolShare<L> share) {
        for (PoolBound each : PoolBound.values()) {
            OptionalInt most = each.of(sizes);
            if (most.isPresent() && count(each, share.login) > most.getAsInt()) {
                return true;
            }
        }
        return false;
    }
}
