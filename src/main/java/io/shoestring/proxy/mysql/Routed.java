package io.shoestring.proxy.mysql;

import io.shoestring.proxy.mysql.statement.RouteReason;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How many requests went there, by why. Thread-safe. */
final class Routed {
    private final Map<RouteReason, LongAdder> counts = new EnumMap<>(RouteReason.class);

    Routed() {
        for (RouteReason reason : RouteReason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    /** One more. */
    void add(RouteReason why) {
        LongAdder count = counts.get(why);
        if (count != null) {
            count.increment();
        }
    }

    /** All of them. */
    long sum() {
        long sum = 0;
        for (LongAdder count : counts.values()) {
            sum += count.sum();
        }
        return sum;
    }

    /** By why they went there; none that is 0. */
    Map<RouteReason, Long> byReason() {
        Map<RouteReason, Long> all = new EnumMap<>(RouteReason.class);
        counts.forEach(
                (reason, count) -> {
                    long sum = count.sum();
                    if (sum > 0) {
                        all.put(reason, sum);
                    }
                });
        return all;
    }
}
