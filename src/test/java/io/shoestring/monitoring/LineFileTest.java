package io.shoestring.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;

@Timeout(60)
class LineFileTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir(factory = InMemory.class)
    private Path directory;

    @Test
    void closingWritesEverythingInItsOrder() throws IOException {
        Path path = directory.resolve("lines");
        Files.writeString(path, "before\n");
        try (LineFile file = LineFile.open(path)) {
            IntStream.range(0, 10_000).forEach(each -> file.add("line " + each));
        }
        assertThat(Files.readAllLines(path))
                .hasSize(10_001)
                .startsWith("before", "line 0")
                .endsWith("line 9999");
    }

    /** The kernel's own full disk. */
    @Test
    void aFullDiskLosesLinesAndNothingElse() throws IOException {
        try (LineFile file = LineFile.open(Path.of("/dev/full"))) {
            file.add("one");
            file.add("two");
            await().atMost(PATIENCE).until(() -> file.leftOut() == 2);
            file.add("three");
            await().atMost(PATIENCE).until(() -> file.leftOut() == 3);
        }
    }

    @Test
    void whatIsMovedAwayIsMadeAnew() throws IOException {
        Path path = directory.resolve("lines");
        try (LineFile file = LineFile.open(path)) {
            file.add("old");
            await().atMost(PATIENCE).until(() -> Files.size(path) == 4);
            Files.move(path, directory.resolve("moved"));
            await().atMost(PATIENCE).until(() -> Files.exists(path));
            file.add("new");
        }
        assertThat(path).hasContent("new");
        assertThat(directory.resolve("moved")).hasContent("old");
    }
}
