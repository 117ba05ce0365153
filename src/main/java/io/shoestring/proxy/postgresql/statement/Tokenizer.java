package io.shoestring.proxy.postgresql.statement;

import java.nio.charset.StandardCharsets;

/**
 * Cuts SQL into tokens in one pass, as PostgreSQL's scan.l does; comments are skipped. Where the
 * meaning of a byte depends on something outside the text (a backslash before a quote depends on
 * {@code standard_conforming_strings}) or on the server's version, the token is {@link
 * Token#UNREADABLE} and so are all later ones.
 */
final class Tokenizer {
    private static final String PG_TEMP = "pg_temp";

    private final byte[] sql;
    private final int end;
    private final Vocabulary vocabulary;

    private int position;
    private int tokenIndex;
    private Word word = Word.UNKNOWN;
    private boolean primaryHint;
    private boolean unreadable;

    Tokenizer(byte[] sql, int from, int to, Vocabulary vocabulary) {
        this.sql = sql;
        this.position = from;
        this.end = to;
        this.vocabulary = vocabulary;
    }

    /** What is known about the latest token, if it was a word. */
    Word word() {
        return word;
    }

    /** Whether a comment so far said {@code shoestring: primary}. */
    boolean hasPrimaryHint() {
        return primaryHint;
    }

    /** Where the latest token begins. */
    int tokenIndex() {
        return tokenIndex;
    }

    /** The latest token as it was written. */
    String text() {
        return new String(sql, tokenIndex, position - tokenIndex, StandardCharsets.UTF_8);
    }

    Token next() {
        word = Word.UNKNOWN;
        skipSpaceAndComments();
        if (unreadable) {
            return Token.UNREADABLE;
        }
        if (position >= end) {
            return Token.END;
        }
        tokenIndex = position;
        byte letter = sql[position];
        if (Letters.isIdentifierStart(letter)) {
            return wordOrPrefixedString();
        }
        if (Letters.isDigit(letter) || (letter == '.' && Letters.isDigit(peek(1)))) {
            return number();
        }
        return other(letter);
    }

    /** The byte {@code distance} further on, or NUL behind the end. */
    private byte peek(int distance) {
        return distance < end - position ? sql[position + distance] : 0;
    }

    private Token other(byte letter) {
        return switch (letter) {
            case '\'' -> plainString();
            case '"' -> quotedName();
            case '$' -> dollar();
            case '(' -> symbol(Token.OPEN);
            case ')' -> symbol(Token.CLOSE);
            case ',' -> symbol(Token.COMMA);
            case '.' -> symbol(Token.DOT);
            case ';' -> symbol(Token.SEMICOLON);
            case ':' -> colon();
            default -> Letters.isSymbol(letter) ? symbol(Token.SYMBOL) : unreadable();
        };
    }

    private Token symbol(Token token) {
        position++;
        return token;
    }

    private Token colon() {
        if (peek(1) != ':') {
            return symbol(Token.SYMBOL);
        }
        position += 2;
        return Token.TYPECAST;
    }

    private Token unreadable() {
        unreadable = true;
        return Token.UNREADABLE;
    }

    private void skipSpaceAndComments() {
        while (position < end) {
            byte letter = sql[position];
            if (Letters.isSpace(letter)) {
                position++;
            } else if (letter == '-' && peek(1) == '-') {
                skipLine();
            } else if (letter == '/' && peek(1) == '*') {
                skipBlockComment();
            } else {
                return;
            }
        }
    }

    private void skipLine() {
        while (position < end && sql[position] != '\n' && sql[position] != '\r') {
            position++;
        }
    }

    private void skipBlockComment() {
        int from = position;
        int depth = 0;
        do {
            if (position >= end) {
                unreadable = true;
                return;
            }
            if (sql[position] == '/' && peek(1) == '*') {
                depth++;
                position += 2;
            } else if (sql[position] == '*' && peek(1) == '/') {
                depth--;
                position += 2;
            } else {
                position++;
            }
        } while (depth > 0);
        primaryHint |= Hint.isPrimary(sql, from + 2, position - 2);
    }

