package io.shoestring.config;

import io.shoestring.config.Key.Listing;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;

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
        Optional<MappingNode> mapping = mapping(node, spot, "keys " + commas(names, "and"));
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
            case Table table -> into.put(name, table(table, found.node(), found.spot()));
            case Listing<?> listing -> into.put(name, listing(listing.each(), found));
        }
    }

    /** The entries have their numbers as names, from 1. */
    private Fields listing(Value<?> each, Found found) {
        if (!(found.node() instanceof SequenceNode sequence)) {
            problems.add(
                    found.spot(),
                    "is not a list; expected a list in brackets, each of it "
                            + each.format().expected());
            return new Fields(found.spot(), false);
        }
        List<Node> nodes = sequence.getValue();
        if (nodes.isEmpty() || nodes.size() > Key.MOST_ENTRIES) {
            problems.add(
                    found.spot(),
                    nodes.isEmpty()
                            ? "is empty; expected at least one, " + each.format().expected()
                            : "has more than " + Key.MOST_ENTRIES + " entries");
            return new Fields(found.spot(), false);
        }
        Fields fields = new Fields(found.spot(), true);
        for (int number = 1; number <= nodes.size(); number++) {
            String name = Integer.toString(number);
            Node node = nodes.get(number - 1);
            fields.putName(name);
            value(each, name, new Found(node, found.spot().at(node.getStartMark())), fields);
        }
        return fields;
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
            section.keys().forEach(each -> fillIn(each, empty));
            into.put(key.name(), empty);
        }
    }

    static String expected(Key key) {
        return switch (key) {
            case Value<?> value -> value.format().expected();
            case Section section ->
                    "keys " + commas(section.keys().stream().map(Key::name).toList(), "and");
            case Table table -> "at least one " + table.each().name();
            case Listing<?> listing -> "a list, each of it " + listing.each().format().expected();
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
