package io.shoestring.proxy.mysql.statement;

import io.shoestring.proxy.mysql.statement.Tokenizer.Token;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Says what a statement is, from its text alone. A statement is a read only if it is a SELECT that
 * was understood to its end: no lock, no target, no variable, no sequence, and no function but
 * those that are known to be harmless. One object for each statement.
 */
public final class StatementClassifier {
    /** A longer text is not looked at. */
    private static final int READ_MAX = 1 << 20;

    private final Tokenizer tokens;
    private final Set<PinReason> pins = EnumSet.noneOf(PinReason.class);
    private final TableNames tables = new TableNames();
    private RouteReason why = RouteReason.READS;
    private String detail = "";
    private boolean showing;
    private boolean spoiled;
    private boolean calls;
    private boolean lastAnswer;
    private boolean tracks;
    private boolean understood = true;
    private int depth;

    private StatementClassifier(byte[] sql, int from, int to) {
        tokens = new Tokenizer(sql, from, to);
    }

    /** Classifies the text from {@code from} up to {@code to}. */
    public static Classification classify(byte[] sql, int from, int to) {
        return to - from > READ_MAX
                ? Classification.UNKNOWN
                : new StatementClassifier(sql, from, to).classify();
    }

    private Classification classify() {
        Token first = tokens.next();
        while (first == Token.OPEN) {
            depth++;
            first = tokens.next();
        }
        if (first != Token.WORD) {
            return Classification.UNKNOWN;
        }
        String verb = tokens.word();
        StatementKind kind = kind(verb);
        if (!understood) {
            // What follows may be another statement, or be for the server only.
            return new Classification(
                    StatementKind.OTHER,
                    false,
                    true,
                    true,
                    pins,
                    RouteReason.UNREADABLE,
                    "",
                    List.of());
        }
        return new Classification(
                kind, lastAnswer, tracks, calls, pins, why(kind), detail, tables.found());
    }

    private RouteReason why(StatementKind kind) {
        return switch (kind) {
            case READ -> RouteReason.READS;
            case CHANGE -> noRead(RouteReason.WRITES);
            case BEGIN, COMMIT, ROLLBACK, AUTOCOMMIT -> noRead(RouteReason.TRANSACTION);
            case SESSION, KILL -> noRead(RouteReason.SESSION);
            // Without a reason it has unmatched parentheses.
            case ROWS -> why == RouteReason.READS ? RouteReason.UNREADABLE : why;
            case OTHER -> noRead(RouteReason.NO_SELECT);
        };
    }

    private RouteReason noRead(RouteReason whole) {
        detail = "";
        return whole;
    }

    /** The first reason is the one that is told. */
    private void against(RouteReason reason, String word) {
        if (why == RouteReason.READS) {
            why = reason;
            detail = word;
        }
    }

    private StatementKind kind(String verb) {
        return switch (verb) {
            case "select" -> {
                readRest("");
                if (tokens.isHinted()) {
                    why = RouteReason.HINT;
                    detail = "";
                }
                yield isRead() ? StatementKind.READ : StatementKind.ROWS;
            }
            case "with" -> {
                spoiled = true;
                against(RouteReason.NO_SELECT, verb);
                readRest("");
                yield StatementKind.ROWS;
            }
            case "insert", "update", "delete", "replace" -> {
                readRest("");
                yield StatementKind.CHANGE;
            }
            case "begin" -> words("work", StatementKind.BEGIN);
            case "start" -> start();
            // AND CHAIN begins another transaction, and RELEASE ends the session.
            case "commit" -> words("work", StatementKind.COMMIT);
            case "rollback" -> rollback();
            case "savepoint", "release" -> {
                against(RouteReason.TRANSACTION, "");
                readRest("");
                yield StatementKind.ROWS;
            }
            case "set" -> set();
            case "use" -> {
                readRest("");
                yield StatementKind.SESSION;
            }
            case "show" -> show();
            case "kill" -> {
                readRest("");
                yield StatementKind.KILL;
            }
            default -> other(verb);
        };
    }

    private boolean isRead() {
        return understood
                && !spoiled
                && !calls
                && !lastAnswer
                && !tokens.isHinted()
                && pins.isEmpty()
                && depth == 0;
    }

    /** At most one more word, and nothing after it. */
    private StatementKind words(String optional, StatementKind kind) {
        Token token = tokens.next();
        if (token == Token.WORD && tokens.word().equals(optional)) {
            token = tokens.next();
        }
        understood = token == Token.END || (token == Token.SEMICOLON && isLast());
        return kind;
    }

    private boolean isLast() {
        return tokens.next() == Token.END;
    }

    private StatementKind start() {
        boolean transaction = tokens.next() == Token.WORD && tokens.word().equals("transaction");
        readRest("");
        return transaction ? StatementKind.BEGIN : StatementKind.OTHER;
    }

    /** To a savepoint, it does not end the transaction. */
    private StatementKind rollback() {
        Token token = tokens.next();
        boolean toSavepoint = false;
        while (token == Token.WORD) {
            toSavepoint |= tokens.word().equals("to");
            token = tokens.next();
        }
        understood =
                token == Token.END
                        || token == Token.QUOTED
                        || (token == Token.SEMICOLON && isLast());
        against(RouteReason.TRANSACTION, "");
        return toSavepoint ? StatementKind.ROWS : StatementKind.ROLLBACK;
    }

