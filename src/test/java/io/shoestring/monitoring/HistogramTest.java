package io.shoestring.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Arrays;
import java.util.Random;

@Timeout(60)
class HistogramTest {
    @Test
    void whatCameSinceIsTheDifference() {
        Histogram earlier = new Histogram();
        Histogram now = new Histogram();
        for (int i = 1; i <= 100; i++) {
            now.record(i * 1_000_000L);
            if (i <= 50) {
                earlier.record(i * 1_000_000L);
            }
        }
        assertThat((double) now.countUpTo(50_000)).isCloseTo(50, within(4.0));
        assertThat(now.countUpTo(500_000)).isEqualTo(100);
        assertThat(now.countUpTo(500)).isZero();
        now.subtract(earlier);
        assertThat(now.count()).isEqualTo(50);
        assertThat((double) now.percentileMicros(0.5)).isCloseTo(75_000, within(5_000.0));
        assertThat((double) now.percentileMicros(0)).isCloseTo(51_000, within(4_000.0));
    }

    @Test
    void percentilesAreRightWithinSixPerCent() {
        Random random = new Random(1);
        Histogram histogram = new Histogram();
        long[] micros = new long[100_000];
        for (int i = 0; i < micros.length; i++) {
            micros[i] = (long) Math.exp(random.nextDouble() * 20);
            histogram.record(micros[i] * 1_000);
        }
        Arrays.sort(micros);
        for (double share : new double[] {0.01, 0.25, 0.5, 0.95, 0.99, 0.999}) {
            double exact = micros[(int) (share * micros.length)];
            assertThat((double) histogram.percentileMicros(share))
                    .isCloseTo(exact, within(exact * 0.07 + 1));
        }
    }

    @Test
    void smallNumbersAreExact() {
        Histogram histogram = new Histogram();
        for (int micros = 0; micros < 16; micros++) {
            histogram.record(micros * 1_000L);
        }
        assertThat(histogram.percentileMicros(1)).isEqualTo(15);
        assertThat(histogram.percentileMicros(0.5)).isEqualTo(7);
        assertThat(histogram.count()).isEqualTo(16);
    }

    @Test
    void theEndsAreTaken() {
        Histogram histogram = new Histogram();
        histogram.record(-5);
        histogram.record(Long.MAX_VALUE);
        assertThat(histogram.count()).isEqualTo(2);
        assertThat(histogram.percentileMicros(0.1)).isZero();
        assertThat(histogram.percentileMicros(1)).isGreaterThan(100_000_000_000L);
    }

    @Test
    void anEmptyOneHasNoPercentiles() {
        assertThat(new Histogram().percentileMicros(0.5)).isZero();
    }

    @Test
    void addedUpIsAsIfCountedTogether() {
        Histogram one = new Histogram();
        Histogram other = new Histogram();
        one.record(1_000_000);
        other.record(5_000_000);
        one.add(other);
        assertThat(one.count()).isEqualTo(2);
        assertThat(one.percentileMicros(1)).isBetween(4_700L, 5_300L);
    }
}
