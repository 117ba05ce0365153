package io.shoestring.config;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;
import io.shoestring.config.Key.Variant;
import io.shoestring.config.Key.Variants;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A key and where it belongs.
 *
 * @param parent such as {@code databases.<database>}; empty at the top level
 * @param shape which of several mappings with the parent's path is meant, such as {@code with
 *     protocol: tcp}; empty if there is only one
 */
record KeyPath(String parent, String shape, Key key) {
    KeyPath(String parent, Key key) {
        this(parent, "", key);
    }

    /** Every key below the root, parents before their children. */
    static List<KeyPath> all() {
        return Keys.ROOT.keys().stream().flatMap(key -> new KeyPath("", key).andBelow()).toList();
    }

    /** The whole path, such as {@code databases.<database>.engine}. */
    String path() {
        return parent.isEmpty() ? key.name() : parent + "." + key.name();
    }

    List<KeyPath> children() {
        return switch (key) {
            case Value<?> _ -> List.of();
            case Section section -> childrenOf(section, "");
            case Variants variants ->
                    variants.variants().stream()
                            .flatMap(variant -> childrenOf(variants, variant).stream())
                            .toList();
            case Table table -> List.of(new KeyPath(path(), table.each()));
            case Items items -> List.of(new KeyPath(path(), items.each()));
        };
    }

    /** The keys of one of a mapping's shapes. */
    List<KeyPath> childrenOf(Variants variants, Variant variant) {
        String with = " with %s: %s".formatted(variants.decisive().name(), variant.word());
        return childrenOf(variant.section(), with);
    }

    private List<KeyPath> childrenOf(Section section, String with) {
        return section.keys().stream().map(each -> new KeyPath(path(), with, each)).toList();
    }

    private Stream<KeyPath> andBelow() {
        return Stream.concat(Stream.of(this), children().stream().flatMap(KeyPath::andBelow));
    }

    /** A hint for a key that stands in the wrong place. */
    static Optional<String> homeOf(String name) {
        return all().stream()
                .filter(each -> each.key().name().equals(name))
                .findFirst()
                .map(KeyPath::home);
    }

    private String home() {
        return parent.isEmpty() ? "it belongs at the top" : "it belongs in " + parent + shape;
    }
}
