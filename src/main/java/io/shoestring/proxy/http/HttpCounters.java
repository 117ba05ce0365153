package io.shoestring.proxy.http;

import io.shoestring.model.HttpTraffic;
import io.shoestring.proxy.Rate;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What a listener counts. Adders tolerate being added to from all loops at once. */
final class HttpCounters {
    private static final int CLASSES = 6;

    /** Exact, because it is a limit. */
    final AtomicInteger clients = new AtomicInteger();

    volatile int mostClients;
    final Rate connections = new Rate();
    final Rate requests = new Rate();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    /** Connections over the limit. */
    final LongAdder tooMany = new LongAdder();

    /** TLS that could not be agreed on. */
    final LongAdder handshakes = new LongAdder();

    /** Answers that no server gave. */
    final LongAdder own = new LongAdder();

    final LongAdder malformed = new LongAdder();
    final LongAdder late = new LongAdder();
    final LongAdder denied = new LongAdder();
    final LongAdder unrouted = new LongAdder();
    final LongAdder unavailable = new LongAdder();
    final LongAdder broken = new LongAdder();
    final LongAdder slow = new LongAdder();

    /** Exchanges that the client cut off. */
    final LongAdder clientAborts = new LongAdder();

    private final LongAdder[] answers = new LongAdder[CLASSES];

    HttpCounters() {
        Arrays.setAll(answers, _ -> new LongAdder());
    }

    /** A client came: true if it is one too many. */
    boolean isTooMany(int limit) {
        connections.count();
        int now = clients.incrementAndGet();
        if (now > mostClients && now <= limit) {
            mostClients = now;
        }
        return now > limit;
    }

    /** Of a status, by its first digit. */
    LongAdder answers(int status) {
        return answers[status / 100];
    }

    /** A request failed, and is answered with this status. */
    void failed(int status) {
        switch (status) {
            case 408 -> late.increment();
            case 503 -> unavailable.increment();
            case 504 -> slow.increment();
            default -> broken.increment();
        }
    }

    /** Connections and requests that were refused. */
    long refused() {
        return tooMany.sum() + handshakes.sum() + malformed.sum() + late.sum() + denied.sum();
    }

    /** Requests answered by us, or cut off, because of their server. */
    long interrupted() {
        return unavailable.sum() + broken.sum() + slow.sum();
    }

    /** Ends a second. */
    void measure() {
        connections.measure();
        requests.measure();
    }

    HttpTraffic traffic() {
        List<Long> byClass = Arrays.stream(answers).skip(1).map(LongAdder::sum).toList();
        return new HttpTraffic(
                requests.total(),
                requests.perSecond(),
                requests.mostPerSecond(),
                byClass,
                own.sum(),
                malformed.sum(),
                late.sum(),
                denied.sum(),
                unrouted.sum(),
                unavailable.sum(),
                broken.sum(),
                slow.sum(),
                clientAborts.sum());
    }
}
