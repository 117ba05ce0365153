package io.shoestring.model;

import java.util.ArrayList;
import java.util.List;

/**
 * How much later than its primary a member applies the log, on purpose.
 *
 * @param seconds at least one
 */
public record Delay(long seconds) {
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    public Delay {
        if (seconds < 1) {
            throw new IllegalArgumentException("A delay is at least a second, not " + seconds);
        }
    }

    /** As a person writes it: {@code 1 h}, {@code 1 d 12 h}. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        add(parts, seconds / DAY, "d");
        add(parts, seconds % DAY / HOUR, "h");
        add(parts, seconds % HOUR / MINUTE, "min");
        add(parts, seconds % MINUTE, "s");
        return String.join(" ", parts);
    }

    private static void add(List<String> parts, long amount, String unit) {
        if (amount > 0) {
            parts.add(amount + " " + unit);
        }
    }
}
