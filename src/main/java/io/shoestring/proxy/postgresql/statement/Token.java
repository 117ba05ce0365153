package io.shoestring.proxy.postgresql.statement;

/** Kinds of tokens in SQL. */
enum Token {
    /** Before the first token of a statement. */
    START,
    WORD,
    QUOTED_NAME,
    STRING,
    NUMBER,
    PARAMETER,
    OPEN,
    CLOSE,
    COMMA,
    DOT,
    TYPECAST,
    SEMICOLON,
    /** An operator, or punctuation that decides nothing. */
    SYMBOL,
    END,
    /** From here on nobody can say where strings begin and end. */
    UNREADABLE
}
