package io.shoestring.config;

import io.shoestring.model.Delay;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kinds of values that only a member of a database has. */
final class MemberFormats {
    private static final Pattern LENGTH = Pattern.compile("([1-9][0-9]{0,6})(s|m|h|d)");

    /** PostgreSQL counts a delay in milliseconds, in 31 bits. */
    private static final Duration LONGEST = Duration.ofDays(14);

    static final Format<Delay> DELAY =
            new Format<>(
                    Delay.class,
                    "delay",
                    "a time such as 30m, 1h or 2d, from 1s to 14d",
                    "A whole number and its unit: `30m`, `1h`, `2d`; from `1s` to `14d`.",
                    Map.of("type", "string", "pattern", "^" + LENGTH.pattern() + "$"),
                    MemberFormats::parseDelay);

    private MemberFormats() {}

    private static Parsed<Delay> parseDelay(String text) {
        Matcher matcher = LENGTH.matcher(text);
        if (!matcher.matches()) {
            return text.matches("[1-9][0-9]*")
                    ? Parsed.bad(
                            Quoted.text(text) + " has no unit", Suggestion.didYouMean(text + "m"))
                    : Parsed.bad(Quoted.text(text) + " is no delay");
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration length =
                switch (matcher.group(2)) {
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                };
        return length.compareTo(LONGEST) > 0
                ? Parsed.bad(Quoted.text(text) + " is too long")
                : Parsed.good(new Delay(length.toSeconds()));
    }
}
