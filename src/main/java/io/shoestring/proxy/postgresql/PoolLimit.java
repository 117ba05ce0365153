package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections a user may have to one member, over all event loops, and who waits for one:
 * first in, first out. Only who waits on the connection's own loop is preferred until another has
 * waited for {@link #NEAR_NANOS}, because moving it costs more than a short transaction. Clients
 * with other start-up parameters cannot have the same connection: for them one is closed and
 * another is opened, which is dear, so a connection stays for those whom it fits for {@link
 * #FAIR_NANOS} at least, and until somebody else has waited that long. Thread-safe; nothing blocks
 * for longer than a few moves.
 */
final class PoolLimit {
    private static final long FAIR_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long NEAR_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int NEAR_LOOKS_MAX = 100;

    private final Map<LinkOwner, Waiter> waiting = new LinkedHashMap<>();
    private final AtomicInteger idle = new AtomicInteger();
    private volatile int size;
    private volatile int open;

    // Read for each transaction, without the lock.
    private volatile boolean crowded;

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

    PoolLimit(int size) {
        this.size = size;
    }

    /** Whether one more may be opened; then it counts. If not, the waiter waits, once. */
    synchronized boolean opensOrWaits(Waiter waiter) {
        if (open < size) {
            open++;
            return true;
        }
        waiting.putIfAbsent(waiter.owner(), waiter);
        crowded = true;
        return false;
    }

    synchronized void cancel(LinkOwner owner) {
        waiting.remove(owner);
        crowded = !waiting.isEmpty();
    }

    /** How many are idle; each loop counts its own. */
    AtomicInteger idle() {
        return idle;
    }

    /** How many there are, in use or not. */
    synchronized int open() {
        return open;
    }

    /** How many clients wait. */
    synchronized int waiters() {
        return waiting.size();
    }

    /** Whether there is nothing to count. */
    synchronized boolean isUnused() {
        return open == 0 && waiting.isEmpty();
    }

    /** Whether anybody waits at all. */
    boolean hasWaiters() {
        return crowded;
    }

    /**
     * Who gets a connection that is free: nobody, if it fits nobody, or if it is not its turn.
     *
     * @param loop that it is on
     */
    synchronized Optional<Waiter> nextFor(EventLoop loop, ServerLink free, long nowNanos) {
        boolean isNew = nowNanos - free.readyAtNanos() < FAIR_NANOS;
        Waiter far = null;
        int looks = NEAR_LOOKS_MAX;
        for (Waiter waiter : waiting.values()) {
            long waited = nowNanos - waiter.sinceNanos();
            if (!waiter.key().equals(free.key())) {
                if (!isNew && waited > FAIR_NANOS) {
                    break;
                }
            } else if (waiter.loop().equals(loop)) {
                return Optional.of(served(waiter));
            } else if (far == null) {
                far = waiter;
            }
            boolean mayLookOn = far == null || nowNanos - far.sinceNanos() < NEAR_NANOS;
            if (!mayLookOn || looks-- == 0) {
                break;
            }
        }
        return Optional.ofNullable(far).map(this::served);
    }

    private Waiter served(Waiter waiter) {
        waiting.remove(waiter.owner());
        crowded = !waiting.isEmpty();
        return waiter;
    }

    /** One was closed; who has waited longest may open one, which counts already. */
    synchronized Optional<Waiter> closed() {
        Iterator<Waiter> all = waiting.values().iterator();
        if (open > size || !all.hasNext()) {
            open--;
            return Optional.empty();
        }
        return Optional.of(served(all.next()));
    }

    /**
     * Another number may be open from now on; who may open one now, each of which counts already.
     */
    synchronized List<Waiter> resize(int now) {
        size = now;
        List<Waiter> lucky = new ArrayList<>();
        while (open < size && !waiting.isEmpty()) {
            open++;
            lucky.add(served(waiting.values().iterator().next()));
        }
        return lucky;
    }

    /** Whether more are open than may be. */
    boolean isOverfull() {
        return open > size;
    }
}
