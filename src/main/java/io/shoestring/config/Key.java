package io.shoestring.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One key of the file: everything that the reader, the schema and the reference page know. */
sealed interface Key {
    /** More than this many entries under one key are not a configuration but an accident. */
    int MOST_ENTRIES = 1_000;

    /** As it is written; for the entries of a table a placeholder such as {@code <member>}. */
    String name();

    Need need();

    /** What it is for: sentences for the reference page and for editors. */
    String documentation();

    /** What holds when the key is not there. */
    sealed interface Need {
        /** The file is refused. */
        record Required() implements Need {}

        /** This text is read in its place. */
        record Default(String text) implements Need {}

        /** Something that depends on the rest of the file; told in words. */
        record Otherwise(String description) implements Need {}
    }

    /** A single value. */
    record Value<T>(String name, Format<T> format, Need need, String example, String documentation)
            implements Key {}

    /**
     * A mapping with keys that are named here.
     *
     * @param noun completes "is not a key of …"
     * @param plain the key that is meant when a single value stands in the place of the mapping
     */
    record Section(
            String name,
            String noun,
            Need need,
            String documentation,
            List<Key> keys,
            Optional<Value<?>> plain)
            implements Key {
        public Section {
            keys = List.copyOf(keys);
        }

        Section(String name, String noun, Need need, String documentation, List<Key> keys) {
            this(name, noun, need, documentation, keys, Optional.empty());
        }
    }

    /**
     * A mapping with keys that the person names; never empty.
     *
     * @param each stands for every entry
     * @param example the name of an entry
     */
    record Table(String name, Need need, String example, String documentation, Key each)
            implements Key {}

    /**
     * A list; never empty.
     *
     * @param each stands for every entry
     */
    record Items(String name, Need need, String documentation, Key each) implements Key {}

    /**
     * A mapping whose keys depend on the value of one of them.
     *
     * @param noun completes "is not a key of …" when it is not known which of them is meant
     * @param decisive the key that decides; it stands in every variant
     */
    record Variants(
            String name,
            String noun,
            Need need,
            String documentation,
            Value<?> decisive,
            List<Variant> variants)
            implements Key {
        public Variants {
            variants = List.copyOf(variants);
        }

        /** What is checked when the decisive value is not there or not known. */
        Section undecided() {
            Map<String, Key> keys = new LinkedHashMap<>();
            for (Variant variant : variants) {
                variant.section().keys().forEach(key -> keys.putIfAbsent(key.name(), key));
            }
            return new Section(name, noun, need, documentation, List.copyOf(keys.values()));
        }
    }

    /**
     * One of the shapes that such a mapping has.
     *
     * @param word the decisive value
     * @param example the name of an entry of this shape
     */
    record Variant(String word, String example, Section section) {}

    /** A value that must be there. */
    static <T> Value<T> required(String name, Format<T> format, String example, String text) {
        return new Value<>(name, format, new Need.Required(), example, text);
    }

    /** A value with a default. */
    static <T> Value<T> byDefault(
            String name, Format<T> format, String text, String example, String documentation) {
        return new Value<>(name, format, new Need.Default(text), example, documentation);
    }

    /** A value whose absence means something that depends on the rest. */
    static <T> Value<T> optional(
            String name, Format<T> format, String otherwise, String example, String text) {
        return new Value<>(name, format, new Need.Otherwise(otherwise), example, text);
    }
}
