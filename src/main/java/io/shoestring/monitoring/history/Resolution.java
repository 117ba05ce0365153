package io.shoestring.monitoring.history;

import java.util.Arrays;
import java.util.List;

/** How exactly, and for how long. Each is a multiple of the one before. */
public enum Resolution {
    SECOND(1, 3_600),
    TEN_SECONDS(10, 2_160),
    MINUTE(60, 2_880),
    TEN_MINUTES(600, 4_320),
    HOUR(3_600, 17_544);

    private final int seconds;
    private final int rows;

    Resolution(int seconds, int rows) {
        this.seconds = seconds;
        this.rows = rows;
    }

    /** What one row is about. */
    public int seconds() {
        return seconds;
    }

    /** How many rows are kept. */
    int rows() {
        return rows;
    }

    /** The row of an instant. */
    long slot(long epochSecond) {
        return Math.floorDiv(epochSecond, seconds);
    }

    /** The next finer one; of the finest itself. */
    Resolution finer() {
        return switch (this) {
            case SECOND, TEN_SECONDS -> SECOND;
            case MINUTE -> TEN_SECONDS;
            case TEN_MINUTES -> MINUTE;
            case HOUR -> TEN_MINUTES;
        };
    }

    /** Those that are made of others. */
    static List<Resolution> coarser() {
        return Arrays.stream(values()).skip(1).toList();
    }

    /**
     * The finest that still has the beginning, and has no more points than are wanted.
     *
     * @param from second of the beginning
     * @param now second of the present
     */
    public static Resolution of(long from, long to, long now, int points) {
        return Arrays.stream(values())
                .filter(it -> from >= now - (long) it.rows * it.seconds)
                .filter(it -> (to - from) / it.seconds <= points)
                .findFirst()
                .orElse(HOUR);
    }
}
