package io.shoestring.proxy.pool;

import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * How one side of a session comes by its server connection: it opens one and keeps it, or, where
 * clients share them, it borrows one of the pool and gives it back when nothing is open on it. On
 * the session's event loop only.
 *
 * @param <L> the connections
 * @param <O> who uses them
 */
public final class Borrower<L extends PooledLink<L, O>, O> {
    private final Optional<LinkPool<L, O>> pool;
    private final EventLoop loop;
    private final O owner;
    private final Consumer<L> lent;
    private final Runnable changed;
    private @Nullable LinkKey waitsFor;
    private boolean ended;

    /**
     * Borrows nothing yet.
     *
     * @param pool empty: connections are not shared
     * @param lent gets a connection for which the owner has waited
     * @param changed follows, or tells that it may be worth to try again
     */
    public Borrower(
            Optional<LinkPool<L, O>> pool,
            EventLoop loop,
            O owner,
            Consumer<L> lent,
            Runnable changed) {
        this.pool = pool;
        this.loop = loop;
        this.owner = owner;
        this.lent = lent;
        this.changed = changed;
    }

    /** Whether connections go from client to client. */
    public boolean isShared() {
        return pool.isPresent();
    }

    /** Whether all connections are in use, and the owner's turn will come. */
    public boolean isQueued() {
        return waitsFor != null;
    }

    /** The limit that the owner's turn depends on. */
    public PoolBound bound() {
        return Optional.ofNullable(waitsFor)
                .flatMap(key -> pool.flatMap(shared -> shared.bound(key)))
                .orElse(PoolBound.SIZE);
    }

    /**
     * A connection, perhaps not ready yet; none: the owner is in the queue now.
     *
     * @param opens a new one with this key, for the owner
     */
    public Optional<L> borrow(LinkKey key, Supplier<L> opens) {
        if (pool.isEmpty()) {
            return Optional.of(opens.get());
        }
        if (key.equals(waitsFor)) {
            return Optional.empty();
        }
        stopWaiting();
        Optional<L> link =
                pool.get().borrow(key, loop, opens, owner, free -> served(key, opens, free));
        waitsFor = link.isPresent() ? null : key;
        return link;
    }

    private void served(LinkKey key, Supplier<L> opens, Optional<L> link) {
        LinkPool<L, O> from = pool.orElseThrow();
        if (ended || !key.equals(waitsFor)) {
            link.ifPresentOrElse(unused -> from.giveBack(loop, unused), () -> from.passOn(key));
            return;
        }
        waitsFor = null;
        L usable = link.orElseGet(() -> from.open(key, opens));
        // It may have been closed since it was lent.
        if (link.isEmpty() || usable.isUsable()) {
            lent.accept(usable);
        }
        changed.run();
    }

    /** What is waited for is of no use in another epoch. */
    public void stopWaitingUnlessIn(long epoch) {
        if (waitsFor != null && waitsFor.epoch() != epoch) {
            stopWaiting();
        }
    }

    /** The owner's turn is not waited for any more. */
    public void stopWaiting() {
        LinkKey key = waitsFor;
        if (key != null) {
            waitsFor = null;
            pool.orElseThrow().cancel(key, owner);
        }
    }

    /** The owner does not need it now; the next time it may get another. */
    public void giveBack(L link) {
        pool.orElseThrow().giveBack(loop, link);
    }

    /** Whether the very connection that the owner had before is idle; then it has it again. */
    public boolean takeBack(L before) {
        boolean back = pool.isPresent() && pool.get().takeBack(loop, before, owner);
        if (back) {
            lent.accept(before);
        }
        return back;
    }

    /** The client is gone. */
    public void end() {
        stopWaiting();
        ended = true;
    }
}
