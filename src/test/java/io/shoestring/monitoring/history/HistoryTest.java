package io.shoestring.monitoring.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Seconds become minutes, hours and years, and nothing is lost with the process. */
@Timeout(60)
class HistoryTest {
    /** The beginning of an hour. */
    private static final long BEGIN = 1_790_000_000L / 3600 * 3600;

    @TempDir private Path directory;

    private static void second(History history, long second, double value) {
        history.record(BEGIN + second, Map.of("load", value));
    }

    private static float[] means(History history, Resolution resolution, long from, int count)
            throws IOException {
        return history.points(List.of("load"), resolution, BEGIN + from, count).getFirst().means();
    }

    private static float[] highs(History history, Resolution resolution, long from, int count)
            throws IOException {
        return history.points(List.of("load"), resolution, BEGIN + from, count).getFirst().highs();
    }

    @Test
    void secondsBecomeMeansAndHighs() throws IOException {
        try (History history = History.open(directory, BEGIN)) {
            for (int i = 0; i < 700; i++) {
                second(history, i, i);
            }
            assertThat(means(history, Resolution.SECOND, 698, 3))
                    .containsExactly(698f, 699f, Float.NaN);
            assertThat(means(history, Resolution.TEN_SECONDS, 0, 2)).containsExactly(4.5f, 14.5f);
            assertThat(highs(history, Resolution.TEN_SECONDS, 0, 2)).containsExactly(9f, 19f);
            assertThat(means(history, Resolution.TEN_MINUTES, 0, 1)).containsExactly(299.5f);
            // What is not over yet is told as far as it is.
            assertThat(means(history, Resolution.TEN_MINUTES, 600, 1)).containsExactly(649.5f);
            assertThat(means(history, Resolution.HOUR, 0, 1)).containsExactly(349.5f);
            assertThat(highs(history, Resolution.HOUR, 0, 1)).containsExactly(699f);
        }
    }

    @Test
    void aProcessThatWasKilledLosesNothing() throws IOException {
        History killed = History.open(directory, BEGIN);
        for (int i = 0; i < 95; i++) {
            second(killed, i, 10);
        }
        try (History next = History.open(directory, BEGIN + 100)) {
            for (int i = 105; i < 3700; i++) {
                second(next, i, 20);
            }
            assertThat(means(next, Resolution.MINUTE, 60, 1)[0])
                    .isCloseTo((35 * 10 + 15 * 20) / 50f, within(0.001f));
            assertThat(means(next, Resolution.SECOND, 3599, 1)).containsExactly(20f);
            assertThat(means(next, Resolution.HOUR, 0, 1)[0])
                    .isCloseTo((95 * 10 + 3495 * 20) / 3590f, within(0.001f));
        } finally {
            killed.close();
        }
    }

    @Test
    void whatAPowerCutHasTornIsAGap() throws IOException {
        try (History history = History.open(directory, BEGIN)) {
            second(history, 0, 1);
            second(history, 1, 2);
            second(history, 2, 3);
        }
        long row = Math.floorMod(BEGIN + 1, 3600) * (16 + History.SERIES_MAX * 8L);
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("second.ring").toFile(), "rw")) {
            file.seek(row + 17);
            file.write(0x7F);
        }
        Files.writeString(
                directory.resolve("series"),
                Files.readString(directory.resolve("series")) + "7\t12");
        try (History history = History.open(directory, BEGIN)) {
            assertThat(means(history, Resolution.SECOND, 0, 3)).containsExactly(1f, Float.NaN, 3f);
            assertThat(means(history, Resolution.TEN_SECONDS, 0, 1)).containsExactly(2f);
        }
    }

    @Test
    void yearsTakeNoMoreRoomThanTheFilesHave() throws IOException {
        int hours = 20_000;
        try (History history = History.open(directory, BEGIN)) {
            for (int i = 0; i < hours; i++) {
                second(history, i * 3600L, i);
            }
            long last = (hours - 1) * 3600L;
            assertThat(means(history, Resolution.HOUR, last - 17_000 * 3600L, 1))
                    .containsExactly(hours - 1 - 17_000f);
            assertThat(means(history, Resolution.HOUR, 0, 1)).containsExactly(Float.NaN);
            assertThat(means(history, Resolution.SECOND, 0, 1)).containsExactly(Float.NaN);
        }
        try (var files = Files.list(directory)) {
            assertThat(files.mapToLong(file -> file.toFile().length()).sum())
                    .isLessThan(64_000_000);
        }
    }

    @Test
    void thereIsRoomForSoManySeriesAndAForgottenOneMakesRoom() throws IOException {
        Map<String, Double> many = new HashMap<>();
        IntStream.range(0, History.SERIES_MAX + 10).forEach(i -> many.put("s" + i, (double) i));
        try (History history = History.open(directory, BEGIN)) {
            history.record(BEGIN, many);
            assertThat(history.names()).hasSize(History.SERIES_MAX);
            assertThat(history.points(history.names(), Resolution.SECOND, BEGIN, 1))
                    .allMatch(it -> it.means()[0] == Float.parseFloat(it.name().substring(1)));
            second(history, 90_000, 7);
            assertThat(means(history, Resolution.SECOND, 90_000, 1)).containsExactly(7f);
            assertThat(means(history, Resolution.SECOND, 0, 1)).containsExactly(Float.NaN);
        }
    }

    @Test
    void theFinestIsChosenThatFitsAndStillHasTheBeginning() {
        assertThat(Resolution.of(BEGIN - 300, BEGIN, BEGIN, 600)).isEqualTo(Resolution.SECOND);
        assertThat(Resolution.of(BEGIN - 3_000, BEGIN, BEGIN, 600))
                .isEqualTo(Resolution.TEN_SECONDS);
        assertThat(Resolution.of(BEGIN - 90_000, BEGIN - 89_000, BEGIN, 600))
                .isEqualTo(Resolution.MINUTE);
        assertThat(Resolution.of(BEGIN - 2_000_000_000L, BEGIN, BEGIN, 600))
                .isEqualTo(Resolution.HOUR);
    }

    @Test
    void aClockThatGoesBackIsFollowed() throws IOException {
        try (History history = History.open(directory, BEGIN)) {
            second(history, 5_000, 1);
            second(history, 60, 2);
            second(history, 61, 4);
            second(history, 120, 9);
            assertThat(means(history, Resolution.MINUTE, 60, 1)).containsExactly(3f);
        }
    }
}
