package io.shoestring.proxy.mysql;

import io.shoestring.proxy.mysql.statement.RouteReason;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** How many requests went there, by why. Thread-safe. */
final class Routed {
    private final LongAdder[] counts =
            Stream.generate(LongAdder::new)
                    .limit(RouteReason.values().length)
                    .toArray(LongAdder[]::new);

    /** One more. */
    void add(RouteReason why) {
        counts[why.ordinal()].increment();
    }

    /** All of them. */
    long sum() {
        long sum = 0;
        for (LongAdder count : counts) {
            sum += count.sum();
        }
        return sum;
    }

    /** By why they went there; none that is 0. */
    Map<RouteReason, Long> byReason() {
        Map<RouteReason, Long> all = new EnumMap<>(RouteReason.class);
        for (RouteReason reason : RouteReason.values()) {
            long count = counts[reason.ordinal()].sum();
            if (count > 0) {
                all.put(reason, count);
            }
        }
        return all;
    }
}
