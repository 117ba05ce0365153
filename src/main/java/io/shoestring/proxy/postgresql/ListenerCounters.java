package io.shoestring.proxy.postgresql;

import io.shoestring.proxy.ErrorKinds;
import io.shoestring.proxy.Rate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** What a listener counts. Adders tolerate being added to from all loops at once. */
final class ListenerCounters {
    /** That have logged in to one of its databases, and are there. */
    final AtomicInteger clients = new AtomicInteger();

    /**
     * Sessions that have something open on the primary. Exact and sequentially consistent: a
     * session adds itself <em>before</em> it reads whether writes are held, the node publishes the
     * hold before it reads this.
     */
    final AtomicInteger openTransactions = new AtomicInteger();

    /** The most clients that there were at once. */
    final LongAccumulator mostClients = new LongAccumulator(Math::max, 0);

    /** Clients that ever came. */
    final Rate sessions = new Rate();

    final AtomicInteger held = new AtomicInteger();
    final LongAdder onPrimary = new LongAdder();
    final LongAdder onReplicas = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder interrupted = new LongAdder();
    final LongAdder unknownOutcomes = new LongAdder();

    /** Carried over to another primary. */
    final LongAdder transactionsReplayed = new LongAdder();

    /** COMMITs whose answer never came, and which the next primary has. */
    final LongAdder commitsProven = new LongAdder();

    /** That have ended, by a COMMIT or otherwise; requests that were sent ahead count together. */
    final LongAdder transactions = new LongAdder();

    /** How long they were open, those that have ended. */
    final LongAdder transactionNanos = new LongAdder();

    /** Statements that a server answered with an error. */
    final ErrorKinds errors = new ErrorKinds();

    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    /** For server connections while all were in use. */
    final LongAdder waitedMicros = new LongAdder();

    private final Map<String, Long> kept = new ConcurrentHashMap<>();

    /** A client keeps its server connection for this reason. */
    void keeps(String reason) {
        kept.merge(reason, 1L, Long::sum);
    }

    /** It does not any more. */
    void keepsNoMore(String reason) {
        kept.computeIfPresent(reason, (same, count) -> count == 1 ? null : Long.valueOf(count - 1));
    }

    /** How many clients keep their server connection, by the reason. */
    Map<String, Long> kept() {
        return Map.copyOf(kept);
    }
}
