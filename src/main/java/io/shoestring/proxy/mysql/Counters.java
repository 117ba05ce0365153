package io.shoestring.proxy.mysql;

import io.shoestring.proxy.ErrorKinds;
import io.shoestring.proxy.Rate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a listener counts. */
final class Counters {
    /** Exact, because it is a limit. */
    final AtomicInteger clients = new AtomicInteger();

    final AtomicInteger held = new AtomicInteger();
    final AtomicInteger openTransactions = new AtomicInteger();
    final Routed onPrimary = new Routed();
    final Routed onReplicas = new Routed();
    final LongAdder refused = new LongAdder();
    final LongAdder interrupted = new LongAdder();
    final LongAdder unknownOutcomes = new LongAdder();
    final LongAdder transactionsReplayed = new LongAdder();
    final LongAdder commitsProven = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    final Rate sessions = new Rate();

    /** Statements that a server answered with an error. */
    final ErrorKinds errors = new ErrorKinds();

    private volatile int mostClients;
    private final Map<String, Long> pinned = new ConcurrentHashMap<>();

    /** A client came: true if it is one too many. */
    boolean isTooMany(int limit) {
        int now = clients.incrementAndGet();
        if (now > mostClients && now <= limit) {
            mostClients = now;
        }
        return now > limit;
    }

    /** The most that were connected at once. */
    int mostClients() {
        return mostClients;
    }

    /** A session is tied to the primary for this reason. */
    void pinned(String reason) {
        pinned.merge(reason, 1L, Long::sum);
    }

    /** It is not any more. */
    void unpinned(String reason) {
        pinned.computeIfPresent(reason, (_, count) -> count == 1 ? null : Long.valueOf(count - 1));
    }

    /** How many sessions are tied to the primary, by the reason. */
    Map<String, Long> pinned() {
        return Map.copyOf(pinned);
    }
}
