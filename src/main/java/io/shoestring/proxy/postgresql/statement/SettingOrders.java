package io.shoestring.proxy.postgresql.statement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Cuts the SETs and RESETs out of a string of several statements, so that each can be repeated. */
final class SettingOrders {
    private final byte[] sql;
    private final Vocabulary vocabulary;
    private final Tokenizer tokenizer;
    private final List<Optional<byte[]>> orders = new ArrayList<>();

    SettingOrders(byte[] sql, Vocabulary vocabulary) {
        this.sql = sql;
        this.vocabulary = vocabulary;
        this.tokenizer = new Tokenizer(sql, 0, sql.length, vocabulary);
    }

    /**
     * One for each statement that is answered by the tag SET or RESET, in their order; empty for
     * those that end with the transaction.
     *
     * @return empty if the string cannot be read
     */
    Optional<List<Optional<byte[]>>> read() {
        Token token = tokenizer.next();
        while (token != Token.END && token != Token.UNREADABLE) {
            int from = tokenizer.tokenIndex();
            boolean sets = tokenizer.word().is(Keyword.SET) || tokenizer.word().is(Keyword.RESET);
            while (token != Token.SEMICOLON && token != Token.END && token != Token.UNREADABLE) {
                token = tokenizer.next();
            }
            if (sets) {
                add(from, token == Token.SEMICOLON ? tokenizer.tokenIndex() : sql.length);
            }
            token = token == Token.SEMICOLON ? tokenizer.next() : token;
        }
        return token == Token.END ? Optional.of(List.copyOf(orders)) : Optional.empty();
    }

    /** Its tag is SET CONSTRAINTS. */
    private boolean isOfConstraints(int from, int to) {
        var words = new Tokenizer(sql, from, to, vocabulary);
        words.next();
        words.next();
        return words.word().is(Keyword.CONSTRAINTS);
    }

    private void add(int from, int to) {
        var statement = new StatementReader(new Tokenizer(sql, from, to, vocabulary));
        StatementKind kind = statement.read().kind();
        if (isOfConstraints(from, to)) {
            return;
        }
        boolean lasts = kind == StatementKind.SET || kind == StatementKind.SET_ROLE;
        orders.add(lasts ? Optional.of(Arrays.copyOfRange(sql, from, to)) : Optional.empty());
    }
}
