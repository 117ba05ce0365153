package io.shoestring.cli;

import java.util.Locale;

/** Bytes as people read them. */
final class SizeText {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
    private static final double STEP = 1000;
    private static final double SMALL = 10;

    private SizeText() {}

    /** Like {@code 12 MB}: three digits at most. */
    static String of(double bytes) {
        double rest = Math.max(0, bytes);
        int unit = 0;
        while (rest >= STEP - 0.5 && unit < UNITS.length - 1) {
            rest /= STEP;
            unit++;
        }
        String pattern = unit > 0 && rest < SMALL ? "%.1f %s" : "%.0f %s";
        return String.format(Locale.ROOT, pattern, rest, UNITS[unit]);
    }
}
