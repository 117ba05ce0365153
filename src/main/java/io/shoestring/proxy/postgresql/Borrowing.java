package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.model.MemberSpec;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How one side of a session comes by its server connection: it opens one and keeps it, or, where
 * clients share them, it borrows one of the pool and gives it back when nothing is open on it.
 */
final class Borrowing {
    private final SessionContext session;
    private final LinkOwner owner;
    private final Consumer<ServerLink> lent;
    private final Runnable changed;
    private final Optional<ServerPool> pool;
    private final EventLoop loop;
    private @Nullable PoolKey latest;
    private @Nullable PoolKey waitsFor;
    private boolean ended;

    /**
     * Borrows nothing yet.
     *
     * @param lent gets a connection for which the owner has waited
     * @param changed follows, or tells that it may be worth to try again
     */
    Borrowing(
            SessionContext session, LinkOwner owner, Consumer<ServerLink> lent, Runnable changed) {
        this.session = session;
        this.owner = owner;
        this.lent = lent;
        this.changed = changed;
        this.pool = session.shares() ? session.listener().pool() : Optional.empty();
        this.loop = session.client().loop();
    }

    /** Whether connections go from client to client. */
    boolean isShared() {
        return pool.isPresent();
    }

    /** Whether all connections are in use, and the owner's turn will come. */
    boolean isQueued() {
        return waitsFor != null;
    }

    /** The limit that the owner's turn depends on. */
    PoolLimit.Bound bound() {
        return Optional.ofNullable(waitsFor)
                .flatMap(key -> pool.flatMap(shared -> shared.bound(key)))
                .orElse(PoolLimit.Bound.SIZE);
    }

    /** A connection, perhaps not ready yet; none: the owner is in the queue now. */
    Optional<ServerLink> borrow(MemberSpec member, long epoch) {
        PoolKey key = key(member, epoch);
        if (pool.isEmpty()) {
            return Optional.of(session.open(key, owner));
        }
        if (key.equals(waitsFor)) {
            return Optional.empty();
        }
        stopWaiting();
        Optional<ServerLink> link = pool.get().borrow(key, session, owner, this::served);
        waitsFor = link.isPresent() ? null : key;
        return link;
    }

    private PoolKey key(MemberSpec member, long epoch) {
        PoolKey known = latest;
        if (known == null || !known.isFor(member, epoch)) {
            known = session.key(member, epoch);
            latest = known;
        }
        return known;
    }

    private void served(PoolKey key, Optional<ServerLink> link) {
        ServerPool from = pool.orElseThrow();
        if (ended || !key.equals(waitsFor)) {
            link.ifPresentOrElse(unused -> from.giveBack(loop, unused), () -> from.passOn(key));
            return;
        }
        waitsFor = null;
        ServerLink usable = link.orElseGet(() -> from.open(key, session, owner));
        // It may have been closed since it was lent.
        if (link.isEmpty() || usable.isUsable()) {
            lent.accept(usable);
        }
        changed.run();
    }

    /** What a server has told whoever logged in like this client; a shared one tells all alike. */
    Optional<Map<String, String>> rememberedParameters() {
        return pool.flatMap(shared -> shared.parametersFor(session.identity().parameters()));
    }

    /** A server has just told these at a log-in. */
    void remember(Map<String, String> told) {
        pool.ifPresent(shared -> shared.remember(session.identity().parameters(), told));
    }

    /** What is waited for is of no use in another epoch. */
    void stopWaitingUnlessIn(long epoch) {
        if (waitsFor != null && waitsFor.epoch() != epoch) {
            stopWaiting();
        }
    }

    /** The owner's turn is not waited for any more. */
    void stopWaiting() {
        PoolKey key = waitsFor;
        if (key != null) {
            waitsFor = null;
            pool.orElseThrow().cancel(key, owner);
        }
    }

    /** The owner does not need it now; the next time it may get another. */
    void giveBack(ServerLink link) {
        pool.orElseThrow().giveBack(loop, link);
    }

    /** The client is gone. */
    void end() {
        stopWaiting();
        ended = true;
    }
}
