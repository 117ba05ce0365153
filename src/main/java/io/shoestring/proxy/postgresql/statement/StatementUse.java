package io.shoestring.proxy.postgresql.statement;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * SQL that names a prepared statement: {@code EXECUTE name} or {@code DEALLOCATE name}. Statements
 * prepared by the protocol and by SQL share their names.
 *
 * @param name one character per byte, as in {@code ParseBody}
 * @param deallocates whether the statement is gone afterwards
 */
public record StatementUse(String name, boolean deallocates) {
    public StatementUse {
        requireNonNull(name, "name is null");
    }

    static Optional<StatementUse> read(Tokenizer tokenizer) {
        if (tokenizer.next() != Token.WORD) {
            return Optional.empty();
        }
        return switch (tokenizer.text().toLowerCase(Locale.ROOT)) {
            case "execute" -> name(tokenizer, tokenizer.next(), false);
            case "deallocate" -> deallocated(tokenizer);
            default -> Optional.empty();
        };
    }

    private static Optional<StatementUse> deallocated(Tokenizer tokenizer) {
        Token token = tokenizer.next();
        if (token == Token.WORD && tokenizer.word().is(Keyword.PREPARE)) {
            token = tokenizer.next();
        }
        return token == Token.WORD && tokenizer.word().is(Keyword.ALL)
                ? Optional.empty()
                : name(tokenizer, token, true);
    }

    private static Optional<StatementUse> name(
            Tokenizer tokenizer, Token token, boolean deallocates) {
        return switch (token) {
            case WORD ->
                    Optional.of(
                            new StatementUse(
                                    bytes(tokenizer.text().toLowerCase(Locale.ROOT)), deallocates));
            case QUOTED_NAME ->
                    Optional.of(new StatementUse(bytes(unquoted(tokenizer.text())), deallocates));
            default -> Optional.empty();
        };
    }

    private static String unquoted(String quoted) {
        return quoted.substring(1, quoted.length() - 1).replace("\"\"", "\"");
    }

    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
