package io.shoestring.config;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;
import org.snakeyaml.engine.v2.nodes.Node;

import java.util.Optional;

/** Text to the tree of YAML's nodes; what is not YAML becomes a problem. */
final class YamlText {
    /** The composer recurses, so depth is refused before it could exhaust the stack. */
    private static final int MOST_LEVELS = 50;

    /** A few nested aliases are enough to describe more members than fit into memory. */
    private static final int MOST_ALIASES = 100;

    private static final int LONGEST_LINE = 200;

    private final String text;
    private final Problems problems;
    private final LoadSettings settings =
            LoadSettings.builder()
                    // The reader reports these itself, with the place of the key.
                    .setAllowNonScalarKeys(true)
                    .setMaxAliasesForCollections(MOST_ALIASES)
                    .build();

    private YamlText(String text, Problems problems) {
        this.text = text;
        this.problems = problems;
    }

    /** The only document's root, or nothing and a problem. */
    static Optional<Node> compose(String text, Problems problems) {
        return new YamlText(text, problems).compose();
    }

    private Optional<Node> compose() {
        try {
            if (!isOneFlatDocument()) {
                return Optional.empty();
            }
            return new Compose(settings).composeString(text).or(this::empty);
        } catch (MarkedYamlEngineException e) {
            marked(e);
        } catch (ReaderException e) {
            String character = "the character U+%04X is not allowed".formatted(e.getCodePoint());
            problems.add(Spot.ofIndex(text, e.getPosition()), character);
        } catch (YamlVersionException e) {
            problems.add(Spot.START, "is in a version of YAML that is not known; expected 1.2");
        } catch (YamlEngineException e) {
            problems.add(Spot.START, "is not YAML: " + oneLine(String.valueOf(e.getMessage())));
        }
        return Optional.empty();
    }

    private Optional<Node> empty() {
        problems.add(Spot.START, "is empty; expected " + FieldsReader.expected(Keys.ROOT));
        return Optional.empty();
    }

    private boolean isOneFlatDocument() {
        int level = 0;
        int documents = 0;
        int aliases = 0;
        for (Event event : new Parse(settings).parseString(text)) {
            level += levels(event);
            documents += event.getEventId() == Event.ID.DocumentStart ? 1 : 0;
            aliases += event.getEventId() == Event.ID.Alias ? 1 : 0;
            if (level > MOST_LEVELS) {
                return refuse(event, "is nested more than " + MOST_LEVELS + " levels deep");
            }
            if (aliases > MOST_ALIASES) {
                return refuse(event, "has more than " + MOST_ALIASES + " aliases");
            }
            if (documents > 1) {
                return refuse(event, "a second YAML document starts here; expected only one");
            }
        }
        return true;
    }

    private boolean refuse(Event event, String message) {
        problems.add(Spot.START.at(event.getStartMark()), message);
        return false;
    }

    private static int levels(Event event) {
        return switch (event.getEventId()) {
            case MappingStart, SequenceStart -> 1;
            case MappingEnd, SequenceEnd -> -1;
            case Alias, Comment, DocumentEnd, DocumentStart, Scalar, StreamEnd, StreamStart -> 0;
        };
    }

    private void marked(MarkedYamlEngineException e) {
        Spot spot = Spot.START.at(e.getProblemMark().or(e::getContextMark));
        String problem = oneLine(e.getProblem());
        String context = oneLine(String.valueOf(e.getContext()));
        String during = e.getContext() == null || context.isEmpty() ? "" : " (" + context + ")";
        problems.add(spot, "is not YAML: " + problem + during, hint(problem, spot));
    }

    private Optional<String> hint(String problem, Spot spot) {
        String line = text.lines().skip(spot.line() - 1L).findFirst().map(YamlText::cut).orElse("");
        if (problem.contains("\\t")) {
            return Optional.of("indent with spaces");
        }
        if (line.matches(".*[:,]\\s*\\[[0-9A-Fa-f:]*:[0-9A-Fa-f:]*].*")) {
            return Optional.of("put an address with brackets in quotes: \"[::1]:6432\"");
        }
        return problem.contains("mapping values are not allowed")
                ? Optional.of("check the indentation, and put text with ': ' in quotes")
                : Optional.empty();
    }

    private static String oneLine(String message) {
        return cut(message.strip().replaceAll("\\s+", " "));
    }

    private static String cut(String text) {
        return text.length() <= LONGEST_LINE ? text : text.substring(0, LONGEST_LINE) + "…";
    }
}
