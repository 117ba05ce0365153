package io.shoestring.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the fence command can be meant as it is written. */
final class FenceChecks {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Pattern BRACES = Pattern.compile("\\{(\\w*)}");
    private static final List<String> KNOWN = List.of("node", "address");

    private final Fields cluster;
    private final Problems problems;

    FenceChecks(Fields root, Problems problems) {
        this.cluster = root.section(Keys.CLUSTER);
        this.problems = problems;
    }

    void run() {
        if (!cluster.names().contains(FenceKeys.FENCE.name())) {
            return;
        }
        Fields fence = cluster.section(FenceKeys.FENCE);
        Fields words = fence.items(FenceKeys.COMMAND);
        boolean first = true;
        for (String entry : words.names()) {
            Optional<Placed<String>> word = words.value(entry, FenceKeys.WORD);
            if (word.isPresent() && first) {
                checkProgram(word.get());
            }
            word.ifPresent(this::checkBraces);
            first = false;
        }
        fence.value(FenceKeys.TIMEOUT)
                .filter(timeout -> timeout.value().compareTo(SHORTEST) < 0)
                .ifPresent(
                        timeout ->
                                problems.add(
                                        timeout.spot(),
                                        "is too short for a program that switches a machine off;"
                                                + " expected at least 1s",
                                        Optional.empty()));
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
            if (!KNOWN.contains(braces.group(1))) {
                problems.add(
                        word.spot(),
                        Quoted.text(braces.group()) + " stands for nothing",
                        Optional.of("there are {node} and {address}"));
            }
        }
    }
}
