package io.shoestring.proxy.postgresql.statement;

import java.util.Locale;
import java.util.Optional;

/** Finds out what {@code SET [SESSION] name …} or {@code RESET name} is about. */
final class SettingName {
    private SettingName() {}

    static Optional<String> read(Tokenizer tokenizer) {
        Token token = tokenizer.next();
        while (token == Token.SEMICOLON) {
            token = tokenizer.next();
        }
        if (!tokenizer.word().is(Keyword.SET) && !tokenizer.word().is(Keyword.RESET)) {
            return Optional.empty();
        }
        token = tokenizer.next();
        if (tokenizer.word().is(Keyword.SESSION)) {
            token = tokenizer.next();
            if (tokenizer.word().is(Keyword.CHARACTERISTICS)) {
                return Optional.of("session characteristics");
            }
        }
        return name(token, tokenizer);
    }

    private static Optional<String> name(Token first, Tokenizer tokenizer) {
        var name = new StringBuilder();
        for (Token token = first; isPartOfName(token); token = tokenizer.next()) {
            String text = tokenizer.text().toLowerCase(Locale.ROOT);
            if (isNextWord(token, name)) {
                return Optional.of(synonym(name.toString()));
            }
            name.append(text.replace("\"", ""));
        }
        return name.isEmpty() ? Optional.empty() : Optional.of(synonym(name.toString()));
    }

    private static boolean isPartOfName(Token token) {
        return token == Token.WORD || token == Token.QUOTED_NAME || token == Token.DOT;
    }

    /** TO, FROM CURRENT, ZONE: a word that no dot joins to the name. */
    private static boolean isNextWord(Token token, StringBuilder name) {
        return token != Token.DOT && !name.isEmpty() && name.charAt(name.length() - 1) != '.';
    }

    /** SQL's own spellings of a few parameters. */
    private static String synonym(String name) {
        return switch (name) {
            case "time" -> "timezone";
            case "authorization" -> "session_authorization";
            case "schema" -> "search_path";
            case "names" -> "client_encoding";
            case "xml" -> "xmloption";
            default -> name;
        };
    }
}
