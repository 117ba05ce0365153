package io.shoestring.proxy.postgresql.statement;

import java.util.Set;

/**
 * Watches one statement's tokens for function calls: a name followed by a parenthesis is a call
 * unless SQL's grammar says that it cannot be. A call of anything but a harmless built-in function
 * spoils the statement for a replica; some calls leave something in the session.
 */
final class CallWatch {
    private static final int DEPTH_MAX = 63;
    private static final int NONE = Integer.MIN_VALUE;

    private final Set<PinReason> pins;

    private boolean harmless;
    private boolean traceless;
    private boolean sawDistinct;
    private int depth;

    // One bit per depth: between WITH and the query that uses its list, 'name (' lists columns.
    private long withLists;

    private Token previous = Token.START;
    private Token beforePrevious = Token.START;
    private Word previousWord = Word.UNKNOWN;

    // The name that the previous token ended, and what stood before all of it.
    private int nameParts;
    private boolean beginsWithCatalog;
    private Token beforeName = Token.START;
    private Word wordBeforeName = Word.UNKNOWN;

    private int setConfigDepth = NONE;

    // Inside something that looks like a list of columns; a value in it says that it is none.
    private int columnListDepth = NONE;

    CallWatch(Set<PinReason> pins) {
        this.pins = pins;
    }

    /** A new statement begins. */
    void start() {
        harmless = true;
        traceless = true;
        sawDistinct = false;
        depth = 0;
        withLists = 0;
        previous = Token.START;
        beforePrevious = Token.START;
        previousWord = Word.UNKNOWN;
        nameParts = 0;
        setConfigDepth = NONE;
        columnListDepth = NONE;
    }

    /** How many parentheses are open; negative if more were closed. */
    int depth() {
        return depth;
    }

    /** Whether the statement called nothing but harmless functions, and closed its parentheses. */
    boolean areHarmless() {
        return harmless && depth == 0;
    }

    /** Whether it called nothing that may leave something in the session. */
    boolean areTraceless() {
        return traceless && depth == 0;
    }

    void see(Token token, Word word) {
        switch (token) {
            case WORD -> {
                keyword(word.keyword());
                name(word);
            }
            case QUOTED_NAME -> name(word);
            case DOT -> dot();
            case OPEN -> open();
            case CLOSE -> close();
            case STRING, PARAMETER, TYPECAST -> {
                nameParts = 0;
                harmless &= columnListDepth == NONE;
                traceless &= columnListDepth == NONE;
            }
            default -> nameParts = 0;
        }
        beforePrevious = previous;
        previous = token;
        previousWord = word;
    }

    private void keyword(Keyword keyword) {
        switch (keyword) {
            case WITH -> {
                if (isAtQueryStart()) {
                    withLists |= bit(depth);
                }
            }
            case SELECT, VALUES, TABLE -> withLists &= ~bit(depth);
            case DISTINCT -> sawDistinct = true;
            default -> {}
        }
    }

    /** Not the WITH of {@code WITH ORDINALITY} or {@code TIMESTAMP WITH TIME ZONE}. */
    private boolean isAtQueryStart() {
        return previous == Token.START
                || previous == Token.OPEN
                || previousWord.is(Keyword.EXPLAIN)
                || previousWord.is(Keyword.VERBOSE);
    }

    private void name(Word word) {
        if (previous == Token.DOT) {
            // '(row).name(' begins with a dot: no name that anybody knows.
            beginsWithCatalog &= nameParts == 1;
            nameParts = Math.max(nameParts, 1) + 1;
            return;
        }
        nameParts = 1;
        beginsWithCatalog = word.is(Keyword.PG_CATALOG);
        beforeName = previous;
        wordBeforeName = previousWord;
    }

    private void dot() {
        if (nameParts == 0) {
            beforeName = Token.DOT;
            wordBeforeName = Word.UNKNOWN;
        }
    }

    private void open() {
        if (previous == Token.WORD || previous == Token.QUOTED_NAME) {
            judge();
        } else if (previous == Token.CLOSE) {
            withLists &= ~bit(depth);
        }
        nameParts = 0;
        depth++;
        withLists &= ~bit(depth);
        harmless &= depth <= DEPTH_MAX;
        traceless &= depth <= DEPTH_MAX;
    }

