package io.shoestring.proxy.postgresql;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a listener counts. Adders tolerate being added to from all loops at once. */
final class ListenerCounters {
    /** Exact, because it is a limit. */
    final AtomicInteger clients = new AtomicInteger();

    /**
     * Sessions that have something open on the primary. Exact and sequentially consistent: a
     * session adds itself <em>before</em> it reads whether writes are held, the node publishes the
     * hold before it reads this.
     */
    final AtomicInteger openTransactions = new AtomicInteger();

    final AtomicInteger held = new AtomicInteger();
    final LongAdder onPrimary = new LongAdder();
    final LongAdder onReplicas = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder interrupted = new LongAdder();
    final LongAdder unknownOutcomes = new LongAdder();
}
