package io.shoestring.simulation;

import io.shoestring.base.Clock;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.Random;

/** Virtual time, chance, and what is going to happen when; the only source of all three. */
final class World implements Clock {
    private static final int TRACE_LIMIT = 400;
    private static final long MILLI = 1_000_000L;

    private record Planned(long atNanos, long order, Runnable what) implements Comparable<Planned> {
        @Override
        public int compareTo(Planned other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final Random random;
    private final PriorityQueue<Planned> planned = new PriorityQueue<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private long nowNanos = 1_000_000_000L;
    private long order;

    World(long seed) {
        this.random = new Random(seed);
    }

    @Override
    public long nanos() {
        return nowNanos;
    }

    long millis() {
        return nowNanos / MILLI;
    }

    void afterMillis(long millis, Runnable what) {
        planned.add(new Planned(nowNanos + millis * MILLI, order++, what));
    }

    /** A whole number from {@code low} to {@code high}, both included. */
    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** Lets it happen; may be called by something that happens, which then takes that long. */
    void runMillis(long millis) {
        long end = nowNanos + millis * MILLI;
        while (!planned.isEmpty() && planned.peek().atNanos() <= end) {
            Planned next = planned.poll();
            nowNanos = next.atNanos();
            next.what().run();
        }
        nowNanos = Math.max(nowNanos, end);
    }

    void trace(String text) {
        trace.addLast(millis() + " " + text);
        if (trace.size() > TRACE_LIMIT) {
            trace.removeFirst();
        }
    }

    String story() {
        return String.join("\n", trace);
    }
}
