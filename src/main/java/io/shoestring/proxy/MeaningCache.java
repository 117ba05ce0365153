package io.shoestring.proxy;

import io.shoestring.monitoring.digest.Shape;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * What statements mean, by their shape, so that a statement which differs from an earlier one only
 * in its values need not be read again. It compares the whole shape: nobody can write a statement
 * that is taken for another. Bounded; not thread-safe: one for each event loop.
 *
 * @param <M> what a statement means; whatever depends on the values in it must not be kept here
 */
public final class MeaningCache<M> {
    private static final int SLOTS = 512;

    private static final class Known<M> {
        private final byte[] shape;
        private final M meaning;

        private Known(byte[] shape, M meaning) {
            this.shape = shape;
            this.meaning = meaning;
        }
    }

    private final @Nullable Known<M>[] slots = slots();

    /** What is known of this shape. */
    public Optional<M> find(Shape shape) {
        Known<M> known = slots[slot(shape)];
        return known != null && shape.is(known.shape)
                ? Optional.of(known.meaning)
                : Optional.empty();
    }

    /** Remembers it, if the text has a shape; another one may be forgotten for it. */
    public void keep(Shape shape, M meaning) {
        if (shape.isKnown()) {
            slots[slot(shape)] = new Known<>(shape.toBytes(), meaning);
        }
    }

    private static int slot(Shape shape) {
        return (int) (shape.hash() >>> 32) & (SLOTS - 1);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <M> @Nullable Known<M>[] slots() {
        return new Known[SLOTS];
    }
}
