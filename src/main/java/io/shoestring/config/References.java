package io.shoestring.config;

import io.shoestring.config.Key.Table;

import java.util.Optional;
import java.util.SequencedSet;

/** Whether names that values refer to exist in a table of the same file. */
final class References {
    private static final int MOST_NAMED = 10;

    private final String noun;
    private final boolean known;
    private final SequencedSet<String> names;
    private final Problems problems;

    References(String noun, Fields table, Problems problems) {
        this(noun, table, table.isReadable() && !table.names().isEmpty(), problems);
    }

    private References(String noun, Fields table, boolean known, Problems problems) {
        this.noun = noun;
        this.known = known;
        this.names = table.names();
        this.problems = problems;
    }

    /** References to the entries of a table at the top of the file that may be left out. */
    static References optional(String noun, Table table, Fields root, Problems problems) {
        Fields fields = root.table(table);
        boolean leftOut = root.isReadable() && !root.names().contains(table.name());
        boolean known = leftOut || (fields.isReadable() && !fields.names().isEmpty());
        return new References(noun, fields, known, problems);
    }

    /** False if the table itself is missing or broken: then nothing can be said of references. */
    boolean areKnown() {
        return known;
    }

    void check(Placed<String> reference) {
        String name = reference.value();
        if (known && names.isEmpty()) {
            problems.add(
                    reference.spot(),
                    "there is no %s %s".formatted(noun, Quoted.text(name)),
                    Optional.of("describe it at the top of the file under " + noun + "s"));
        } else if (known && !names.contains(name)) {
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
