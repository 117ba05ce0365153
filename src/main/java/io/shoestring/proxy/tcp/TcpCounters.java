package io.shoestring.proxy.tcp;

import io.shoestring.proxy.Rate;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a listener counts. */
final class TcpCounters {
    /** Exact, because it is a limit. */
    final AtomicInteger clients = new AtomicInteger();

    final AtomicInteger waiting = new AtomicInteger();
    final Rate sessions = new Rate();
    final LongAdder refused = new LongAdder();
    final LongAdder interrupted = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();
    volatile int mostClients;

    /** A client came: true if it is one too many. */
    boolean isTooMany(int limit) {
        int now = clients.incrementAndGet();
        if (now > mostClients && now <= limit) {
            mostClients = now;
        }
        return now > limit;
    }
}
