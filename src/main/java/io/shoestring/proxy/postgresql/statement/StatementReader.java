package io.shoestring.proxy.postgresql.statement;

import java.util.EnumSet;
import java.util.Set;

/**
 * Reads the statements of one string. The first words of a statement say what it is; over the rest
 * run two watches: {@link CallWatch} for functions and what they leave behind, and this class's own
 * for words that make a query more than a read.
 *
 * <p>INVARIANT: {@code readable} goes from true to false only, within one statement.
 */
final class StatementReader {
    private final Tokenizer tokenizer;
    private final Set<PinReason> pins = EnumSet.noneOf(PinReason.class);
    private final CallWatch calls = new CallWatch(pins);

    private Token token = Token.START;
    private Word word = Word.UNKNOWN;
    private Word previousWord = Word.UNKNOWN;
    private Word wordBeforePrevious = Word.UNKNOWN;
    private boolean readable;
    private boolean tracelessHead;
    private boolean listens;

    // CREATE FUNCTION … BEGIN ATOMIC …; …; END holds semicolons that end no statement.
    private int atomicDepth;
    private boolean isCreate;

    StatementReader(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    Classification read() {
        StatementKind kind = StatementKind.EMPTY;
        boolean hasSetting = false;
        boolean traceless = true;
        int statements = 0;
        while (token != Token.END && token != Token.UNREADABLE) {
            start();
            advance();
            if (token != Token.SEMICOLON && token != Token.END) {
                kind = statement();
                traceless &= isTraceless(kind);
                hasSetting |= kind == StatementKind.SET || kind == StatementKind.SET_ROLE;
                statements++;
            }
        }
        if (token == Token.UNREADABLE) {
            kind = StatementKind.WRITE;
        } else if (statements > 1) {
            kind = StatementKind.MULTIPLE;
        }
        if (statements > 1 && hasSetting) {
            pins.add(PinReason.SET_AMONG_OTHERS);
        }
        return result(kind, traceless && token != Token.UNREADABLE);
    }

    /** Whether it certainly leaves nothing in the session but what its kind and its pins tell. */
    private boolean isTraceless(StatementKind kind) {
        return (kind != StatementKind.WRITE || tracelessHead) && calls.areTraceless();
    }

    private Classification result(StatementKind kind, boolean traceless) {
        boolean hint = tokenizer.hasPrimaryHint();
        boolean refused = kind == StatementKind.READ && hint;
        return Classification.of(
                refused ? StatementKind.PRIMARY_READ : kind, pins, hint, traceless, listens);
    }

    private void start() {
        token = Token.START;
        word = Word.UNKNOWN;
        previousWord = Word.UNKNOWN;
        wordBeforePrevious = Word.UNKNOWN;
        readable = true;
        atomicDepth = 0;
        isCreate = false;
        calls.start();
    }

    private void advance() {
        wordBeforePrevious = previousWord;
        previousWord = word;
        token = tokenizer.next();
        word = tokenizer.word();
        calls.see(token, word);
        if (word.keyword() != Keyword.NONE) {
            watch();
        }
    }

    /** Steps over the current token and says whether the next is this word. */
    private boolean nextIs(Keyword keyword) {
        advance();
        return word.is(keyword);
    }

    private boolean isEndOfStatement() {
        return switch (token) {
            case END, UNREADABLE -> true;
            case SEMICOLON -> calls.depth() <= 0 && atomicDepth == 0;
            default -> false;
        };
    }

    private StatementKind statement() {
        StatementKind kind = head();
        while (!isEndOfStatement()) {
            // A semicolon inside parentheses: whatever it is, it is no query.
            readable &= token != Token.SEMICOLON;
            advance();
        }
        boolean certain = readable && calls.areHarmless();
        return kind == StatementKind.READ && !certain ? StatementKind.WRITE : kind;
    }

    private StatementKind head() {
        tracelessHead =
                switch (word.keyword()) {
                    case SELECT,
                            VALUES,
                            TABLE,
                            WITH,
                            EXPLAIN,
                            WRITING,
                            TRACELESS,
                            SYNTAX,
                            CREATE,
                            ANALYZE,
                            DECLARE,
                            LISTEN,
                            UNLISTEN ->
                            true;
                    default -> token == Token.OPEN;
                };
        return switch (word.keyword()) {
            case SELECT, VALUES, TABLE, WITH -> StatementKind.READ;
            case EXPLAIN -> explain();
            case BEGIN -> StatementKind.BEGIN;
            case START -> nextIs(Keyword.TRANSACTION) ? StatementKind.BEGIN : StatementKind.WRITE;
            case COMMIT, END ->
                    nextIs(Keyword.PREPARED) ? StatementKind.WRITE : StatementKind.COMMIT;
            case ROLLBACK, ABORT -> rollback();
            case SET -> set();
            case RESET -> reset();
            case DISCARD -> nextIs(Keyword.ALL) ? StatementKind.DISCARD_ALL : StatementKind.WRITE;
            case LISTEN -> listen();
            case UNLISTEN -> unlisten();
            case LOAD -> pinned(PinReason.LOAD);
            case PREPARE -> prepare();
            case DECLARE -> declare();
            case CREATE -> create();
            default -> token == Token.OPEN ? parenthesised() : StatementKind.WRITE;
        };
    }

    private StatementKind pinned(PinReason reason) {
        pins.add(reason);
        return StatementKind.WRITE;
    }

    private StatementKind listen() {
        listens = true;
        return pinned(PinReason.LISTEN);
    }

    private StatementKind unlisten() {
        listens = true;
        return StatementKind.WRITE;
    }

    private StatementKind parenthesised() {
        while (token == Token.OPEN) {
            advance();
        }
        return query();
    }

    private StatementKind query() {
        return switch (word.keyword()) {
            case SELECT, VALUES, TABLE, WITH -> StatementKind.READ;
            default -> StatementKind.WRITE;
        };
    }

    /** {@code EXPLAIN [VERBOSE] query}, or {@code EXPLAIN (option, …) query}. */
    private StatementKind explain() {
        advance();
        if (word.is(Keyword.VERBOSE)) {
            advance();
        }
        if (token != Token.OPEN) {
            return query();
        }
        advance();
        if (token == Token.OPEN || query() == StatementKind.READ) {
            return parenthesised();
        }
        while (token != Token.CLOSE && !isEndOfStatement()) {
            advance();
        }
        advance();
        return token == Token.OPEN ? parenthesised() : query();
    }

    private StatementKind rollback() {
        advance();
        if (word.is(Keyword.WORK) || word.is(Keyword.TRANSACTION)) {
            advance();
        }
        return switch (word.keyword()) {
            case TO -> StatementKind.SAVEPOINT_ROLLBACK;
            case PREPARED -> StatementKind.WRITE;
            default -> StatementKind.ROLLBACK;
        };
    }

    private StatementKind set() {
        advance();
        if (word.is(Keyword.LOCAL)) {
            return StatementKind.SET_LOCAL;
        }
        return setting();
    }

    private StatementKind reset() {
        advance();
        return setting();
    }

    private StatementKind setting() {
        if (word.is(Keyword.SESSION)) {
            advance();
            if (word.is(Keyword.AUTHORIZATION)) {
                return StatementKind.SET_ROLE;
            }
        }
        return switch (word.keyword()) {
            case ROLE, SESSION_AUTHORIZATION -> StatementKind.SET_ROLE;
            case TRANSACTION, CONSTRAINTS, TRANSACTION_SETTING -> StatementKind.SET_LOCAL;
            default -> StatementKind.SET;
        };
    }

    /** PREPARE TRANSACTION is of another kind: it ends the transaction, and makes it lasting. */
    private StatementKind prepare() {
        return nextIs(Keyword.TRANSACTION) ? StatementKind.COMMIT : pinned(PinReason.SQL_PREPARE);
    }

    private StatementKind declare() {
        while (!isEndOfStatement()) {
            if (word.is(Keyword.HOLD) && previousWord.is(Keyword.WITH)) {
                pins.add(PinReason.HOLDABLE_CURSOR);
            }
            advance();
        }
        return StatementKind.WRITE;
    }

    private StatementKind create() {
        isCreate = true;
        advance();
        while (isBeforeTemporary()) {
            advance();
        }
        return word.is(Keyword.TEMPORARY) && !endsWithTransaction()
                ? pinned(PinReason.TEMPORARY_OBJECT)
                : StatementKind.WRITE;
    }

    /** {@code CREATE TEMPORARY TABLE … ON COMMIT DROP}. */
    private boolean endsWithTransaction() {
        while (!isEndOfStatement()) {
            if (previousWord.is(Keyword.COMMIT)
                    && wordBeforePrevious.is(Keyword.ON)
                    && token == Token.WORD
                    && tokenizer.text().equalsIgnoreCase("drop")) {
                return true;
            }
            advance();
        }
        return false;
    }

    private boolean isBeforeTemporary() {
        return switch (word.keyword()) {
            case OR, REPLACE, LOCAL, GLOBAL -> true;
            default -> false;
        };
    }

    /** Words that decide something wherever they stand. */
    private void watch() {
        switch (word.keyword()) {
            case WRITING, INTO, ANALYZE, SERVER_VIEW -> readable = false;
            case SHARE ->
                    readable &= !previousWord.is(Keyword.FOR) && !previousWord.is(Keyword.KEY);
            case PG_TEMP -> {
                readable = false;
                pins.add(PinReason.TEMPORARY_OBJECT);
            }
            case TEMPORARY -> watchTemporary();
            case LISTENING_CHANNELS -> {
                readable = false;
                listens = true;
            }
            case ATOMIC -> atomicDepth += isCreate && previousWord.is(Keyword.BEGIN) ? 1 : 0;
            case CASE -> atomicDepth += atomicDepth > 0 ? 1 : 0;
            case END -> atomicDepth -= atomicDepth > 0 ? 1 : 0;
            default -> {}
        }
    }

    /** {@code SELECT … INTO [LOCAL | GLOBAL] TEMPORARY}, but not {@code INSERT INTO temp}. */
    private void watchTemporary() {
        boolean qualified = previousWord.is(Keyword.LOCAL) || previousWord.is(Keyword.GLOBAL);
        Word into = qualified ? wordBeforePrevious : previousWord;
        boolean insert = !qualified && wordBeforePrevious.is(Keyword.WRITING);
        if (into.is(Keyword.INTO) && !insert) {
            pins.add(PinReason.TEMPORARY_OBJECT);
        }
    }
}
