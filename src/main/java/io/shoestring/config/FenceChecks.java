package io.shoestring.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Whether the fence command can be meant as it is written. */
final class FenceChecks {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
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
        new CommandChecks(KNOWN, problems).run(fence, FenceKeys.COMMAND, FenceKeys.WORD);
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
}
