package io.shoestring.proxy.mysql.statement;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * What a statement is.
 *
 * @param lastAnswer whether it asks about the statement before it (SHOW WARNINGS, FOUND_ROWS)
 * @param tracks whether it may change of what the server reports
 * @param calls whether it calls what is not known: that may change the session
 * @param pins what it may leave in the session that cannot be made anew
 */
public record Classification(
        StatementKind kind,
        boolean lastAnswer,
        boolean tracks,
        boolean calls,
        Set<PinReason> pins) {
    /** Of what is not understood. */
    public static final Classification UNKNOWN =
            new Classification(StatementKind.OTHER, false, true, true, Set.of());

    public Classification {
        requireNonNull(kind, "kind is null");
        pins = Set.copyOf(pins);
    }
}
