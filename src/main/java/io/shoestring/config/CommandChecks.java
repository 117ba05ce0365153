package io.shoestring.config;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Value;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What must hold for a program that the node runs: a whole path, and no unknown placeholder. */
final class CommandChecks {
    private static final Pattern BRACES = Pattern.compile("\\{(\\w*)}");

    private final List<String> placeholders;
    private final Problems problems;

    /**
     * @param placeholders that are replaced in its words
     */
    CommandChecks(List<String> placeholders, Problems problems) {
        this.placeholders = List.copyOf(placeholders);
        this.problems = problems;
    }

    /** Looks at the words that stand under {@code key} of {@code section}. */
    void run(Fields section, Items key, Value<String> each) {
        Fields words = section.items(key);
        boolean first = true;
        for (String entry : words.names()) {
            Optional<Placed<String>> word = words.value(entry, each);
            if (word.isPresent() && first) {
                checkProgram(word.get());
            }
            word.ifPresent(this::checkBraces);
            first = false;
        }
    }

    private void checkProgram(Placed<String> program) {
        if (!program.value().startsWith("/")) {
            problems.add(
                    program.spot(),
                    Quoted.text(program.value()) + " is not the whole path of a program",
                    Optional.of("it is run without a shell: begin with '/'"));
        }
    }

    private void checkBraces(Placed<String> word) {
        Matcher braces = BRACES.matcher(word.value());
        while (braces.find()) {
            if (!placeholders.contains(braces.group(1))) {
                problems.add(
                        word.spot(),
                        Quoted.text(braces.group()) + " stands for nothing",
                        Optional.of("there are " + all()));
            }
        }
    }

    private String all() {
        String before =
                placeholders.subList(0, placeholders.size() - 1).stream()
                        .map(each -> "{" + each + "}")
                        .collect(Collectors.joining(", "));
        return before + " and {" + placeholders.getLast() + "}";
    }
}
