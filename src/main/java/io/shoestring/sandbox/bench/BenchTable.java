package io.shoestring.sandbox.bench;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The results as a page of the documents. */
final class BenchTable {
    private BenchTable() {}

    static String of(List<BenchResult> results, MachineFacts machine) {
        return """
        # Shoestring beside its peers

        Written by `shoestring bench --table docs/benchmarks.md`. Everybody in turn on one machine, which
        also runs the load and the servers: the CPU time for each request is the figure to look at;
        rates and latencies move with whatever else the machine does. Ratios are Shoestring's figure by
        the peer's, the median over the rounds: below 1 is better for CPU and latency, above 1 for
        throughput. The goals are for CPU.

        %s, %d cores, %s.

        %s

        | work | beside | throughput | CPU for each request | goal | p99 at half load | memory | spread | |
        |---|---|---|---|---|---|---|---|---|
        %s
        """
                .formatted(
                        machine.processor(),
                        machine.cores(),
                        machine.kernel(),
                        machine.versions().entrySet().stream()
                                .map(entry -> "- " + entry.getKey() + ": " + entry.getValue())
                                .collect(Collectors.joining("\n")),
                        results.stream().map(BenchTable::row).collect(Collectors.joining("\n")));
    }

    private static String row(BenchResult result) {
        return "| %s | %s | %s | %s | %s | %s | %s | %s | %s |"
                .formatted(
                        result.work(),
                        result.peer(),
                        result.throughputRatio().isPresent()
                                ? "%.2f (%,.0f/s)"
                                        .formatted(
                                                result.throughputRatio().getAsDouble(),
                                                result.perSecond().orElse(0))
                                : "",
                        result.cpuRatio().isPresent()
                                ? "**%.2f** (%.1f µs)"
                                        .formatted(
                                                result.cpuRatio().getAsDouble(),
                                                result.cpuMicros().orElse(0))
                                : "",
                        Goal.of(result.work(), result.peer()).map(Goal::text).orElse(""),
                        number("%.2f", result.p99Ratio()),
                        number("%.0f MB", result.rssMb()),
                        number("%.2f", result.spread()),
                        (result.noisy() ? "noisy " : "")
                                + (result.errors() > 0 ? result.errors() + " errors " : "")
                                + result.special().map(Special::sentence).orElse(""));
    }

    private static String number(String format, OptionalDouble value) {
        return value.isPresent() ? format.formatted(value.getAsDouble()) : "";
    }
}
