package io.shoestring.sandbox.bench;

import java.util.Arrays;
import java.util.OptionalDouble;

/** Positions in a list of measured values, and its middle. */
final class Percentiles {
    private Percentiles() {}

    /**
     * The value that the given share of them does not exceed (nearest rank).
     *
     * @param share above 0, to 1
     * @return empty if there are no values
     */
    static OptionalDouble of(double[] values, double share) {
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return OptionalDouble.of(sorted[(int) Math.ceil(share * sorted.length) - 1]);
    }

    /** The median; of an even number the mean of the two in the middle. */
    static OptionalDouble median(double[] values) {
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return OptionalDouble.of(
                sorted.length % 2 == 1
                        ? sorted[middle]
                        : (sorted[middle - 1] + sorted[middle]) / 2);
    }
}
