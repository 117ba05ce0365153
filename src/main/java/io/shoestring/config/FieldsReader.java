package io.shoestring.config;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;
import io.shoestring.config.Key.Variant;
import io.shoestring.config.Key.Variants;

import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Compares the parsed file with the tree of keys and reports every difference. */
final class FieldsReader {
    private final Problems problems;

    FieldsReader(Problems problems) {
        this.problems = problems;
    }

    /** A value of the file with the place of its key. */
    private record Found(Node node, Spot spot) {}

    /** The whole file. */
    Fields root(Node node) {
        return section(Keys.ROOT, node, Spot.START.at(node.getStartMark()));
    }

    private Fields section(Section section, Node node, Spot spot) {
        List<String> names = section.keys().stream().map(Key::name).toList();
        if (section.plain().isPresent() && isValue(node)) {
            return plain(section, section.plain().get(), new Found(node, spot));
        }
        Optional<MappingNode> mapping = mapping(node, spot, expected(section));
        if (mapping.isEmpty()) {
            return new Fields(spot, false);
        }
        Map<String, Found> found = entries(mapping.get(), spot);
        Set<String> misspelled = reportUnknown(section, names, found);
        Fields fields = new Fields(spot, true);
        found.keySet().forEach(fields::putName);
        misspelled.forEach(fields::putName);
        for (Key key : section.keys()) {
            Found value = found.get(key.name());
            if (value != null) {
                read(key, key.name(), value, fields);
            } else if (!misspelled.contains(key.name())) {
                fillIn(key, fields);
            }
        }
        return fields;
    }

    private Fields variants(Variants variants, Found found) {
        Optional<String> word = decisive(variants, found.node());
        Optional<Section> section =
                variants.variants().stream()
                        .filter(variant -> word.equals(Optional.of(variant.word())))
                        .map(Variant::section)
                        .findFirst();
        if (section.isPresent()) {
            return section(section.get(), found.node(), found.spot());
        }
        return undecided(variants, found);
    }

    /** Only what stands there can be checked, and that the decisive key is sound. */
    private Fields undecided(Variants variants, Found found) {
        Section all = variants.undecided();
        Optional<MappingNode> mapping = mapping(found.node(), found.spot(), expected(all));
        if (mapping.isEmpty()) {
            return new Fields(found.spot(), false);
        }
        Map<String, Found> entries = entries(mapping.get(), found.spot());
        List<String> names = all.keys().stream().map(Key::name).toList();
        Set<String> misspelled = reportUnknown(all, names, entries);
        Fields fields = new Fields(found.spot(), true);
        for (Key key : all.keys()) {
            Optional.ofNullable(entries.get(key.name()))
                    .ifPresent(value -> read(key, key.name(), value, fields));
        }
        String decisive = variants.decisive().name();
        if (!entries.containsKey(decisive) && !misspelled.contains(decisive)) {
            fillIn(variants.decisive(), fields);
        }
        return fields;
    }

    private static Optional<String> decisive(Variants variants, Node node) {
        if (!(node instanceof MappingNode mapping)) {
            return Optional.empty();
        }
        return mapping.getValue().stream()
                .filter(tuple -> isNamed(tuple.getKeyNode(), variants.decisive().name()))
                .map(NodeTuple::getValueNode)
                .filter(ScalarNode.class::isInstance)
                .map(value -> ((ScalarNode) value).getValue())
                .findFirst();
    }

    private static boolean isNamed(Node node, String name) {
        return node instanceof ScalarNode scalar && scalar.getValue().equals(name);
    }

