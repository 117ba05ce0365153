package io.shoestring.proxy.mysql;

import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.proxy.pool.Borrower;
import io.shoestring.proxy.pool.PoolBound;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/** A session's server connection at a replica, for its reads. On the client's event loop only. */
final class ReplicaSide {
    private final SessionContext session;
    private final LinkOwner owner;
    private final Borrower<ServerLink, LinkOwner> borrower;
    private final Restoring restoring;
    private final ReadRule reads;
    private @Nullable ServerLink link;

    /**
     * There is none yet.
     *
     * @param changed hears when one for which it has waited is there
     */
    ReplicaSide(
            SessionContext session,
            LinkOwner owner,
            Restoring restoring,
            ReadRule reads,
            Runnable changed) {
        this.session = session;
        this.owner = owner;
        this.restoring = restoring;
        this.reads = reads;
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

    /** Whether it is that one. */
    boolean has(ServerLink other) {
        return other.equals(link);
    }

    /**
     * The connection to a replica that has what this session must find there; none: there is none,
     * or it has to be waited for.
     *
     * @param cameNanos when the read came
     */
    @Nullable ServerLink ready(long cameNanos) {
        DatabaseTopology now = session.listener().topology();
        borrower.stopWaitingUnlessIn(now.epoch());
        ServerLink mine = link;
        if (mine != null && (mine.isEnded() || !now.replicas().contains(mine.member()))) {
            drop();
            mine = null;
        }
        if (mine != null) {
            return !mine.isReady() || reads.holds(mine, cameNanos) ? mine : null;
        }
        if (borrower.isQueued()) {
            return null;
        }
        List<MemberSpec> good =
                now.replicas().stream()
                        .filter(each -> reads.mayHold(each.name(), cameNanos))
                        .toList();
        if (!good.isEmpty()) {
            MemberSpec chosen = good.get(session.listener().next(good.size()));
            PoolKey key = session.key(chosen, now.epoch());
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

    /** The read that waited for one is given up. */
    void stopWaiting() {
        borrower.stopWaiting();
    }

    /** Gives it back, if connections are shared: a read leaves nothing open. */
    void giveBackIfFree() {
        ServerLink free = link;
        if (free == null
                || !borrower.isShared()
                || !free.isReady()
                || !free.isIdle()
                || restoring.isBusy()) {
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
