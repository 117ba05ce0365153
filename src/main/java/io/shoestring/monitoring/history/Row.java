package io.shoestring.monitoring.history;

import java.util.Arrays;

/** What was measured in one slot, by columns; not a number where nothing was. Immutable. */
final class Row {
    /** Nothing was measured. */
    static final Row NONE = new Row(0, new float[0], new float[0]);

    private final int covered;
    private final float[] means;
    private final float[] highs;

    /**
     * Takes the arrays over.
     *
     * @param covered how many seconds of the slot were measured
     * @param means of those seconds
     * @param highs the highest of those seconds
     */
    Row(int covered, float[] means, float[] highs) {
        this.covered = covered;
        this.means = means;
        this.highs = highs;
    }

    int covered() {
        return covered;
    }

    int columns() {
        return means.length;
    }

    /** The mean of a column, or not a number. */
    float mean(int column) {
        return column < means.length ? means[column] : Float.NaN;
    }

    /** The highest of a column, or not a number. */
    float high(int column) {
        return column < highs.length ? highs[column] : Float.NaN;
    }

    /** What several rows come to. */
    static Row of(Iterable<Row> finer) {
        int columns = 0;
        int covered = 0;
        for (Row row : finer) {
            columns = Math.max(columns, row.columns());
            covered += row.covered;
        }
        float[] means = new float[columns];
        float[] highs = new float[columns];
        Arrays.fill(highs, Float.NaN);
        for (int i = 0; i < columns; i++) {
            double sum = 0;
            long weight = 0;
            for (Row row : finer) {
                if (!Float.isNaN(row.mean(i))) {
                    sum += (double) row.mean(i) * row.covered;
                    weight += row.covered;
                    highs[i] =
                            Float.isNaN(highs[i]) ? row.high(i) : Math.max(highs[i], row.high(i));
                }
            }
            means[i] = weight == 0 ? Float.NaN : (float) (sum / weight);
        }
        return covered == 0 ? NONE : new Row(covered, means, highs);
    }
}
