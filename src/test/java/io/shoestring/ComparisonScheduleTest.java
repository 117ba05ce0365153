package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.WeeklyTime;
import io.shoestring.consensus.LocalStore;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.TableComparison.Difference;
import io.shoestring.database.mysql.TableComparison.Result;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Event;
import io.shoestring.model.MemberName;
import io.shoestring.monitoring.EventLog;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** When the rows are compared, and what is told. */
@Timeout(60)
class ComparisonScheduleTest {
    private static final WeeklyTime SUNDAY =
            new WeeklyTime(Optional.of(DayOfWeek.SUNDAY), LocalTime.of(3, 0));
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final Result ALIKE = new Result(A, List.of(B), 2, 7, List.of());

    @TempDir private Path directory;
    private final AtomicBoolean here = new AtomicBoolean(true);
    private final AtomicInteger runs = new AtomicInteger();
    private volatile Instant now = Instant.parse("2026-11-28T12:00:00Z");
    private volatile Optional<Result> result = Optional.of(ALIKE);
    private LocalStore store;
    private EventLog events;

    @BeforeEach
    void open() throws Exception {
        store = LocalStore.open(directory.resolve("consensus"), "local", Clock.system());
        events = EventLog.open(directory, WallClock.system());
    }

    @AfterEach
    void close() {
        events.close();
        store.close();
    }

    private ComparisonSchedule schedule() {
        return ComparisonSchedule.start(
                new DatabaseName("shop"),
                SUNDAY,
                new ComparisonSchedule.Surroundings(
                        here::get,
                        () -> {
                            runs.incrementAndGet();
                            return result.orElseThrow(
                                    () -> new DatabaseException("Nobody answers."));
                        },
                        store,
                        events,
                        () -> now,
                        ZoneOffset.UTC,
                        Duration.ofMillis(5)));
    }

    private void awaitRuns(int expected) {
        await().atMost(Duration.ofSeconds(10)).until(() -> runs.get() == expected);
        await().during(Duration.ofMillis(100)).until(() -> runs.get() == expected);
    }

    private Event awaitEvent(String text) {
        return await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                events.since(0, 100).stream()
                                        .filter(each -> each.text().contains(text))
                                        .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void onceAtItsTimeByOneOfTheNodesAndNotLate() {
        try (var one = schedule();
                var other = schedule()) {
            assertThat(one).isNotEqualTo(other);
            awaitRuns(0);
            now = Instant.parse("2026-11-29T03:00:01Z");
            awaitRuns(1);
            assertThat(awaitEvent("Rows were compared").severity()).isEqualTo(Event.Severity.INFO);
            now = Instant.parse("2026-12-05T23:00:00Z");
            awaitRuns(1);
            here.set(false);
            now = Instant.parse("2026-12-06T03:00:01Z");
            awaitRuns(1);
            now = Instant.parse("2026-12-06T03:59:00Z");
            here.set(true);
            awaitRuns(2);
            now = Instant.parse("2026-12-13T12:00:00Z");
            awaitRuns(2);
        }
    }

    @Test
    void whatDiffersIsAnErrorAndWhatFailsAWarning() {
        result =
                Optional.of(
                        new Result(
                                A,
                                List.of(B),
                                2,
                                7,
                                List.of(new Difference(B, "shop.items", "id <= 9", 5, 6))));
        try (var schedule = schedule()) {
            assertThat(schedule).isNotNull();
            now = Instant.parse("2026-11-29T03:10:00Z");
            Event event = awaitEvent("Rows were compared");
            assertThat(event.severity()).isEqualTo(Event.Severity.ERROR);
            assertThat(event.text())
                    .isEqualTo(
                            "Rows were compared: 2 tables of b, with 7 rows on a: 1 part differs."
                                    + " shop.items on b where id <= 9: 5 there, 6 on a. Look into"
                                    + " them with 'shoestring replication compare shop'; a replica"
                                    + " that is copied anew has the primary's rows.");
            result = Optional.empty();
            now = Instant.parse("2026-12-06T03:10:00Z");
            assertThat(awaitEvent("Nobody answers.").severity()).isEqualTo(Event.Severity.WARNING);
        }
    }

    @Test
    void theLastTimeIsByTheClockOfTheMachine() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        ZonedDateTime sunday = ZonedDateTime.of(2026, 11, 29, 3, 0, 0, 0, berlin);
        assertThat(SUNDAY.last(sunday)).isEqualTo(sunday);
        assertThat(SUNDAY.last(sunday.minusSeconds(1))).isEqualTo(sunday.minusWeeks(1));
        assertThat(SUNDAY.last(sunday.plusDays(6))).isEqualTo(sunday);
        var daily = new WeeklyTime(Optional.empty(), LocalTime.of(3, 0));
        assertThat(daily.last(sunday.plusDays(2).plusHours(1))).isEqualTo(sunday.plusDays(2));
        assertThat(daily.last(sunday.plusDays(2).minusHours(1))).isEqualTo(sunday.plusDays(1));
    }
}
