package io.shoestring.proxy.mysql;

import io.shoestring.model.MemberName;
import io.shoestring.proxy.FreshnessBoard;

/**
 * What the reads of one session must find on a replica, and which replicas have that. On the
 * client's event loop only.
 */
final class ReadRule {
    private final MysqlContext listener;
    private boolean wrote;
    private long lastNanos;

    /** Nothing was written yet. */
    ReadRule(MysqlContext listener) {
        this.listener = listener;
    }

    private FreshnessBoard freshness() {
        return listener.freshness();
    }

    /** Something that may have written has just been answered. */
    void written() {
        wrote = true;
        lastNanos = listener.clock().nanos();
    }

    /**
     * Whether a read that came then finds what it must there. What is known of the server from
     * before this connection does not count: the server may have crashed in between and come back
     * older.
     */
    boolean holds(ServerLink replica, long cameNanos) {
        if (!wrote) {
            return true;
        }
        long needed = needed(cameNanos);
        boolean openedLater = replica.readyAtNanos() - needed > 0;
        return freshness()
                .covers(replica.member().name(), openedLater ? replica.readyAtNanos() : needed);
    }

    /** As {@link #holds}, of a connection that is yet to be chosen. */
    boolean mayHold(MemberName replica, long cameNanos) {
        return !wrote || freshness().covers(replica, needed(cameNanos));
    }

    private long needed(long cameNanos) {
        return lastNanos;
    }
}
