package io.shoestring.proxy.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a listener counts. Adders tolerate being added to from all loops at once. */
final class HttpCounters {
    private static final int CLASSES = 6;

    /** Exact, because it is a limit. */
    final AtomicInteger clients = new AtomicInteger();

    final LongAdder connections = new LongAdder();
    final LongAdder requests = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    /** Connections over the limit, and requests that broke the protocol. */
    final LongAdder refused = new LongAdder();

    /** Requests answered by us, or cut off, because their server failed. */
    final LongAdder interrupted = new LongAdder();

    /** Exchanges that the client cut off. */
    final LongAdder clientAborts = new LongAdder();

    private final LongAdder[] answers = new LongAdder[CLASSES];

    HttpCounters() {
        for (int i = 0; i < CLASSES; i++) {
            answers[i] = new LongAdder();
        }
    }

    /** Of a status, by its first digit. */
    LongAdder answers(int status) {
        return answers[status / 100];
    }
}