    private static boolean isValue(Node node) {
        return node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL);
    }

    /** A single value in the place of a mapping. */
    private Fields plain(Section section, Value<?> meant, Found found) {
        Fields fields = new Fields(found.spot(), true);
        fields.putName(meant.name());
        read(meant, meant.name(), found, fields);
        section.keys().stream()
                .filter(key -> !key.name().equals(meant.name()))
                .forEach(key -> fillIn(key, fields));
        return fields;
    }

    private Fields table(Table table, Node node, Spot spot) {
        String expected = "at least one " + table.each().name() + " with its name as the key";
        Optional<MappingNode> mapping = mapping(node, spot, expected);
        if (mapping.isEmpty()) {
            return new Fields(spot, false);
        }
        Map<String, Found> found = entries(mapping.get(), spot);
        if (found.isEmpty()) {
            problems.add(spot, "is empty; expected " + expected);
        }
        if (found.size() > Key.MOST_ENTRIES) {
            problems.add(spot, "has more than " + Key.MOST_ENTRIES + " entries");
            return new Fields(spot, false);
        }
        Fields fields = new Fields(spot, true);
        found.forEach((name, value) -> entry(table, name, value, fields));
        return fields;
    }

    /** The entries have their positions, from 1, for names. */
    private Fields items(Items items, Found found) {
        if (!(found.node() instanceof SequenceNode list)) {
            problems.add(found.spot(), "is not a list; expected " + expected(items));
            return new Fields(found.spot(), false);
        }
        int count = list.getValue().size();
        if (count == 0 || count > Key.MOST_ENTRIES) {
            String what =
                    count == 0 ? "is empty" : "has more than " + Key.MOST_ENTRIES + " entries";
            problems.add(found.spot(), what + "; expected " + expected(items));
            return new Fields(found.spot(), false);
        }
        Fields fields = new Fields(found.spot(), true);
        int position = 1;
        for (Node node : list.getValue()) {
            String name = String.valueOf(position++);
            Spot spot = found.spot().child(name).at(node.getStartMark());
            fields.putName(name);
            read(items.each(), name, new Found(node, spot), fields);
        }
        return fields;
    }

    private void entry(Table table, String name, Found value, Fields fields) {
        switch (Formats.NAME.parse(name)) {
            case Parsed.Good<String> _ -> {}
            case Parsed.Bad<String>(var message, var hint) ->
                    problems.add(value.spot(), message, hint);
        }
        fields.putName(name);
        read(table.each(), name, value, fields);
    }

    private void read(Key key, String name, Found found, Fields into) {
        switch (key) {
            case Value<?> value -> value(value, name, found, into);
            case Section section -> into.put(name, section(section, found.node(), found.spot()));
            case Variants variants -> into.put(name, variants(variants, found));
            case Table table -> into.put(name, table(table, found.node(), found.spot()));
            case Items items -> into.put(name, items(items, found));
        }
    }

    private <T> void value(Value<T> key, String name, Found found, Fields into) {
        Format<T> format = key.format();
        if (!(found.node() instanceof ScalarNode scalar)) {
            String is = found.node() instanceof MappingNode ? "is a mapping" : "is a list";
            problems.add(found.spot(), is + "; expected " + format.expected());
        } else if (scalar.getTag().equals(Tag.NULL)) {
            problems.add(found.spot(), "has no value; expected " + format.expected());
        } else {
            scalar(format, scalar, found.spot())
                    .ifPresent(value -> into.put(name, new Placed<>(value, found.spot(), true)));
        }
    }

    private <T> Optional<T> scalar(Format<T> format, ScalarNode scalar, Spot spot) {
        Optional<T> value = parse(format, scalar.getValue(), spot);
        Tag wanted = format.isNumber() ? Tag.INT : Tag.STR;
        if (value.isEmpty() || scalar.getTag().equals(wanted)) {
            return value;
        }
        // The text would do, but YAML (and every other tool) takes it for something else.
        String quoted = Quoted.text(scalar.getValue());
        if (format.isNumber()) {
            String message = "is text; expected " + format.expected();
            problems.add(spot, message, Optional.of("write it without quotes"));
        } else {
            String message = "is not text; expected " + format.expected();
            problems.add(spot, message, Optional.of("write it in quotes: " + quoted));
        }
        return Optional.empty();
    }

    private <T> Optional<T> parse(Format<T> format, String text, Spot spot) {
        return switch (format.parse(text)) {
            case Parsed.Good<T>(var value) -> Optional.of(value);
            case Parsed.Bad<T>(var message, var hint) -> {
                problems.add(spot, message, hint);
                yield Optional.empty();
            }
        };
    }

    private void fillIn(Key key, Fields into) {
        Spot spot = into.spot().child(key.name());
        switch (key.need()) {
            case Need.Required _ -> problems.add(spot, "is missing; expected " + expected(key));
            case Need.Default(var text) -> fillInDefault(key, text, spot, into);
            case Need.Otherwise _ -> fillInEmpty(key, spot, into);
        }
    }

    private void fillInDefault(Key key, String text, Spot spot, Fields into) {
        if (key instanceof Value<?> value) {
            parse(value.format(), text, spot)
                    .ifPresent(parsed -> into.put(key.name(), new Placed<>(parsed, spot, false)));
        }
    }

    private void fillInEmpty(Key key, Spot spot, Fields into) {
        Fields empty = new Fields(spot, true);
        if (key instanceof Section section) {
            section.keys().stream()
                    .filter(each -> !(each.need() instanceof Need.Required))
                    .forEach(each -> fillIn(each, empty));
            into.put(key.name(), empty);
        }
    }

    static String expected(Key key) {
        return switch (key) {
            case Value<?> value -> value.format().expected();
            case Section section ->
                    section.plain().map(plain -> plain.format().expected() + ", or ").orElse("")
                            + "keys "
                            + commas(section.keys().stream().map(Key::name).toList(), "and");
            case Variants variants -> expected(variants.undecided());
            case Table table -> "at least one " + table.each().name();
            case Items items when items.each() instanceof Section each ->
                    "a list of mappings with " + expected(each);
            case Items items -> "a list in brackets, each of it " + expected(items.each());
        };
    }

    private Optional<MappingNode> mapping(Node node, Spot spot, String expected) {
        if (node instanceof MappingNode mapping && node.getTag().equals(Tag.MAP)) {
            return Optional.of(mapping);
        }
        String is =
                switch (node) {
                    case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> "has no value";
                    case ScalarNode scalar -> Quoted.text(scalar.getValue()) + " is not a mapping";
                    case MappingNode _ -> "has a tag";
                    default -> "is a list";
                };
        problems.add(spot, is + "; expected " + expected);
        return Optional.empty();
    }

    /** The entries of a mapping, the first of each name. */
    private Map<String, Found> entries(MappingNode mapping, Spot spot) {
        Map<String, Found> found = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Node keyNode = tuple.getKeyNode();
            if (!(keyNode instanceof ScalarNode key) || !isText(key)) {
                problems.add(
                        spot.at(keyNode.getStartMark()),
                        "a key must be text",
                        Optional.of("put it in quotes"));
                continue;
            }
            Spot place = spot.child(key.getValue(), keyNode);
            Found first = found.putIfAbsent(key.getValue(), new Found(tuple.getValueNode(), place));
            if (first != null) {
                problems.add(
                        place,
                        "is there twice; it was already given in line " + first.spot().line(),
                        Optional.of("remove one of them"));
            }
        }
        return found;
    }

    /** A number is what it looks like in every tool; {@code true} or a tag is not. */
    private static boolean isText(ScalarNode key) {
        boolean digits = key.getValue().chars().allMatch(each -> each >= '0' && each <= '9');
        return key.getTag().equals(Tag.STR) || (key.getTag().equals(Tag.INT) && digits);
    }

    /** Returns the keys that the unknown ones were probably meant to be. */
    private Set<String> reportUnknown(
            Section section, List<String> names, Map<String, Found> found) {
        Set<String> meant = new HashSet<>();
        found.forEach(
                (name, value) -> {
                    if (!names.contains(name)) {
                        Optional<String> nearest = Suggestion.nearest(name, names);
                        nearest.ifPresent(meant::add);
                        reportUnknown(section, names, name, value.spot(), nearest);
                    }
                });
        return meant;
    }

    private void reportUnknown(
            Section section, List<String> names, String name, Spot spot, Optional<String> nearest) {
        problems.add(
                spot,
                "%s is not a key of %s; expected %s"
                        .formatted(Quoted.text(name), section.noun(), commas(names, "or")),
                nearest.map(Suggestion::didYouMean).or(() -> KeyPath.homeOf(name)));
    }

    private static String commas(List<String> names, String last) {
        return names.size() < 2
                ? String.join("", names)
                : String.join(", ", names.subList(0, names.size() - 1))
                        + " "
                        + last
                        + " "
                        + names.getLast();
    }
}
