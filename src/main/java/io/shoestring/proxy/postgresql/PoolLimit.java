package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.config.PoolSizes;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections there may be to one member, over all event loops, and who waits for one:
 * first in, first out. Who logs in to the same database as the same user has a {@link Share}; a
 * connection is of use to others only by being closed, so that another may be opened. That is dear:
 * a connection stays for those whom it fits for {@link #FAIR_NANOS} at least, and until somebody
 * else has waited that long. Also only who waits on the connection's own loop is preferred until
 * another has waited for {@link #NEAR_NANOS}, because moving it costs more than a short
 * transaction. Thread-safe; nothing blocks for longer than a few moves.
 */
final class PoolLimit {
    private static final long FAIR_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long NEAR_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int NEAR_LOOKS_MAX = 100;

    private final Map<PoolKey.Login, Share> shares = new HashMap<>();
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
     * @param loop the owner's
     * @param served is called on the loop, with a connection that is free, or with none: then one
     *     may be opened
     */
    record Waiter(LinkOwner owner, EventLoop loop, PoolKey key, long sinceNanos, Served served) {}

    /** What a waiter gets. */
    @FunctionalInterface
    interface Served {
        void with(PoolKey key, Optional<ServerLink> link);
    }

    /** A limit that was met. */
    enum Bound {
        SIZE("size"),
        USER("user-limit"),
        DATABASE("database-limit"),
        MEMBER("member-limit");

        private final String key;

        Bound(String key) {
            this.key = key;
        }

        /** Its name in the configuration of the pool. */
        String key() {
            return key;
        }

        /** Its value there; empty: it does not exist. */
        OptionalInt of(PoolSizes sizes) {
            return switch (this) {
                case SIZE -> OptionalInt.of(sizes.each());
                case USER -> sizes.user();
                case DATABASE -> sizes.database();
                case MEMBER -> sizes.member();
            };
        }
    }

    /**
     * The connections of one user to one database. All but {@link #idle} under the limit's lock.
     */
    final class Share {
        private final PoolKey.Login login;
        private final Map<LinkOwner, Waiter> queue = new LinkedHashMap<>();
        private final AtomicInteger idle = new AtomicInteger();
        private int openHere;
        private int leavingHere;
        private volatile boolean crowdedHere;

        private Share(PoolKey.Login login) {
            this.login = login;
        }

        /** Of which it is a part. */
        PoolLimit limit() {
            return PoolLimit.this;
        }

        /** How many are idle; each loop counts its own. */
        AtomicInteger idle() {
            return idle;
        }

        /** Whether anybody waits to whom one of these, open or closed, might be of use. */
        boolean hasWaiters() {
            return crowdedHere || (shared && crowded);
        }
    }

    PoolLimit(PoolSizes sizes) {
        this.sizes = sizes;
        this.shared = sizes.areShared();
    }

    // ------------------------------------------------------------------ counting

    private Optional<Bound> bound(PoolKey.Login login, PoolKey.@Nullable Login without) {
        for (Bound each : Bound.values()) {
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

    private int count(Bound what, PoolKey.Login login) {
        return switch (what) {
            case SIZE -> {
                Share share = shares.get(login);
                yield share == null ? 0 : share.openHere;
            }
            case USER -> openByUser.getOrDefault(login.user(), 0);
            case DATABASE -> openByDatabase.getOrDefault(login.database(), 0);
            case MEMBER -> open;
        };
    }

    private static boolean isSame(Bound what, PoolKey.Login one, PoolKey.Login other) {
        return switch (what) {
            case SIZE -> one.equals(other);
            case USER -> one.user().equals(other.user());
            case DATABASE -> one.database().equals(other.database());
            case MEMBER -> true;
        };
    }

    private void add(Share share, int change) {
        share.openHere += change;
        open += change;
        openByUser.merge(share.login.user(), change, PoolLimit::sum);
        openByDatabase.merge(share.login.database(), change, PoolLimit::sum);
    }

    private static @Nullable Integer sum(Integer one, Integer other) {
        int both = one + other;
        return both == 0 ? null : Integer.valueOf(both);
    }

    private Share share(PoolKey.Login login) {
        return shares.computeIfAbsent(login, Share::new);
    }

    /** Clients choose the names of databases: what nobody uses must not stay for ever. */
    private void forgetUnused(Share share) {
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
    synchronized Optional<Share> opensOrWaits(Waiter waiter, int minimum) {
        Share share = share(waiter.key().login());
        boolean fetches = share.idle.get() > 0 && share.openHere <= minimum;
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
    synchronized Optional<Share> opensUpTo(PoolKey.Login login, int minimum) {
        Share share = share(login);
        if (share.openHere - share.leavingHere < minimum && bound(login, null).isEmpty()) {
            add(share, 1);
            return Optional.of(share);
        }
        forgetUnused(share);
        return Optional.empty();
    }

    /** Where what may be opened in this login's name counts. */
    synchronized Share shareOf(PoolKey.Login login) {
        return share(login);
    }

    synchronized void cancel(PoolKey.Login login, LinkOwner owner) {
        Share share = shares.get(login);
        if (share != null && share.queue.remove(owner) != null) {
            left(share);
            forgetUnused(share);
        }
    }

    private void left(Share share) {
        waiting--;
        share.crowdedHere = !share.queue.isEmpty();
        crowded = waiting > 0;
    }

    private Waiter serve(Share share, Waiter waiter) {
        share.queue.remove(waiter.owner());
        left(share);
        return waiter;
    }

    /** The limit for which somebody like this waits. */
    synchronized Optional<Bound> boundOf(PoolKey.Login login) {
        return bound(login, null);
    }

    /** How many there are, in use or not. */
    synchronized int open() {
        return open;
    }

    /** How many of them nobody uses. */
    synchronized int idle() {
        return shares.values().stream().mapToInt(share -> share.idle.get()).sum();
    }

    /** How many clients wait. */
    synchronized int waiters() {
        return waiting;
    }

    /** Whether something is idle that might be of use to who waits in this share. */
    synchronized boolean hasIdleFor(PoolKey.Login login) {
        Share share = shares.get(login);
        return (share != null && share.idle.get() > 0)
                || (shared && shares.values().stream().anyMatch(other -> other.idle.get() > 0));
    }

    // ------------------------------------------------------------------ giving

    /**
     * Who gets a connection that is free: nobody, if it fits nobody, or if it is not its turn.
     *
     * @param loop that it is on
     */
    synchronized Optional<Waiter> nextFor(
            Share share, EventLoop loop, ServerLink free, long nowNanos) {
        boolean isNew = nowNanos - free.readyAtNanos() < FAIR_NANOS;
        Waiter mine = pick(share, loop, free.key(), isNew, nowNanos);
        if (mine == null || (shared && !isNew && isTurnOfOthers(share, mine, nowNanos))) {
            return Optional.empty();
        }
        return Optional.of(serve(share, mine));
    }

    private static @Nullable Waiter pick(
            Share share, EventLoop loop, PoolKey key, boolean isNew, long nowNanos) {
        Waiter far = null;
        int looks = NEAR_LOOKS_MAX;
        for (Waiter waiter : share.queue.values()) {
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

    private boolean isTurnOfOthers(Share share, Waiter mine, long nowNanos) {
        Waiter other = eldest(share.login);
        return other != null
                && leaving < waiting
                && nowNanos - other.sinceNanos() > FAIR_NANOS
                && other.sinceNanos() - mine.sinceNanos() < 0;
    }

    /** Who waits longest of those that may open one if one of these is closed. */
    private @Nullable Waiter eldest(PoolKey.@Nullable Login closing) {
        Collection<Share> rivals = shares.values();
        if (!shared && closing != null) {
            Share own = shares.get(closing);
            rivals = own == null ? List.of() : List.of(own);
        }
        Waiter eldest = null;
        for (Share rival : rivals) {
            if (!rival.queue.isEmpty() && bound(rival.login, closing).isEmpty()) {
                Waiter first = rival.queue.values().iterator().next();
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
    synchronized boolean leavesForAnother(Share share) {
        if (leaving >= waiting || eldest(share.login) == null) {
            return false;
        }
        leaves(share);
        return true;
    }

    /** Whether an idle connection should be given back once more. */
    synchronized boolean isWanted(Share share, PoolKey key) {
        return share.queue.values().stream().anyMatch(waiter -> waiter.key().equals(key))
                || (leaving < waiting && eldest(share.login) != null);
    }

    /** Whether one that is idle may go, because {@code minimum} stay; if so it counts as going. */
    synchronized boolean leavesAbove(Share share, int minimum) {
        if (share.openHere - share.leavingHere <= minimum) {
            return false;
        }
        leaves(share);
        return true;
    }

    private void leaves(Share share) {
        share.leavingHere++;
        leaving++;
    }

    /**
     * One was closed, or was not opened.
     *
     * @param announced whether it was said before that it goes
     * @return who may open one now, each of which counts already
     */
    synchronized List<Waiter> closed(Share share, boolean announced) {
        if (announced) {
            share.leavingHere--;
            leaving--;
        }
        add(share, -1);
        overfull = overfull && shares.values().stream().anyMatch(this::isTooMuch);
        Optional<Waiter> lucky = shared ? opens() : opensIn(share);
        forgetUnused(share);
        return lucky.map(List::of).orElseGet(List::of);
    }

    private Optional<Waiter> opensIn(Share share) {
        boolean may = !share.queue.isEmpty() && bound(share.login, null).isEmpty();
        return may
                ? Optional.of(opens(share, share.queue.values().iterator().next()))
                : Optional.empty();
    }

    private Optional<Waiter> opens() {
        return Optional.ofNullable(eldest(null))
                .map(first -> opens(share(first.key().login()), first));
    }

    private Waiter opens(Share share, Waiter first) {
        add(share, 1);
        return serve(share, first);
    }

    /** Who waits although one may be opened, in turn; each of them counts already. */
    synchronized List<Waiter> mayOpen() {
        List<Waiter> lucky = new ArrayList<>();
        for (var next = opens(); next.isPresent(); next = opens()) {
            lucky.add(next.get());
        }
        return lucky;
    }

    /** Other numbers may be open from now on; who may open one now, each of which counts. */
    synchronized List<Waiter> resize(PoolSizes now) {
        sizes = now;
        shared = now.areShared();
        overfull = shares.values().stream().anyMatch(this::isTooMuch);
        return mayOpen();
    }

    /** Whether more are open than may be; asked for each transaction. */
    boolean isOverfull(Share share) {
        return overfull && isStillOverfull(share);
    }

    private synchronized boolean isStillOverfull(Share share) {
        return isTooMuch(share);
    }

    private boolean isTooMuch(Share share) {
        for (Bound each : Bound.values()) {
            OptionalInt most = each.of(sizes);
            if (most.isPresent() && count(each, share.login) > most.getAsInt()) {
                return true;
            }
        }
        return false;
    }
}
