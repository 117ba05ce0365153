package io.shoestring.config;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * One mapping of the file: what was sound in it, by key, and the defaults of what was not there.
 * What was wrong is absent here and has been reported.
 */
final class Fields {
    private final Spot spot;
    private final boolean readable;
    private final SequencedSet<String> names = new LinkedHashSet<>();
    private final Map<String, Placed<?>> values = new LinkedHashMap<>();
    private final Map<String, Fields> children = new LinkedHashMap<>();

    /**
     * @param readable false if it is not there or not a mapping, so that nothing can be concluded
     *     from what is missing in it
     */
    Fields(Spot spot, boolean readable) {
        this.spot = spot;
        this.readable = readable;
    }

    void put(String name, Placed<?> value) {
        values.put(name, value);
    }

    void put(String name, Fields child) {
        children.put(name, child);
    }

    /** Remembers a key of the file, whether or not what stands under it is sound. */
    void putName(String name) {
        names.add(name);
    }

    Spot spot() {
        return spot;
    }

    boolean isReadable() {
        return readable;
    }

    /** The keys in the order of the file; then those that misspelled ones were meant to be. */
    SequencedSet<String> names() {
        return Collections.unmodifiableSequencedSet(names);
    }

    <T> Optional<Placed<T>> value(Value<T> key) {
        return value(key.name(), key);
    }

    /** The value of a table's or a list's entry. */
    <T> Optional<Placed<T>> value(String entry, Value<T> each) {
        return Optional.ofNullable(values.get(entry))
                .map(
                        placed ->
                                new Placed<>(
                                        each.format().type().cast(placed.value()),
                                        placed.spot(),
                                        placed.written()));
    }

    /** The value of a key that the checks have found to be there. */
    <T> T sound(Value<T> key) {
        return value(key).orElseThrow().value();
    }

    Fields section(Section key) {
        return child(key.name());
    }

    Fields table(Table key) {
        return child(key.name());
    }

    Fields items(Items key) {
        return child(key.name());
    }

    /** The values of a list, in its order; none if it is not there. */
    <T> List<T> values(Items key, Value<T> each) {
        Fields entries = items(key);
        return entries.names().stream()
                .flatMap(name -> entries.value(name, each).stream())
                .map(Placed::value)
                .toList();
    }

    /** The section of a table's or a list's entry. */
    Fields child(String entry) {
        Fields child = children.get(entry);
        return child != null ? child : new Fields(spot.child(entry), false);
    }
}
