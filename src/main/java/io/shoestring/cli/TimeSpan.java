package io.shoestring.cli;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spans of time as people write them. */
final class TimeSpan {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})([smhd])");
    private static final Map<String, Duration> UNITS =
            Map.of(
                    "s", Duration.ofSeconds(1),
                    "m", Duration.ofMinutes(1),
                    "h", Duration.ofHours(1),
                    "d", Duration.ofDays(1));

    private TimeSpan() {}

    static boolean isOne(String text) {
        return DURATION.matcher(text).matches();
    }

    /**
     * Reads one.
     *
     * @param option that it was given to
     */
    static Duration parse(String option, String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    option + " is '" + text + "', expected a time like 30s, 10m, 2h or 1d.");
        }
        Duration unit = UNITS.getOrDefault(matcher.group(2), Duration.ZERO);
        return unit.multipliedBy(Long.parseLong(matcher.group(1)));
    }
}
