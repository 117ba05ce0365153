package io.shoestring.config;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times that come again. */
final class TimeFormats {
    private static final Pattern WEEKLY_TEXT =
            Pattern.compile(
                    "(?:(monday|tuesday|wednesday|thursday|friday|saturday|sunday) )?"
                            + "((?:[01][0-9]|2[0-3]):[0-5][0-9])");

    static final Format<WeeklyTime> WEEKLY =
            new Format<>(
                    WeeklyTime.class,
                    "time of the day or week",
                    "a time such as \"03:00\" (each day) or sunday 03:00",
                    "A time of day in quotes (`\"03:00\"`, each day), or a day of the week and a"
                            + " time (`sunday 03:00`).",
                    Map.of("type", "string", "pattern", "^" + WEEKLY_TEXT.pattern() + "$"),
                    TimeFormats::parse);

    private TimeFormats() {}

    private static Parsed<WeeklyTime> parse(String text) {
        Matcher found = WEEKLY_TEXT.matcher(text);
        return found.matches()
                ? Parsed.good(
                        new WeeklyTime(
                                Optional.ofNullable(found.group(1))
                                        .map(day -> day.toUpperCase(Locale.ROOT))
                                        .map(DayOfWeek::valueOf),
                                LocalTime.parse(found.group(2))))
                : Parsed.bad(Quoted.text(text) + " is no time of the day or week");
    }
}
