package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.util.Comparator;
import java.util.Optional;

/**
 * One thing that is wrong with a configuration, said so that a person can mend it.
 *
 * @param file as the person named it
 * @param line from 1
 * @param column from 1, in characters (code points); of the key, when the value is wrong
 * @param path the keys from the top, joined by dots; empty if the whole file is meant
 * @param message what is wrong and what was expected
 * @param hint what would probably help
 */
public record Problem(
        String file, int line, int column, String path, String message, Optional<String> hint) {
    static final Comparator<Problem> BY_PLACE =
            Comparator.comparingInt(Problem::line)
                    .thenComparingInt(Problem::column)
                    .thenComparing(Problem::path)
                    .thenComparing(Problem::message);

    public Problem {
        requireNonNull(file, "file is null");
        requireNonNull(path, "path is null");
        requireNonNull(message, "message is null");
        requireNonNull(hint, "hint is null");
    }

    /** One line: {@code file:line:column: path: message; hint}. */
    @Override
    public String toString() {
        return "%s:%d:%d: %s%s%s"
                .formatted(
                        file,
                        line,
                        column,
                        path.isEmpty() ? "" : path + ": ",
                        message,
                        hint.map(text -> "; " + text).orElse(""));
    }
}
