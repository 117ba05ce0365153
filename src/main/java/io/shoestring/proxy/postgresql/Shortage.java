package io.shoestring.proxy.postgresql;

import io.shoestring.model.DatabaseTopology;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.proxy.pool.PoolBound;

/** Says what a request lacks that waits, or has waited as long as it may. */
final class Shortage {
    private final SessionContext session;
    private final ListenerContext listener;
    private final PrimaryLink primary;
    private final ReplicaSide replica;

    Shortage(SessionContext session, PrimaryLink primary, ReplicaSide replica) {
        this.session = session;
        this.listener = session.listener();
        this.primary = primary;
        this.replica = replica;
    }

    /** Why the request that waits is given up. */
    ErrorFields ofWaiting() {
        if (primary.isQueued() || replica.isQueued()) {
            return Answers.allInUse(inUse(), listener.config().pool().patience());
        }
        if (listener.isPaused(session.identity())) {
            return Answers.paused(listener.config());
        }
        DatabaseTopology topology = listener.topology();
        return Answers.noPrimary(
                listener.database(),
                listener.holdMillis(),
                topology,
                topology.primary().flatMap(listener.complaints()::of));
    }

    /** The server connections for which the request waits. */
    Answers.InUse inUse() {
        boolean ofPrimary = primary.isQueued();
        PoolBound bound = ofPrimary ? primary.bound() : replica.bound();
        return new Answers.InUse(
                bound,
                bound.of(listener.config().pool().sizes()).orElse(0),
                session.identity().login(),
                ofPrimary ? "primary" : "replica",
                listener.database());
    }
}
