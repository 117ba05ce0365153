package io.shoestring;

import java.util.HashMap;
import java.util.Map;

/** The values of one second, by their series; rates are made of counts. Not thread-safe. */
final class Samples {
    private static final double NANOS_PER_SECOND = 1e9;

    private Map<String, Double> values = new HashMap<>();
    private Map<String, Long> counts = new HashMap<>();
    private Map<String, Long> before = Map.of();
    private double seconds;
    private long beganNanos;

    /** Begins a second. */
    void begin(long nowNanos) {
        seconds = (nowNanos - beganNanos) / NANOS_PER_SECOND;
        beganNanos = nowNanos;
        before = counts;
        counts = new HashMap<>();
        values = new HashMap<>();
    }

    /** Something that is as it is. */
    void gauge(String series, Number value) {
        values.put(series, value.doubleValue());
    }

    /** Something that only grows: how much of it came in a second. What began anew is left out. */
    void counter(String series, long count) {
        counts.put(series, count);
        Long earlier = before.get(series);
        if (earlier != null && count >= earlier && seconds > 0) {
            values.put(series, (count - earlier) / seconds);
        }
    }

    Map<String, Double> values() {
        return values;
    }
}
