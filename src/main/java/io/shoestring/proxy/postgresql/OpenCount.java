package io.shoestring.proxy.postgresql;

/**
 * One session's part in the count of those that have something open on the primary, see {@link
 * ListenerCounters#openTransactions}. On the client's event loop only.
 */
final class OpenCount {
    private final ListenerContext listener;
    private boolean in;
    private long sinceNanos;

    OpenCount(ListenerContext listener) {
        this.listener = listener;
    }

    /** Whether it counts. */
    boolean isIn() {
        return in;
    }

    /** From now on it counts. */
    void enter() {
        if (!in) {
            in = true;
            sinceNanos = listener.timer().now();
            // INVARIANT: counted before the topology is read; the node publishes a hold before it
            // reads the count.
            listener.counters().openTransactions.incrementAndGet();
        }
    }

    /** It does not any more. */
    void leave() {
        if (in) {
            in = false;
            listener.counters().openTransactions.decrementAndGet();
        }
    }

    /** The same, because a transaction has ended. */
    void done() {
        if (in) {
            listener.counters().transactionNanos.add(listener.timer().now() - sinceNanos);
        }
        leave();
    }
}
