package io.shoestring.base;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * One immutable value that one writer replaces whole and many readers read without a lock.
 *
 * <p>Readers on the data path call {@link #get}: a volatile read. Subscribers are called by the
 * publishing thread, in the order of publication, and must return at once (an event loop hands the
 * work to itself).
 */
public final class Published<T> {
    private final List<Consumer<? super T>> subscribers = new CopyOnWriteArrayList<>();
    private volatile T value;

    public Published(T initial) {
        this.value = requireNonNull(initial, "initial is null");
    }

    /** The newest value. */
    public T get() {
        return value;
    }

    /** Replaces the value and tells the subscribers. */
    public synchronized void publish(T next) {
        value = requireNonNull(next, "next is null");
        subscribers.forEach(subscriber -> subscriber.accept(next));
    }

    /**
     * Calls {@code subscriber} with every later value until the returned subscription is closed.
     */
    public Subscription subscribe(Consumer<? super T> subscriber) {
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }

    /** Ends a subscription; closing twice does nothing. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
