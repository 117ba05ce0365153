package io.shoestring.config.haproxy;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** HAProxy's times (its manual, section 2.5), as ours are written: an hour at most. */
final class Times {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(us|ms|s|m|h|d)?");
    private static final long LONGEST_MILLIS = 3_600_000;
    private static final long SECOND = 1_000;

    private Times() {}

    /** A time without unit is in milliseconds. Empty if it is none. */
    static Optional<String> of(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2) == null ? "ms" : matcher.group(2);
        long millis =
                switch (unit) {
                    case "us" -> Math.max(1, number / SECOND);
                    case "s" -> number * SECOND;
                    case "m" -> number * 60 * SECOND;
                    case "h" -> number * 3_600 * SECOND;
                    case "d" -> number * 86_400 * SECOND;
                    default -> number;
                };
        long bounded = Math.min(millis, LONGEST_MILLIS);
        return Optional.of(bounded % SECOND == 0 ? bounded / SECOND + "s" : bounded + "ms");
    }
}
