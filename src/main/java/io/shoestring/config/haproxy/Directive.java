package io.shoestring.config.haproxy;

import java.util.List;

/**
 * A line of HAProxy's configuration.
 *
 * @param line its number, from 1
 * @param words at least one, without quotes
 */
record Directive(int line, List<String> words) {
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

    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
