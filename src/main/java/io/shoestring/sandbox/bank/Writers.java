package io.shoestring.sandbox.bank;

/**
 * Which server acknowledged commits, and how often it became another one. Thread-safe.
 *
 * <p>A server that goes on acknowledging what was begun after another one did, makes it change back
 * and forth: two that write at once are two changes at least.
 */
public final class Writers {
    private String newest = "";
    private long sinceNanos;
    private int changes;

    /** A commit was acknowledged by {@code server} to who began the transfer at that instant. */
    synchronized void acknowledged(String server, long begunNanos, long nowNanos) {
        if (newest.isEmpty()) {
            newest = server;
            sinceNanos = nowNanos;
        } else if (!server.equals(newest) && begunNanos - sinceNanos > 0) {
            newest = server;
            sinceNanos = nowNanos;
            changes++;
        }
    }

    /** How often another server than before acknowledged. */
    public synchronized int changes() {
        return changes;
    }

    /** The address of the newest; empty before the first commit. */
    public synchronized String newest() {
        return newest;
    }
}
