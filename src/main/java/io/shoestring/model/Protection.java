package io.shoestring.model;

/** What a database trades between latency and safety. */
public enum Protection {
    /**
     * Asynchronous replication: commits do not wait; a failover may lose the last moments, bounded
     * and told.
     */
    PERFORMANCE,
    /**
     * Synchronous while a replica is there, alone when none is: no acknowledged commit is lost to
     * one failure.
     */
    AVAILABILITY,
    /**
     * Synchronous always: while no replica is there no commit is acknowledged, so that none is ever
     * on one machine only.
     */
    MAXIMUM;

    /** Whether commits wait for a replica. */
    public boolean isSynchronous() {
        return this != PERFORMANCE;
    }
}
