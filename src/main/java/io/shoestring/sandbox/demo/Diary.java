package io.shoestring.sandbox.demo;

import io.shoestring.sandbox.demo.DemoReport.Moment;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What happened, and when; told at once to whoever listens. Thread-safe. Keeps the first {@link
 * #MOMENTS_MAX} moments.
 */
final class Diary {
    static final int MOMENTS_MAX = 1_000;

    private final LongSupplier nowNanos;
    private final Consumer<Moment> listener;
    private final List<Moment> moments = new ArrayList<>();

    /**
     * @param nowNanos since the load began
     * @param listener is called on the thread that writes
     */
    Diary(LongSupplier nowNanos, Consumer<Moment> listener) {
        this.nowNanos = nowNanos;
        this.listener = listener;
    }

    /** Writes down that it happens now. */
    synchronized void write(String what) {
        Moment moment = new Moment(nowNanos.getAsLong() / 1_000_000, what);
        if (moments.size() < MOMENTS_MAX) {
            moments.add(moment);
            listener.accept(moment);
        }
    }

    synchronized List<Moment> moments() {
        return List.copyOf(moments);
    }
}
