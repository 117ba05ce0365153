package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What could not be carried over, or means something else; each line once. */
final class Notes {
    private final Set<HaproxyImport.Note> all = new LinkedHashSet<>();

    void add(Directive directive, String why) {
        all.add(
                new HaproxyImport.Note(
                        directive.line(), directive.toString(), why, directive.protects()));
    }

    List<HaproxyImport.Note> sorted() {
        List<HaproxyImport.Note> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparingInt(HaproxyImport.Note::line));
        return sorted;
    }
}
