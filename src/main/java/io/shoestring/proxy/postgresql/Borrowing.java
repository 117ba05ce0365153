package io.shoestring.proxy.postgresql;

import io.shoestring.model.MemberSpec;
import io.shoestring.proxy.pool.Borrower;
import io.shoestring.proxy.pool.PoolBound;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How one side of a session comes by its server connection, see {@link Borrower}; and what servers
 * have told at log-ins.
 */
final class Borrowing {
    private final SessionContext session;
    private final LinkOwner owner;
    private final Optional<ServerPool> pool;
    private final Borrower<ServerLink, LinkOwner> borrower;
    private @Nullable PoolKey latest;

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
        this.pool = session.shares() ? session.listener().pool() : Optional.empty();
        this.borrower =
                new Borrower<>(
                        pool.map(ServerPool::links), session.client().loop(), owner, lent, changed);
    }

    /** Whether connections go from client to client. */
    boolean isShared() {
        return borrower.isShared();
    }

    /** Whether all connections are in use, and the owner's turn will come. */
    boolean isQueued() {
        return borrower.isQueued();
    }

    /** The limit that the owner's turn depends on. */
    PoolBound bound() {
        return borrower.bound();
    }

    /** A connection, perhaps not ready yet; none: the owner is in the queue now. */
    Optional<ServerLink> borrow(MemberSpec member, long epoch) {
        PoolKey key = key(member, epoch);
        return borrower.borrow(key, () -> session.open(key, owner));
    }

    private PoolKey key(MemberSpec member, long epoch) {
        PoolKey known = latest;
        if (known == null || !known.isFor(member, epoch)) {
            known = session.key(member, epoch);
            latest = known;
        }
        return known;
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
        borrower.stopWaitingUnlessIn(epoch);
    }

    /** The owner's turn is not waited for any more. */
    void stopWaiting() {
        borrower.stopWaiting();
    }

    /** The owner does not need it now; the next time it may get another. */
    void giveBack(ServerLink link) {
        borrower.giveBack(link);
    }

    /** The client is gone. */
    void end() {
        borrower.end();
    }
}
