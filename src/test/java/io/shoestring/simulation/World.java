package io.shoestring.simulation;

import io.shoestring.base.Clock;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Random;

/** Virtual time, chance, and what is going to happen when; the only source of all three. */
final class World implements Clock {
    private static final int TRACE_LIMIT = 400;
    private static final long MILLI = 1_000_000L;

    /** What is planned lies in a ring of milliseconds: no delay may be longer than that. */
    private static final int RING_MILLIS = 1 << 16;

    /**
     * Each knows the one that was planned after it for the same millisecond; the last, the first.
     */
    private static final class Planned {
        private final Runnable what;
        private Planned next = this;

        Planned(Runnable what) {
            this.what = what;
        }
    }

    private final Random random;
    private final @Nullable Planned[] lastOfMilli = new Planned[RING_MILLIS];
    private final Deque<String> trace = new ArrayDeque<>();
    private long nowMillis = 1_000;

    World(long seed) {
        this.random = new Random(seed);
    }

    @Override
    public long nanos() {
        return nowMillis * MILLI;
    }

    long millis() {
        return nowMillis;
    }

    void afterMillis(long millis, Runnable what) {
        Objects.checkIndex(millis, (long) RING_MILLIS);
        int index = index(nowMillis + millis);
        Planned planned = new Planned(what);
        Planned last = lastOfMilli[index];
        if (last != null) {
            planned.next = last.next;
            last.next = planned;
        }
        lastOfMilli[index] = planned;
    }

    private static int index(long millis) {
        return (int) millis & (RING_MILLIS - 1);
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
        long end = nowMillis + millis;
        while (nowMillis <= end) {
            Planned last = lastOfMilli[index(nowMillis)];
            if (last != null) {
                first(last).what.run();
            } else if (nowMillis < end) {
                nowMillis++;
            } else {
                return;
            }
        }
    }

    private Planned first(Planned last) {
        Planned first = last.next;
        if (first == last) {
            lastOfMilli[index(nowMillis)] = null;
        } else {
            last.next = first.next;
        }
        return first;
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
