package io.shoestring.proxy.mysql;

import io.shoestring.model.DatabaseTopology;
import io.shoestring.proxy.pool.Borrower;
import io.shoestring.proxy.pool.PoolBound;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * A session's server connection at the primary: how it comes by it, and whether a command may leave
 * on it now. On the client's event loop only.
 *
 * <p>INVARIANT: {@link #ready} gives none that was opened in another than the newest epoch, or
 * outside the lease.
 */
final class PrimarySide {
    private final SessionContext session;
    private final LinkOwner owner;
    private final Borrower<ServerLink, LinkOwner> borrower;
    private final Restoring restoring;
    private @Nullable ServerLink link;

    /**
     * There is none yet.
     *
     * @param changed hears when one for which it has waited is there
     */
    PrimarySide(SessionContext session, LinkOwner owner, Restoring restoring, Runnable changed) {
        this.session = session;
        this.owner = owner;
        this.restoring = restoring;
        this.borrower =
                new Borrower<>(
                        session.shares() ? session.listener().pool() : Optional.empty(),
                        session.client().loop(),
                        owner,
                        this::use,
                        changed);
    }

    /** The present one, perhaps not ready yet. */
    @Nullable ServerLink get() {
        return link;
    }

    /** Whether the connection is one of an epoch that is over, or gone. */
    boolean isOutdated() {
        ServerLink mine = link;
        DatabaseTopology now = session.listener().topology();
        return mine != null
                && (mine.isEnded() || mine.epoch() != now.epoch() || !now.isPrimary(mine.member()));
    }

    /**
     * The connection on which a command may leave when it is ready; none: there is none, or it may
     * not be used now.
     *
     * @param begins whether nothing is open yet
     */
    @Nullable ServerLink ready(boolean begins, boolean pausing) {
        MysqlContext listener = session.listener();
        DatabaseTopology now = listener.topology();
        borrower.stopWaitingUnlessIn(now.epoch());
        if (isOutdated()
                || now.primary().isEmpty()
                || (begins && now.holdWrites())
                || listener.clock().nanos() - now.leaseDeadlineNanos() > 0) {
            return null;
        }
        if (link == null && !pausing) {
            PoolKey key = session.key(now.primary().get(), now.epoch());
            borrower.borrow(key, () -> session.open(key, owner)).ifPresent(this::use);
        }
        return link;
    }

    /** Whether the very connection that this session had last can be had again. */
    boolean takeBack(ServerLink last) {
        return link == null && last.wasLastUsedBy(owner) && borrower.takeBack(last);
    }

    private void use(ServerLink lent) {
        link = lent;
        lent.setReading(session.client().isWritable());
    }

    /** Whether all server connections are in use, and the session's turn will come. */
    boolean isQueued() {
        return borrower.isQueued();
    }

    /** The limit that its turn depends on. */
    PoolBound bound() {
        return borrower.bound();
    }

    /** The command that waited for one is given up. */
    void stopWaiting() {
        borrower.stopWaiting();
    }

    /** Gives it back, if nothing is open on it and connections are shared. */
    void giveBackIfFree() {
        ServerLink free = link;
        if (free == null
                || !borrower.isShared()
                || !free.isReady()
                || !free.isIdle()
                || restoring.isBusy()
                || session.state().isInTransaction()
                || session.state().keeps().isPresent()) {
            return;
        }
        link = null;
        borrower.giveBack(free);
    }

    /** It is not the session's any more, and closed. */
    void drop() {
        ServerLink gone = link;
        link = null;
        restoring.abandon(gone);
        if (gone != null) {
            gone.end();
        }
    }

    /** The client is gone. */
    void end() {
        borrower.end();
        giveBackIfFree();
        drop();
    }
}
