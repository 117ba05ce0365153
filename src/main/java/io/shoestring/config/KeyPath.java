package io.shoestring.config;

import io.shoestring.config.Key.Listing;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A key and where it belongs.
 *
 * @param parent such as {@code databases.<database>}; empty at the top level
 */
record KeyPath(String parent, Key key) {
    /** Every key below the root, parents before their children. */
    static List<KeyPath> all() {
        return Keys.ROOT.keys().stream().flatMap(key -> new KeyPath("", key).andBelow()).toList();
    }

    /** The whole path, such as {@code databases.<database>.engine}. */
    String path() {
        return parent.isEmpty() ? key.name() : parent + "." + key.name();
    }

    List<KeyPath> children() {
        List<Key> keys =
                switch (key) {
                    case Value<?> _ -> List.of();
                    case Listing<?> _ -> List.of();
                    case Section section -> section.keys();
                    case Table table -> List.of(table.each());
                };
        return keys.stream().map(each -> new KeyPath(path(), each)).toList();
    }

    private Stream<KeyPath> andBelow() {
        return Stream.concat(Stream.of(this), children().stream().flatMap(KeyPath::andBelow));
    }

    /** A hint for a key that stands in the wrong place. */
    static Optional<String> homeOf(String name) {
        return all().stream()
                .filter(each -> each.key().name().equals(name))
                .findFirst()
                .map(KeyPath::parent)
                .map(home -> home.isEmpty() ? "it belongs at the top" : "it belongs in " + home);
    }
}
