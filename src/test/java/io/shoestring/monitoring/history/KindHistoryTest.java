package io.shoestring.monitoring.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.monitoring.history.KindHistory.Sum;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What came of each kind is there after a restart, and its room has a bound. */
@Timeout(60)
class KindHistoryTest {
    private static final long BEGIN = 1_790_000_000L / 3600 * 3600;

    @TempDir private Path directory;

    private static Sum sum(double count) {
        return new Sum(count, count / 8, count * 100);
    }

    @Test
    void whatCameIsAddedUpOverATimeAndKept() throws IOException {
        try (KindHistory history = KindHistory.open(directory, BEGIN)) {
            history.record(BEGIN + 30, Map.of("a", sum(10)));
            history.record(BEGIN + 60, Map.of("a", sum(20), "b", sum(1)));
            history.record(BEGIN + 90, Map.of("a", sum(40)));
        }
        try (KindHistory history = KindHistory.open(directory, BEGIN + 100)) {
            assertThat(history.sums(BEGIN, BEGIN + 60))
                    .containsOnly(Map.entry("a", sum(30)), Map.entry("b", sum(1)));
            assertThat(history.sums(BEGIN + 60, BEGIN + 90)).containsOnly(Map.entry("a", sum(40)));
            assertThat(history.sums(BEGIN + 90, BEGIN + 900)).isEmpty();
        }
    }

    @Test
    void moreKindsThanThereIsRoomForCountTogetherAndNothingIsLost() throws IOException {
        try (KindHistory history = KindHistory.open(directory, BEGIN)) {
            double expected = 0;
            for (int slot = 1; slot <= 40; slot++) {
                Map<String, Sum> came = new HashMap<>();
                for (int kind = 0; kind < 100; kind++) {
                    came.put("kind " + slot + "." + kind, sum(10));
                    expected += 10;
                }
                history.record(BEGIN + 30L * slot, came);
            }
            Map<String, Sum> all = history.sums(BEGIN, BEGIN + 1_200);
            assertThat(all).hasSize(KindHistory.KINDS_MAX).containsKey(KindHistory.OTHERS);
            assertThat(all.values().stream().mapToDouble(Sum::count).sum()).isEqualTo(expected);
        }
    }

    @Test
    void aDayLaterAKindThatIsGoneMakesRoomAndTheFileGrowsNoFurther() throws IOException {
        try (KindHistory history = KindHistory.open(directory, BEGIN)) {
            for (int kind = 0; kind < KindHistory.KINDS_MAX; kind++) {
                history.record(BEGIN + 30, Map.of("old " + kind, sum(10)));
            }
            for (int slot = 0; slot < 3 * 2_880; slot++) {
                history.record(BEGIN + 60 + 30L * slot, Map.of("stays", sum(1)));
            }
            long end = BEGIN + 60 + 30L * 3 * 2_880;
            history.record(end, Map.of("new", sum(5)));
            assertThat(history.sums(end - 30, end)).containsOnly(Map.entry("new", sum(5)));
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.mapToLong(file -> file.toFile().length()).sum())
                    .isLessThan(13_000_000);
        }
    }
}
