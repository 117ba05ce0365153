package io.shoestring.proxy.mysql;

import io.shoestring.config.Consistency;
import io.shoestring.model.MemberName;
import io.shoestring.proxy.FreshnessBoard;

/**
 * What the reads of one session must find on a replica, and which replicas have that. On the
 * client's event loop only.
 */
final class ReadRule {
    private static final long FRESH_NANOS_MAX = 500_000_000L;

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
        if (needsNothing()) {
            return true;
        }
        long needed = needed(cameNanos);
        boolean openedLater = replica.readyAtNanos() - needed > 0;
        return freshness()
                .covers(replica.member().name(), openedLater ? replica.readyAtNanos() : needed);
    }

    /** As {@link #holds}, of a connection that is yet to be chosen. */
    boolean mayHold(MemberName replica, long cameNanos) {
        return needsNothing() || freshness().covers(replica, needed(cameNanos));
    }

    /** Whether it is worth to wait a moment: what is needed comes about by itself. */
    boolean comesSoon(long cameNanos) {
        return consistency() == Consistency.CLUSTER
                && listener.clock().nanos() - cameNanos < FRESH_NANOS_MAX
                && !listener.topology().replicas().isEmpty();
    }

    private boolean needsNothing() {
        return consistency() == Consistency.SESSION && !wrote;
    }

    private Consistency consistency() {
        return listener.config().consistency();
    }

    private long needed(long cameNanos) {
        return switch (consistency()) {
            case SESSION -> lastNanos;
            case CLUSTER -> cameNanos;
            case EVENTUAL -> listener.clock().nanos() - listener.config().maxLag().toNanos();
        };
    }
}
