package io.shoestring.proxy.postgresql.statement;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What {@link StatementClassifier} found.
 *
 * @param pins what the statement leaves in the session, usually nothing; of all statements when
 *     there are several
 * @param primaryHint whether a comment says {@code shoestring: primary}; never with READ
 * @param isTraceless whether it certainly leaves nothing in the session but what its kind and its
 *     pins tell
 * @param listens whether it says LISTEN or UNLISTEN, or asks for the channels
 */
public record Classification(
        StatementKind kind,
        Set<PinReason> pins,
        boolean primaryHint,
        boolean isTraceless,
        boolean listens) {
    /** A statement that nobody understood. */
    public static final Classification UNKNOWN =
            new Classification(StatementKind.WRITE, Set.of(), false, false, false);

    private static final Map<StatementKind, Classification> PLAIN = plain(true);
    private static final Map<StatementKind, Classification> PLAIN_TRACING = plain(false);

    private static Map<StatementKind, Classification> plain(boolean isTraceless) {
        return Collections.unmodifiableMap(
                Arrays.stream(StatementKind.values())
                        .map(kind -> new Classification(kind, Set.of(), false, isTraceless, false))
                        .collect(
                                Collectors.toMap(
                                        Classification::kind,
                                        Function.identity(),
                                        (one, other) -> one,
                                        () -> new EnumMap<>(StatementKind.class))));
    }

    public Classification {
        pins = Set.copyOf(pins);
    }

    /** The usual ones, which pin nothing, are shared. */
    static Classification of(
            StatementKind kind,
            Set<PinReason> pins,
            boolean primaryHint,
            boolean isTraceless,
            boolean listens) {
        if (pins.isEmpty() && !primaryHint && !listens) {
            return requireNonNull((isTraceless ? PLAIN : PLAIN_TRACING).get(kind));
        }
        return new Classification(kind, pins, primaryHint, isTraceless, listens);
    }

    /**
     * Whether it holds for every statement that differs from the classified one only in the values
     * of its numbers and strings.
     */
    public boolean isOfShape() {
        boolean plain = pins.isEmpty() && !primaryHint && !listens;
        return plain && (kind == StatementKind.READ || kind == StatementKind.WRITE);
    }

    /** Whether a replica may answer. */
    public boolean isRead() {
        return kind == StatementKind.READ;
    }
}
