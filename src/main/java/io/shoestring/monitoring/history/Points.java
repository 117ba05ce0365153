package io.shoestring.monitoring.history;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/** A series, one point after the other; not a number where nothing was measured. Immutable. */
public final class Points {
    private final String name;
    private final float[] means;
    private final float[] highs;

    Points(String name, float[] means, float[] highs) {
        this.name = requireNonNull(name, "name is null");
        this.means = means;
        this.highs = highs;
    }

    public String name() {
        return name;
    }

    /** The mean of each point's seconds. */
    public float[] means() {
        return Arrays.copyOf(means, means.length);
    }

    /** The highest of each point's seconds. */
    public float[] highs() {
        return Arrays.copyOf(highs, highs.length);
    }
}
