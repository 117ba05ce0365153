package io.shoestring.config;

import java.util.SequencedSet;

/** Whether names that values refer to exist in a table of the same file. */
final class References {
    private static final int MOST_NAMED = 10;

    private final String noun;
    private final boolean known;
    private final SequencedSet<String> names;
    private final Problems problems;

    References(String noun, Fields table, Problems problems) {
        this.noun = noun;
        this.known = table.isReadable() && !table.names().isEmpty();
        this.names = table.names();
        this.problems = problems;
    }

    /** False if the table itself is missing or broken: then nothing can be said of references. */
    boolean areKnown() {
        return known;
    }

    void check(Placed<String> reference) {
        String name = reference.value();
        if (known && !names.contains(name)) {
            problems.add(
                    reference.spot(),
                    "there is no %s %s; expected %s"
                            .formatted(noun, Quoted.text(name), alternatives()),
                    Suggestion.didYouMean(name, names));
        }
    }

    String alternatives() {
        return names.size() <= MOST_NAMED
                ? String.join(" or ", names)
                : "one of the " + names.size() + " names under " + noun + "s";
    }
}
