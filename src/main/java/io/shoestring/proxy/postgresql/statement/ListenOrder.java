package io.shoestring.proxy.postgresql.statement;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A LISTEN or UNLISTEN. A channel is named as the server names it in its notifications: in lower
 * case unless it was quoted, and no longer than an identifier can be.
 *
 * @param channel empty: all, which only an UNLISTEN can mean
 * @param begins LISTEN
 */
public record ListenOrder(Optional<String> channel, boolean begins) {
    private static final int IDENTIFIER_BYTES_MAX = 63;

    public ListenOrder {
        requireNonNull(channel, "channel is null");
    }

    /** All of a string, in their order; empty if one of them is not plain. */
    static Optional<List<ListenOrder>> read(Tokenizer tokenizer) {
        List<ListenOrder> orders = new ArrayList<>(1);
        Token token = tokenizer.next();
        while (token != Token.END && token != Token.UNREADABLE) {
            Keyword keyword = tokenizer.word().keyword();
            boolean listens = token == Token.WORD && keyword == Keyword.LISTEN;
            if (listens || (token == Token.WORD && keyword == Keyword.UNLISTEN)) {
                Optional<ListenOrder> order = read(tokenizer, listens);
                if (order.isEmpty()) {
                    return Optional.empty();
                }
                orders.add(order.get());
            }
            token = nextStatement(tokenizer);
        }
        return token == Token.END ? Optional.of(List.copyOf(orders)) : Optional.empty();
    }

    private static Token nextStatement(Tokenizer tokenizer) {
        Token token = tokenizer.next();
        while (token != Token.SEMICOLON && token != Token.END && token != Token.UNREADABLE) {
            token = tokenizer.next();
        }
        return token == Token.SEMICOLON ? tokenizer.next() : token;
    }

    private static Optional<ListenOrder> read(Tokenizer tokenizer, boolean listens) {
        Token token = tokenizer.next();
        String text = tokenizer.text();
        if (token == Token.SYMBOL && text.equals("*") && !listens) {
            return Optional.of(new ListenOrder(Optional.empty(), false));
        }
        return switch (token) {
            case WORD -> named(text, listens).map(ListenOrder::folded);
            case QUOTED_NAME ->
                    text.startsWith("\"") ? named(unquoted(text), listens) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private ListenOrder folded() {
        return new ListenOrder(channel.map(name -> name.toLowerCase(Locale.ROOT)), begins);
    }

    private static String unquoted(String quoted) {
        return quoted.substring(1, quoted.length() - 1).replace("\"\"", "\"");
    }

    /** How other letters than ASCII's are folded and cut depends on the server's encoding. */
    private static Optional<ListenOrder> named(String name, boolean listens) {
        if (name.isEmpty() || name.chars().anyMatch(letter -> letter >= 128)) {
            return Optional.empty();
        }
        String cut = name.substring(0, Math.min(name.length(), IDENTIFIER_BYTES_MAX));
        return Optional.of(new ListenOrder(Optional.of(cut), listens));
    }
}
