package io.shoestring.config.haproxy;

import java.util.List;
import java.util.Set;

/**
 * A line of HAProxy's configuration.
 *
 * @param line its number, from 1
 * @param text as it stands there, for messages
 * @param words at least one, without quotes
 */
record Directive(int line, String text, List<String> words) {
    private static final Set<String> GUARDS =
            Set.of("auth", "deny", "tarpit", "reject", "silent-drop", "return", "block");

    Directive {
        words = List.copyOf(words);
    }

    /** The first words, as many as there are in {@code start}, are those. */
    boolean is(String start) {
        List<String> wanted = List.of(start.split(" ", -1));
        return words.size() >= wanted.size() && words.subList(0, wanted.size()).equals(wanted);
    }

    /** A word; empty text if there are not so many. */
    String word(int index) {
        return index < words.size() ? words.get(index) : "";
    }

    /** The words from there on. */
    List<String> from(int index) {
        return index < words.size() ? words.subList(index, words.size()) : List.of();
    }

    /** Whether it keeps somebody out: without it more is open than the administrator believes. */
    boolean protects() {
        boolean rule =
                Set.of("http-request", "tcp-request", "http-response", "http-after-response")
                        .contains(word(0));
        return is("block")
                || (rule && words.stream().skip(1).limit(2).anyMatch(GUARDS::contains))
                || (is("bind") && words.contains("verify") && words.contains("required"));
    }

    @Override
    public String toString() {
        return text;
    }
}
