package io.shoestring.proxy.mysql.statement;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Set;

/**
 * What a statement is.
 *
 * @param lastAnswer whether it asks about the statement before it (SHOW WARNINGS, FOUND_ROWS)
 * @param tracks whether it may change of what the server reports
 * @param calls whether it calls what is not known: that may change the session
 * @param pins what it may leave in the session that cannot be made anew
 * @param why it is a read, or is none
 * @param detail the word that makes it none; empty: there is no such word
 * @param tables what it names that the proxy may know better than the server
 */
public record Classification(
        StatementKind kind,
        boolean lastAnswer,
        boolean tracks,
        boolean calls,
        Set<PinReason> pins,
        RouteReason why,
        String detail,
        List<TableName> tables) {
    /** Of what is not understood. */
    public static final Classification UNKNOWN =
            new Classification(
                    StatementKind.OTHER,
                    false,
                    true,
                    true,
                    Set.of(),
                    RouteReason.UNREADABLE,
                    "",
                    List.of());

    public Classification {
        requireNonNull(kind, "kind is null");
        pins = Set.copyOf(pins);
        requireNonNull(why, "why is null");
        requireNonNull(detail, "detail is null");
        tables = List.copyOf(tables);
    }

    /**
     * Whether it holds for every statement that differs from the classified one only in the values
     * of its numbers and strings.
     */
    public boolean isOfShape() {
        boolean plain = pins.isEmpty() && tables.isEmpty() && !lastAnswer && !tracks;
        return plain
                && switch (kind) {
                    case READ, ROWS, CHANGE -> true;
                    default -> false;
                };
    }

    /** Of a command that is no statement. */
    public static Classification ofCommand(StatementKind kind) {
        return new Classification(
                kind, false, false, false, Set.of(), RouteReason.NO_STATEMENT, "", List.of());
    }

    /** As this one, of a SELECT that asks the proxy, too: the primary answers it. */
    public Classification ofQuestion() {
        return new Classification(
                StatementKind.ROWS,
                lastAnswer,
                tracks,
                calls,
                pins,
                RouteReason.CONSOLE,
                "",
                List.of());
    }

    /** Of a SHOW about the proxy, which leaves nothing behind. */
    public static Classification ofConsole() {
        return new Classification(
                StatementKind.ROWS,
                false,
                false,
                false,
                Set.of(),
                RouteReason.CONSOLE,
                "",
                List.of());
    }
}
