package io.shoestring.sandbox.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * The laps of Shoestring and of one peer, round by round. Pure.
 *
 * @param ours as fast as possible; as many as {@code theirs}
 * @param oursPaced at the fixed rate; perhaps none
 */
record Comparison(List<Lap> ours, List<Lap> theirs, List<Lap> oursPaced, List<Lap> theirsPaced) {
    private static final double BYTES_PER_MB = 1e6;
    private static final double ROUNDING = 1000;

    /** A spread from which on a figure says little. */
    static final double SPREAD_MAX = 0.25;

    Comparison {
        ours = List.copyOf(ours);
        theirs = List.copyOf(theirs);
        oursPaced = List.copyOf(oursPaced);
        theirsPaced = List.copyOf(theirsPaced);
        if (ours.size() != theirs.size() || oursPaced.size() != theirsPaced.size()) {
            throw new IllegalArgumentException("not as many laps of each");
        }
    }

    /**
     * What they come to.
     *
     * @param restless whether the machine had something else to do before it began
     */
    BenchResult result(String work, String peer, boolean restless) {
        double[] cpu = ratios(ours, theirs, Lap::cpuMicros);
        OptionalDouble spread = spread(cpu);
        return new BenchResult(
                work,
                peer,
                rounded(Percentiles.median(ratios(ours, theirs, lap -> lap.outcome().perSecond()))),
                rounded(Percentiles.median(cpu)),
                rounded(Percentiles.median(ratios(oursPaced, theirsPaced, Comparison::p99))),
                megabytes(ours),
                ours.size(),
                rounded(spread),
                median(ours, lap -> lap.outcome().perSecond()),
                median(theirs, lap -> lap.outcome().perSecond()),
                median(ours, Lap::cpuMicros),
                median(theirs, Lap::cpuMicros),
                median(oursPaced, Comparison::p50),
                median(theirsPaced, Comparison::p50),
                median(oursPaced, Comparison::p99),
                median(theirsPaced, Comparison::p99),
                megabytes(theirs),
                errors(ours) + errors(oursPaced),
                errors(theirs) + errors(theirsPaced),
                restless || spread.orElse(0) > SPREAD_MAX,
                Optional.empty());
    }

    private static double[] ratios(List<Lap> ours, List<Lap> theirs, ToDoubleFunction<Lap> figure) {
        double[] ratios = new double[ours.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = figure.applyAsDouble(ours.get(i)) / figure.applyAsDouble(theirs.get(i));
        }
        // Nothing was measured where one of them says nothing.
        return Arrays.stream(ratios).filter(Double::isFinite).toArray();
    }

    private static OptionalDouble spread(double[] ratios) {
        OptionalDouble median = Percentiles.median(ratios);
        return median.isEmpty()
                ? median
                : OptionalDouble.of(
                        (Percentiles.of(ratios, 0.75).orElse(0)
                                        - Percentiles.of(ratios, 0.25).orElse(0))
                                / median.getAsDouble());
    }

    private static OptionalDouble megabytes(List<Lap> laps) {
        return median(laps, lap -> lap.residentBytes() / BYTES_PER_MB);
    }

    private static OptionalDouble median(List<Lap> laps, ToDoubleFunction<Lap> figure) {
        return rounded(
                Percentiles.median(
                        laps.stream().mapToDouble(figure).filter(Double::isFinite).toArray()));
    }

    private static double p50(Lap lap) {
        return lap.outcome().p50Micros().orElse(Double.NaN);
    }

    private static double p99(Lap lap) {
        return lap.outcome().p99Micros().orElse(Double.NaN);
    }

    private static long errors(List<Lap> laps) {
        return laps.stream().mapToLong(lap -> lap.outcome().errors()).sum();
    }

    private static OptionalDouble rounded(OptionalDouble value) {
        return value.isEmpty()
                ? value
                : OptionalDouble.of(Math.round(value.getAsDouble() * ROUNDING) / ROUNDING);
    }
}
