package io.shoestring.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.WallClock;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;
import io.shoestring.monitoring.DiskWatch.Directory;
import io.shoestring.monitoring.DiskWatch.Level;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

@Timeout(90)
class DiskWatchTest {
    @TempDir(factory = InMemory.class)
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "50, ROOM, ROOM",
        "10, ROOM, ROOM",
        "9, ROOM, SHORT",
        "11, SHORT, SHORT",
        "12, SHORT, ROOM",
        "2, ROOM, ALMOST_FULL",
        "4, ALMOST_FULL, ALMOST_FULL",
        "5, ALMOST_FULL, SHORT",
        "12, ALMOST_FULL, ROOM"
    })
    void isLeftAgainOnlyWithSomeMoreRoom(int freePercent, Level before, Level after) {
        assertThat(Level.of(freePercent, before)).isEqualTo(after);
    }

    @Test
    void tellsOfADiskThatFillsUpAndIsFreedAgain() throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")));
        Path disk = Files.createDirectory(directory.resolve("disk"));
        run("mount", "-t", "tmpfs", "-o", "size=64m", "disk", disk.toString());
        try (EventLog events = EventLog.open(directory, WallClock.system())) {
            Path filling = disk.resolve("filling");
            Files.write(filling, new byte[63 << 20]);
            try (DiskWatch _ =
                    DiskWatch.start(
                            List.of(new Directory(disk, "the data of a", Optional.of("shop"))),
                            events)) {
                Event full = next(events, 0);
                assertThat(full.severity()).isEqualTo(Severity.ERROR);
                assertThat(full.database()).contains("shop");
                assertThat(full.text())
                        .startsWith(
                                "The disk with the data of a (" + disk + ") has 1 MB left, 1 %");
                Files.delete(filling);
                assertThat(next(events, full.sequence()).text()).endsWith("there is room again.");
            }
        } finally {
            run("umount", disk.toString());
        }
    }

    private void run(String... command) {
        Program.run(directory, List.of(command)).sound();
    }

    private static Event next(EventLog events, long after) {
        return await().atMost(Duration.ofSeconds(30))
                .until(() -> events.since(after, 1), found -> !found.isEmpty())
                .getFirst();
    }
}
