package io.shoestring.proxy.mysql.statement;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Cuts SQL into tokens in one pass; comments are skipped. Whatever depends on something outside the
 * text (a backslash before a quote: NO_BACKSLASH_ESCAPES; code in a comment: the version) is {@link
 * Token#UNREADABLE}, and so is all that comes after it. Bytes above 127 are letters.
 */
final class Tokenizer {
    private static final int WORD_BYTES_MAX = 64;

    enum Token {
        WORD,
        /** In backticks, or in double quotes, which may also be a string. */
        QUOTED,
        STRING,
        NUMBER,
        /** {@code @name}. */
        USER_VARIABLE,
        /** {@code @@name}. */
        SYSTEM_VARIABLE,
        /** {@code :=}. */
        ASSIGN,
        OPEN,
        CLOSE,
        DOT,
        SEMICOLON,
        SYMBOL,
        UNREADABLE,
        END
    }

    private final byte[] sql;
    private final int end;
    private int position;
    private String word = "";
    private boolean unreadable;
    private boolean hinted;
    private int tokenIndex;

    Tokenizer(byte[] sql, int from, int to) {
        this.sql = sql;
        this.position = from;
        this.end = to;
    }

    /** The latest token in lower case, if it was a word. */
    String word() {
        return word;
    }

    /** Whether a comment up to here asks for the primary. */
    boolean isHinted() {
        return hinted;
    }

    /** Where the latest token begins. */
    int from() {
        return tokenIndex;
    }

    /** Where what comes after the latest token begins. */
    int to() {
        return position;
    }

    private int peek(int distance) {
        return position + distance < end ? sql[position + distance] & 0xff : 0;
    }

    Token next() {
        word = "";
        skipSpaceAndComments();
        tokenIndex = position;
        if (unreadable) {
            return Token.UNREADABLE;
        }
        if (position >= end) {
            return Token.END;
        }
        int letter = peek(0);
        if (isLetter(letter)) {
            return readWord();
        }
        if (isDigit(letter)) {
            return number();
        }
        return switch (letter) {
            case '\'' -> quoted(Token.STRING, '\'');
            case '"' -> quoted(Token.QUOTED, '"');
            case '`' -> quoted(Token.QUOTED, '`');
            case '@' -> variable();
            case ':' ->
                    symbol(peek(1) == '=' ? 2 : 1, peek(1) == '=' ? Token.ASSIGN : Token.SYMBOL);
            case '(' -> symbol(1, Token.OPEN);
            case ')' -> symbol(1, Token.CLOSE);
            case '.' -> symbol(1, Token.DOT);
            case ';' -> symbol(1, Token.SEMICOLON);
            case 0, '\\' -> unreadable();
            default -> symbol(1, Token.SYMBOL);
        };
    }

    private Token symbol(int bytes, Token token) {
        position += bytes;
        return token;
    }

    private Token unreadable() {
        unreadable = true;
        return Token.UNREADABLE;
    }

    private Token readWord() {
        int from = position;
        while (position < end && isWordPart(peek(0))) {
            position++;
        }
        // x'41', b'1', n'text', _utf8'text': a string that has a prefix.
        int length = Math.min(position - from, WORD_BYTES_MAX);
        word = new String(sql, from, length, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
        return Token.WORD;
    }

    private Token number() {
        while (position < end && (isWordPart(peek(0)) || peek(0) == '.')) {
            position++;
        }
        return Token.NUMBER;
    }

    private Token variable() {
        position++;
        boolean system = peek(0) == '@';
        if (system) {
            position++;
        }
        if (isWordPart(peek(0))) {
            readWord();
        }
        return system ? Token.SYSTEM_VARIABLE : Token.USER_VARIABLE;
    }

    private Token quoted(Token token, char quote) {
        for (position++; position < end; position++) {
            int letter = peek(0);
            if (letter == '\\' && quote != '`' && (peek(1) == quote || peek(1) == '\\')) {
                return unreadable();
            }
            if (letter == quote) {
                if (peek(1) != quote) {
                    position++;
                    return token;
                }
                position++;
            }
        }
        return unreadable();
    }

    private void skipSpaceAndComments() {
        while (position < end && !unreadable) {
            int letter = peek(0);
            if (letter == ' ' || (letter >= '\t' && letter <= '\r')) {
                position++;
            } else if (letter == '#' || (letter == '-' && peek(1) == '-' && isSpace(peek(2)))) {
                skipLine();
            } else if (letter == '/' && peek(1) == '*') {
                skipComment();
            } else {
                return;
            }
        }
    }

    private boolean isSpace(int letter) {
        return letter <= ' ';
    }

    private void skipLine() {
        while (position < end && peek(0) != '\n') {
            position++;
        }
    }

    private void skipComment() {
        // What begins with /*! or /*M! is code, for some servers.
        if (peek(2) == '!' || (peek(2) == 'M' && peek(3) == '!')) {
            unreadable = true;
            return;
        }
        position += 2;
        int from = position;
        while (position < end && !(peek(0) == '*' && peek(1) == '/')) {
            position++;
        }
        if (position >= end) {
            unreadable = true;
        } else {
            hinted |= Hint.isPrimary(sql, from, position);
            position += 2;
        }
    }

    private static boolean isDigit(int letter) {
        return letter >= '0' && letter <= '9';
    }

    private static boolean isLetter(int letter) {
        int lower = letter | 0x20;
        return (lower >= 'a' && lower <= 'z') || letter == '_' || letter == '$' || letter > 127;
    }

    private static boolean isWordPart(int letter) {
        return isLetter(letter) || isDigit(letter);
    }
}
