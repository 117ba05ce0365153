package io.shoestring.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;

/** A time that a person gives, in the zone of this machine unless the text has one. */
final class PlannedTime {
    private PlannedTime() {}

    /**
     * The instant of {@code 03:00} (the next one), {@code 2026-11-23T03:00} or {@code
     * 2026-11-23T03:00:00+01:00}.
     *
     * @throws CommandFailure if it is none of these
     */
    static Instant parse(String text, Console console) {
        try {
            return text.contains("T") ? dated(text, console) : next(text, console);
        } catch (DateTimeException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'"
                            + text
                            + "' is no time; expected 03:00, 2026-11-23T03:00 or"
                            + " 2026-11-23T03:00:00Z.");
        }
    }

    private static Instant dated(String text, Console console) {
        boolean zoned = text.matches(".*(Z|[+-]\\d\\d:\\d\\d)$");
        return zoned
                ? OffsetDateTime.parse(text).toInstant()
                : LocalDateTime.parse(text).atZone(console.zone()).toInstant();
    }

    private static Instant next(String text, Console console) {
        ZonedDateTime now = console.wallClock().now().atZone(console.zone());
        ZonedDateTime today = now.with(LocalTime.parse(text));
        return (today.isAfter(now) ? today : today.plusDays(1)).toInstant();
    }
}
