package io.shoestring.sandbox.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalDouble;

class ComparisonTest {
    private static Lap lap(double perSecond, double cpuMicros, double p99Micros) {
        return new Lap(
                new Outcome(
                        1_000,
                        perSecond,
                        OptionalDouble.of(p99Micros / 2),
                        OptionalDouble.of(p99Micros),
                        1),
                cpuMicros,
                50e6);
    }

    @Test
    void ratiosAreMediansOfTheRatiosOfEachRound() {
        // The machine was slow in the second round, for both.
        List<Lap> ours = List.of(lap(1_000, 10, 0), lap(100, 30, 0), lap(1_200, 10, 0));
        List<Lap> theirs = List.of(lap(2_000, 20, 0), lap(200, 60, 0), lap(1_000, 10, 0));

        BenchResult result =
                new Comparison(ours, theirs, List.of(lap(1, 1, 300)), List.of(lap(1, 1, 200)))
                        .result("work", "peer", false);

        assertThat(result.throughputRatio()).hasValue(0.5);
        assertThat(result.cpuRatio()).hasValue(0.5);
        assertThat(result.p99Ratio()).hasValue(1.5);
        assertThat(result.p50Micros()).hasValue(150);
        assertThat(result.cpuMicros()).hasValue(10);
        assertThat(result.rssMb()).hasValue(50);
        assertThat(result.rounds()).isEqualTo(3);
        assertThat(result.errors()).isEqualTo(4);
        // The middle half lies between 0.5 and 1.
        assertThat(result.spread()).hasValue(1);
        assertThat(result.noisy()).isTrue();
    }

    @Test
    void aCalmMachineIsNotCalledNoisy() {
        List<Lap> laps = List.of(lap(1_000, 10, 0), lap(1_000, 11, 0), lap(1_000, 10, 0));

        Comparison comparison = new Comparison(laps, laps, List.of(), List.of());

        assertThat(comparison.result("work", "peer", false).noisy()).isFalse();
        assertThat(comparison.result("work", "peer", true).noisy()).isTrue();
        assertThat(comparison.result("work", "peer", false).p99Ratio()).isEmpty();
    }

    @Test
    void aRoundThatOnlyOneOfThemHadIsAnError() {
        List<Lap> one = List.of(lap(1, 1, 1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Comparison(one, List.of(), List.of(), List.of()));
    }

    @Test
    void percentilesAreNearestRanks() {
        double[] values = {4, 1, 3, 2};

        assertThat(Percentiles.of(values, 0.5)).hasValue(2);
        assertThat(Percentiles.of(values, 0.99)).hasValue(4);
        assertThat(Percentiles.median(values)).hasValue(2.5);
        assertThat(Percentiles.median(new double[0])).isEmpty();
    }
}