    private StatementKind show() {
        Token token = tokens.next();
        if (token == Token.WORD
                && (tokens.word().equals("warnings") || tokens.word().equals("errors"))) {
            lastAnswer = true;
        }
        if (token == Token.WORD && tokens.word().equals("count")) {
            lastAnswer = true;
        }
        showing = true;
        shows(tokens.word());
        readRest(tokens.word());
        return StatementKind.SESSION;
    }

    private void shows(String word) {
        if (showing && (word.equals("processlist") || word.equals("shoestring"))) {
            tables.shows(word);
        }
    }

    private StatementKind set() {
        Token token = tokens.next();
        boolean session = true;
        boolean commits = false;
        if (token == Token.WORD && tokens.word().equals("transaction")) {
            pins.add(PinReason.NEXT_TRANSACTION);
        }
        while (token != Token.END && token != Token.UNREADABLE) {
            if (token == Token.SEMICOLON) {
                understood = isLast();
                token = Token.END;
                break;
            }
            if (token == Token.USER_VARIABLE) {
                pins.add(PinReason.USER_VARIABLE);
            }
            if (token == Token.WORD || token == Token.SYSTEM_VARIABLE) {
                session &= isOfSession(tokens.word());
                commits |= tokens.word().equals("autocommit");
            }
            token = tokens.next();
        }
        understood &= token == Token.END;
        if (!session) {
            return StatementKind.OTHER;
        }
        return commits ? StatementKind.AUTOCOMMIT : StatementKind.SESSION;
    }

    private boolean isOfSession(String word) {
        if (word.startsWith("session_track")) {
            tracks = true;
        }
        if (Words.FOR_ONE_STATEMENT.contains(word)) {
            pins.add(PinReason.VALUE_FOR_ONE_STATEMENT);
        }
        return !word.equals("global")
                && !word.equals("persist")
                && !word.equals("password")
                && !word.equals("role")
                && !word.equals("select");
    }

    private StatementKind other(String verb) {
        switch (verb) {
            case "lock", "flush" -> pins.add(PinReason.LOCK);
            case "handler" -> pins.add(PinReason.HANDLER);
            case "prepare" -> pins.add(PinReason.PREPARED_BY_SQL);
            default -> {}
        }
        calls = true;
        tracks = verb.equals("call") || verb.equals("execute");
        readRest(verb);
        return StatementKind.OTHER;
    }

    /** Looks at all that is left of the statement. */
    private void readRest(String before) {
        String previous = before;
        Token previousToken = Token.WORD;
        while (true) {
            Token token = tokens.next();
            tables.see(token, tokens);
            switch (token) {
                case END -> {
                    return;
                }
                case UNREADABLE -> {
                    understood = false;
                    return;
                }
                case SEMICOLON -> {
                    understood = isLast();
                    return;
                }
                case WORD -> word(tokens.word(), previousToken);
                case USER_VARIABLE, ASSIGN -> pin(PinReason.USER_VARIABLE);
                case SYSTEM_VARIABLE -> variable(tokens.word());
                case OPEN -> {
                    depth++;
                    call(previousToken, previous);
                }
                case CLOSE -> depth--;
                default -> {}
            }
            // What is qualified is nobody's built-in function.
            previous = previousToken == Token.DOT ? "" : tokens.word();
            previousToken = token;
        }
    }

    private void pin(PinReason reason) {
        pins.add(reason);
        against(RouteReason.USER_VARIABLE, "");
    }

    private void variable(String name) {
        if (!Words.OF_ANY_SERVER.contains(name)) {
            spoiled = true;
            against(RouteReason.SYSTEM_VARIABLE, name);
        }
    }

    private void word(String word, Token before) {
        shows(word);
        if (Words.SPOIL.contains(word)) {
            spoiled = true;
            against(RouteReason.WORD, word);
        }
        if (word.equals("sql_calc_found_rows")) {
            pin(PinReason.FOUND_ROWS);
        }
        // A file stays where it was written.
        calls |= word.equals("outfile") || word.equals("dumpfile");
        if (before != Token.DOT && word.equals("temporary")) {
            pin(PinReason.TEMPORARY_TABLE);
        }
        if (word.equals("get_lock") || word.equals("release_lock")) {
            against(RouteReason.CALLS, word);
            pin(PinReason.LOCK);
        }
    }

    private void call(Token before, String name) {
        boolean named = before == Token.WORD || before == Token.QUOTED;
        if (!named || (before == Token.WORD && Words.GRAMMAR.contains(name))) {
            return;
        }
        if (before == Token.WORD && Words.LAST_ANSWER.contains(name)) {
            lastAnswer = true;
            against(RouteReason.LAST_ANSWER, "");
        } else if (before == Token.WORD && Words.OF_CONNECTION.contains(name)) {
            spoiled = true;
            against(RouteReason.CALLS, name);
        } else if (!Words.HARMLESS.contains(name)) {
            calls = true;
            against(RouteReason.CALLS, name);
        }
    }
}
