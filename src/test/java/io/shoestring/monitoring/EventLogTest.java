package io.shoestring.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

@Timeout(60)
class EventLogTest {
    private static final Instant NOW = Instant.parse("2026-11-21T01:00:00Z");

    @TempDir private Path directory;

    @Test
    void keepsWhatHappenedAndGivesItFromASequenceOn() throws Exception {
        try (EventLog log = open()) {
            add(log, "one");
            Event two = add(log, "two");
            add(log, "three");
            assertThat(two)
                    .isEqualTo(new Event(2, NOW, Severity.INFO, Optional.of("shop"), 7, "two"));
            assertThat(texts(log.since(1, 10))).containsExactly("two", "three");
            assertThat(texts(log.since(0, 2))).containsExactly("two", "three");
        }
    }

    @Test
    void goesOnCountingAfterARestart() throws Exception {
        try (EventLog log = open()) {
            add(log, "one");
        }
        try (EventLog log = open()) {
            assertThat(add(log, "two").sequence()).isEqualTo(2);
            assertThat(texts(log.since(0, 10))).containsExactly("one", "two");
        }
    }

    @Test
    void survivesATornLastLine() throws Exception {
        try (EventLog log = open()) {
            add(log, "one – with ümlauts");
            add(log, "two");
        }
        Path file = directory.resolve("events.jsonl");
        byte[] whole = Files.readAllBytes(file);
        for (int cut = 1; cut < 60; cut++) {
            Files.write(file, Arrays.copyOf(whole, whole.length - cut));
            try (EventLog log = open()) {
                assertThat(texts(log.since(0, 10))).startsWith("one – with ümlauts");
                add(log, "after");
            }
            try (EventLog log = open()) {
                assertThat(texts(log.since(0, 10))).endsWith("after");
            }
        }
    }

    @Test
    void beginsANewFileAndKeepsOneOldOne() throws Exception {
        String text = "x".repeat(200_000);
        try (EventLog log = open()) {
            for (int i = 0; i < 60; i++) {
                add(log, text);
            }
        }
        try (var files = Files.list(directory)) {
            assertThat(files).hasSize(2);
        }
        assertThat(Files.size(directory.resolve("events.jsonl"))).isLessThan(5 << 20);
        assertThat(Files.size(directory.resolve("events.jsonl.1"))).isLessThan(5 << 20);
        try (EventLog log = open()) {
            assertThat(add(log, "next").sequence()).isEqualTo(61);
        }
    }

    @Test
    void keepsTheNewestTwoThousandInMemory() throws Exception {
        try (EventLog log = open()) {
            for (int i = 1; i <= 2_100; i++) {
                add(log, "event " + i);
            }
            List<Event> kept = log.since(0, 10_000);
            assertThat(kept).hasSize(2_000);
            assertThat(kept.getFirst().sequence()).isEqualTo(101);
        }
    }

    @Test
    void tellsSubscribersUntilTheyLeave() throws Exception {
        List<String> told = new ArrayList<>();
        try (EventLog log = open()) {
            try (var subscription = log.subscribe(event -> told.add(event.text()))) {
                assertThat(subscription).isNotNull();
                add(log, "one");
            }
            add(log, "two");
        }
        assertThat(told).containsExactly("one");
    }

    @Test
    void garbageInTheFileIsSkipped() throws Exception {
        try (EventLog log = open()) {
            add(log, "one");
        }
        Files.write(
                directory.resolve("events.jsonl"),
                new byte[] {'{', 0, (byte) 0xff, '\n', '[', ']', '\n', 'n', 'u', 'l', 'l', '\n'},
                StandardOpenOption.APPEND);
        try (EventLog log = open()) {
            assertThat(texts(log.since(0, 10))).containsExactly("one");
            assertThat(add(log, "two").sequence()).isEqualTo(2);
        }
    }

    private EventLog open() throws Exception {
        return EventLog.open(directory, () -> NOW);
    }

    private static Event add(EventLog log, String text) {
        return log.add(Severity.INFO, Optional.of("shop"), 7, text);
    }

    private static List<String> texts(List<Event> events) {
        return events.stream().map(Event::text).toList();
    }
}