    private Token wordOrPrefixedString() {
        int from = position;
        int hash = Vocabulary.emptyHash();
        while (position < end && Letters.isIdentifierPart(sql[position])) {
            hash = Vocabulary.hash(hash, Letters.toLowerCase(sql[position++]));
        }
        if (position - from == 1) {
            byte prefix = Letters.toLowerCase(sql[from]);
            if (prefix == 'e' && peek(0) == '\'') {
                return escapeString();
            }
            if (prefix == 'u' && peek(0) == '&' && (peek(1) == '\'' || peek(1) == '"')) {
                position++;
                return peek(0) == '"' ? quotedName() : plainString();
            }
        }
        word = vocabulary.find(sql, from, position, hash);
        return Token.WORD;
    }

    /** Digits, a fraction, an exponent. What newer versions add (0x1F, 1_000) is unreadable. */
    private Token number() {
        skipDigits();
        if (peek(0) == '.') {
            position++;
            skipDigits();
        }
        byte letter = Letters.toLowerCase(peek(0));
        if (letter == 'e') {
            int sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
            if (!Letters.isDigit(peek(1 + sign))) {
                return unreadable();
            }
            position += 1 + sign;
            skipDigits();
        }
        // Older versions read '1into' as two tokens, newer ones refuse it.
        return Letters.isIdentifierPart(peek(0)) ? unreadable() : Token.NUMBER;
    }

    private void skipDigits() {
        while (position < end && Letters.isDigit(sql[position])) {
            position++;
        }
    }

    /** A string in which only a doubled quote is special, if the server's settings say so. */
    private Token plainString() {
        for (position++; position < end; position++) {
            if (sql[position] == '\'') {
                if (sql[position - 1] == '\\') {
                    return unreadable();
                }
                if (peek(1) != '\'') {
                    position++;
                    return Token.STRING;
                }
                position++;
            }
        }
        return unreadable();
    }

    private Token escapeString() {
        for (position++; position < end; position++) {
            byte letter = sql[position];
            if (letter == '\\') {
                position++;
            } else if (letter == '\'') {
                if (peek(1) != '\'') {
                    position++;
                    return Token.STRING;
                }
                position++;
            }
        }
        return unreadable();
    }

    private Token quotedName() {
        int from = position + 1;
        for (position++; position < end; position++) {
            if (sql[position] == '"') {
                if (peek(1) != '"') {
                    word = isPgTemp(from, position) ? Word.PG_TEMP : Word.UNKNOWN;
                    position++;
                    return Token.QUOTED_NAME;
                }
                position++;
            }
        }
        return unreadable();
    }

    private boolean isPgTemp(int from, int to) {
        if (to - from != PG_TEMP.length()) {
            return false;
        }
        for (int i = 0; i < PG_TEMP.length(); i++) {
            if (sql[from + i] != PG_TEMP.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** {@code $1}, or a string between {@code $tag$} and {@code $tag$}. */
    private Token dollar() {
        if (Letters.isDigit(peek(1))) {
            position++;
            skipDigits();
            return Letters.isIdentifierStart(peek(0)) ? unreadable() : Token.PARAMETER;
        }
        int from = position;
        position++;
        if (Letters.isIdentifierStart(peek(0))) {
            while (Letters.isIdentifierPart(peek(0)) && peek(0) != '$') {
                position++;
            }
        }
        if (peek(0) != '$') {
            return unreadable();
        }
        position++;
        return dollarString(from, position - from);
    }

    private Token dollarString(int delimiterIndex, int delimiterLength) {
        for (; position <= end - delimiterLength; position++) {
            if (sql[position] == '$' && isDelimiter(delimiterIndex, delimiterLength)) {
                position += delimiterLength;
                return Token.STRING;
            }
        }
        return unreadable();
    }

    private boolean isDelimiter(int delimiterIndex, int delimiterLength) {
        for (int i = 1; i < delimiterLength; i++) {
            if (sql[position + i] != sql[delimiterIndex + i]) {
                return false;
            }
        }
        return true;
    }
}
