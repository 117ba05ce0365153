package io.shoestring.sandbox.bench;

import com.fasterxml.jackson.annotation.JsonProperty;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Shoestring beside one peer at one work. Ratios are medians of the ratios of each round; what is
 * below 1 is better for CPU and latency, above 1 for throughput. What a work does not measure is
 * empty.
 *
 * @param cpuRatio of the CPU time for each request, of the process and its children
 * @param p99Ratio of the slowest hundredth's latency, at half of what the slower one could do
 * @param rssMb resident memory of Shoestring under load, in megabytes
 * @param spread how far apart the middle half of the rounds' CPU ratios is, as a part of their
 *     median
 * @param perSecond requests per second of Shoestring
 * @param cpuMicros of Shoestring, for each request
 * @param p50Micros of Shoestring, at the fixed rate
 * @param errors requests that failed, of Shoestring
 * @param noisy the machine had so much else to do that the figures say little
 * @param special what is measured instead of requests, if the work measures none
 */
record BenchResult(
        String work,
        String peer,
        @JsonProperty("throughput_ratio") OptionalDouble throughputRatio,
        @JsonProperty("cpu_ratio") OptionalDouble cpuRatio,
        @JsonProperty("p99_ratio") OptionalDouble p99Ratio,
        @JsonProperty("rss_mb") OptionalDouble rssMb,
        int rounds,
        OptionalDouble spread,
        @JsonProperty("per_second") OptionalDouble perSecond,
        @JsonProperty("peer_per_second") OptionalDouble peerPerSecond,
        @JsonProperty("cpu_us") OptionalDouble cpuMicros,
        @JsonProperty("peer_cpu_us") OptionalDouble peerCpuMicros,
        @JsonProperty("p50_us") OptionalDouble p50Micros,
        @JsonProperty("peer_p50_us") OptionalDouble peerP50Micros,
        @JsonProperty("p99_us") OptionalDouble p99Micros,
        @JsonProperty("peer_p99_us") OptionalDouble peerP99Micros,
        @JsonProperty("peer_rss_mb") OptionalDouble peerRssMb,
        long errors,
        @JsonProperty("peer_errors") long peerErrors,
        boolean noisy,
        Optional<Special> special) {
    /** Of a work that does not measure requests. */
    static BenchResult of(
            String work, String peer, Special special, double rssMb, double peerRssMb, int rounds) {
        OptionalDouble none = OptionalDouble.empty();
        return new BenchResult(
                work,
                peer,
                none,
                none,
                none,
                OptionalDouble.of(rssMb),
                rounds,
                none,
                none,
                none,
                none,
                none,
                none,
                none,
                none,
                none,
                OptionalDouble.of(peerRssMb),
                0,
                0,
                false,
                Optional.of(special));
    }

    /** For people. */
    String sentence() {
        if (special.isPresent()) {
            return "%-24s beside %-18s %s; %s MB beside %s MB"
                    .formatted(
                            work, peer, special.get().sentence(), whole(rssMb), whole(peerRssMb));
        }
        return "%-24s beside %-18s throughput %s, CPU %s%s, p99 %s; %s MB beside %s MB%s%s"
                .formatted(
                        work,
                        peer,
                        ratio(throughputRatio),
                        ratio(cpuRatio),
                        cpuMicros.isPresent() && peerCpuMicros.isPresent()
                                ? " (%.1f : %.1f us)"
                                        .formatted(
                                                cpuMicros.getAsDouble(),
                                                peerCpuMicros.getAsDouble())
                                : "",
                        ratio(p99Ratio),
                        whole(rssMb),
                        whole(peerRssMb),
                        errors + peerErrors > 0
                                ? "; errors %d : %d".formatted(errors, peerErrors)
                                : "",
                        noisy ? "; the machine was too noisy to say" : "");
    }

    private static String ratio(OptionalDouble value) {
        return value.isPresent() ? "%.2f".formatted(value.getAsDouble()) : "-";
    }

    private static String whole(OptionalDouble value) {
        return value.isPresent() ? "%.0f".formatted(value.getAsDouble()) : "-";
    }
}
