package io.shoestring.doctor;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Numbers for people. */
final class Amounts {
    private Amounts() {}

    static String millis(long millis) {
        return duration(Duration.ofMillis(millis));
    }

    /** With one unit, the largest that leaves something before the point. */
    static String duration(Duration duration) {
        double seconds = duration.toNanos() / 1e9;
        double size = Math.abs(seconds);
        if (size < 1) {
            return number(seconds * 1000) + " ms";
        }
        if (size < 120) {
            return number(seconds) + " s";
        }
        if (size < 7200) {
            return number(seconds / 60) + " min";
        }
        return size < 172_800 ? number(seconds / 3600) + " h" : number(seconds / 86_400) + " days";
    }

    static String bytes(long bytes) {
        List<String> units = List.of("B", "kB", "MB", "GB", "TB", "PB", "EB");
        double value = bytes;
        int unit = 0;
        while (value >= 999.95) {
            value /= 1000;
            unit++;
        }
        return number(value) + " " + units.get(unit);
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