    private void close() {
        nameParts = 0;
        depth--;
        harmless &= depth >= 0;
        if (depth == columnListDepth) {
            columnListDepth = NONE;
        }
        if (depth == setConfigDepth) {
            setConfigDepth = NONE;
            boolean local = previousWord.is(Keyword.TRUE) && beforePrevious == Token.COMMA;
            if (!local) {
                pins.add(PinReason.SET_CONFIG);
            }
        }
    }

    private static long bit(int depth) {
        return depth < 0 || depth > DEPTH_MAX ? 0 : 1L << depth;
    }

    /** The previous token is a name, and a parenthesis follows it. */
    private void judge() {
        if (isSyntax()) {
            return;
        }
        if (isTypeModifier() || isColumnList()) {
            columnListDepth = columnListDepth == NONE ? depth : columnListDepth;
            return;
        }
        previousWord.pin().ifPresent(this::pin);
        boolean builtIn = nameParts == 1 || (nameParts == 2 && beginsWithCatalog);
        harmless &= builtIn && previousWord.isHarmlessFunction();
        traceless &= isSyntaxOfWrites() || (builtIn && previousWord.leavesNothing());
    }

    /**
     * {@code INSERT INTO a (x)}, {@code COPY a (x)}, {@code ON CONFLICT (x)}, {@code UPDATE a SET
     * (x, y) = …}.
     */
    private boolean isSyntaxOfWrites() {
        return wordBeforeName.is(Keyword.INTO)
                || wordBeforeName.is(Keyword.TRACELESS)
                || (nameParts == 1
                        && (previousWord.is(Keyword.SET) || previousWord.is(Keyword.CONFLICT)));
    }

    private void pin(PinReason reason) {
        if (reason == PinReason.SET_CONFIG && setConfigDepth == NONE) {
            setConfigDepth = depth;
        } else {
            pins.add(reason);
        }
    }

    private boolean isSyntax() {
        Keyword keyword = previousWord.keyword();
        if (nameParts != 1 || keyword == Keyword.NONE) {
            return false;
        }
        return keyword.isSyntax() || isSyntaxHere(keyword);
    }

    /** Words that may name a function, but not in this place. */
    private boolean isSyntaxHere(Keyword keyword) {
        return switch (keyword) {
            case FILTER -> beforeName == Token.CLOSE;
            case BY -> isOneOf(Keyword.GROUP, Keyword.ORDER, Keyword.PARTITION);
            case CUBE -> wordBeforeName.is(Keyword.BY);
            case JOIN -> isAfterTable();
            case MATERIALIZED -> isOneOf(Keyword.AS, Keyword.NOT, Keyword.NOT);
            case EXPLAIN -> beforeName == Token.START;
            case VERBOSE -> wordBeforeName.is(Keyword.EXPLAIN);
            case BERNOULLI -> wordBeforeName.is(Keyword.TABLESAMPLE);
            case SETS, VARYING -> wordBeforeName.is(Keyword.SYNTAX);
            default -> false;
        };
    }

    private boolean isOneOf(Keyword first, Keyword second, Keyword third) {
        Keyword before = wordBeforeName.keyword();
        return before == first || before == second || before == third;
    }

    private boolean isAfterTable() {
        return switch (beforeName) {
            case CLOSE, QUOTED_NAME -> true;
            case WORD -> wordBeforeName.is(Keyword.NONE) || wordBeforeName.is(Keyword.JOIN_KIND);
            default -> false;
        };
    }

    /** {@code x::numeric(10, 2)}, {@code CAST(x AS numeric(10, 2))}. */
    private boolean isTypeModifier() {
        return beforeName == Token.TYPECAST || wordBeforeName.is(Keyword.AS);
    }

    /** {@code WITH a (x), b (y) AS …}, {@code FROM (VALUES …) AS t (x)}, {@code FROM f() t (x)}. */
    private boolean isColumnList() {
        if (nameParts != 1) {
            return false;
        }
        if ((withLists & bit(depth)) != 0) {
            return isOneOf(Keyword.WITH, Keyword.RECURSIVE, Keyword.WITH)
                    || beforeName == Token.COMMA;
        }
        // After the list of DISTINCT ON an expression follows, so there it may be a call.
        return beforeName == Token.CLOSE && !sawDistinct;
    }
}
