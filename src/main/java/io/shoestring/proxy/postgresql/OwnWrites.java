package io.shoestring.proxy.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.proxy.FreshnessBoard;

/** When a session has written last, and which servers have that. */
final class OwnWrites {
    private final Clock clock;
    private final FreshnessBoard freshness;
    private boolean wrote;
    private long lastNanos;

    OwnWrites(Clock clock, FreshnessBoard freshness) {
        this.clock = clock;
        this.freshness = freshness;
    }

    /** Something that may have written has just been answered. */
    void written() {
        wrote = true;
        lastNanos = clock.nanos();
    }

    /**
     * Whether the replica has applied this session's last write. What is known of it from before
     * this connection does not count: the server may have crashed in between and come back older.
     */
    boolean areOn(ServerLink replica) {
        if (!wrote) {
            return true;
        }
        boolean openedLater = replica.readyAtNanos() - lastNanos > 0;
        return freshness.covers(
                replica.member().name(), openedLater ? replica.readyAtNanos() : lastNanos);
    }
}
