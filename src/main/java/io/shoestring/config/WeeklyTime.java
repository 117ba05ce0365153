package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.time.temporal.TemporalAdjusters;
import java.util.Optional;

/**
 * A time of day, each day or each week, on the clock of the machine.
 *
 * @param day empty: each day
 */
public record WeeklyTime(Optional<DayOfWeek> day, LocalTime time) {
    public WeeklyTime {
        requireNonNull(day, "day is null");
        requireNonNull(time, "time is null");
    }

    /** When it was last, at {@code now} or before. */
    public ZonedDateTime last(ZonedDateTime now) {
        ZonedDateTime then =
                day.map(it -> now.with(TemporalAdjusters.previousOrSame(it)))
                        .orElse(now)
                        .with(time);
        if (!then.isAfter(now)) {
            return then;
        }
        return day.isPresent() ? then.minusWeeks(1).with(time) : then.minusDays(1).with(time);
    }
}
