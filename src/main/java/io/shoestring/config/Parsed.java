package io.shoestring.config;

import java.util.Optional;

/** What became of the text of one value. */
sealed interface Parsed<T> {
    /** It has a meaning. */
    record Good<T>(T value) implements Parsed<T> {}

    /**
     * It has none.
     *
     * @param message what is wrong; what was expected is added by the format
     */
    record Bad<T>(String message, Optional<String> hint) implements Parsed<T> {}

    static <T> Parsed<T> good(T value) {
        return new Good<>(value);
    }

    static <T> Parsed<T> bad(String message) {
        return new Bad<>(message, Optional.empty());
    }

    static <T> Parsed<T> bad(String message, String hint) {
        return new Bad<>(message, Optional.of(hint));
    }
}
