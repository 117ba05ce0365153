package io.shoestring.proxy.postgresql;

import java.util.concurrent.TimeUnit;

/**
 * What a listener has counted up to an instant.
 *
 * @param atNanos the instant
 */
record Totals(
        long atNanos,
        long transactions,
        long requests,
        long bytesIn,
        long bytesOut,
        long transactionMicros,
        long requestMicros,
        long waitedMicros,
        long replayed,
        long proven) {
    /** Up to now. */
    static Totals of(ListenerContext listener) {
        ListenerCounters counters = listener.counters();
        return new Totals(
                listener.clock().nanos(),
                counters.transactions.sum(),
                counters.onPrimary.sum() + counters.onReplicas.sum(),
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                TimeUnit.NANOSECONDS.toMicros(counters.transactionNanos.sum()),
                listener.timer().totalMicros(),
                counters.waitedMicros.sum(),
                counters.transactionsReplayed.sum(),
                counters.commitsProven.sum());
    }

    /** What of it came after the earlier instant. */
    Totals since(Totals earlier) {
        return new Totals(
                atNanos - earlier.atNanos,
                transactions - earlier.transactions,
                requests - earlier.requests,
                bytesIn - earlier.bytesIn,
                bytesOut - earlier.bytesOut,
                transactionMicros - earlier.transactionMicros,
                requestMicros - earlier.requestMicros,
                waitedMicros - earlier.waitedMicros,
                replayed - earlier.replayed,
                proven - earlier.proven);
    }

    /** A count of what {@link #since} says, for each second. */
    long perSecond(long count) {
        double seconds = Math.max(1e-3, atNanos / 1e9);
        return Math.round(count / seconds);
    }

    /** How many microseconds each of them took. */
    static long each(long micros, long count) {
        return count == 0 ? 0 : micros / count;
    }
}
