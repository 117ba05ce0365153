package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.EventLog;
import io.shoestring.node.Channel;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Every event comes to every node, and stays there when its own node is gone. */
@Timeout(90)
class EventExchangeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Instant BEGIN = Instant.parse("2026-08-01T10:00:00Z");

    private final Map<String, Map<String, Channel.Handler>> served = new ConcurrentHashMap<>();

    @TempDir(factory = InMemory.class)
    private Path directory;

    /** A node of three, with nothing but its events. */
    private final class Peer implements AutoCloseable {
        private final EventLog log;
        private final EventExchange exchange;
        private final String name;

        Peer(String name, String home, Instant clock) throws IOException {
            this.name = name;
            log = EventLog.open(directory.resolve(home), () -> clock, name);
            served.put(name, new ConcurrentHashMap<>());
            exchange =
                    new EventExchange(
                            () -> List.of(new NodeName("a"), new NodeName("b"), new NodeName("c")),
                            log,
                            new NodeName(name),
                            new NodeQuestions(new NodeName(name), channel(name)));
            exchange.start();
        }

        void note(String text) {
            log.add(Severity.INFO, Optional.of("shop"), 7, text);
        }

        void awaitAll(String... texts) {
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(log.since(0, 100))
                                            .extracting(Event::text)
                                            .containsExactlyInAnyOrder(texts));
        }

        @Override
        public void close() {
            served.remove(name);
            exchange.close();
            log.close();
        }
    }

    private Channel channel(String self) {
        return new Channel() {
            @Override
            public String call(NodeName node, String path, String request, Duration atMost)
                    throws IOException, InterruptedException {
                Map<String, Handler> there = served.get(node.value());
                Handler handler = there == null ? null : there.get(path);
                if (handler == null) {
                    throw new IOException("it is gone");
                }
                return handler.answer(new NodeName(self), request);
            }

            @Override
            public void serve(String path, Handler handler) {
                Optional.ofNullable(served.get(self)).orElseThrow().put(path, handler);
            }
        };
    }

    @Test
    void whatADeadNodeNotedIsKnownToTheOthersAlsoAfterTheirRestart() throws Exception {
        Peer a = new Peer("a", "a", BEGIN.plusSeconds(20));
        try (Peer c = new Peer("c", "c", BEGIN)) {
            a.note("one");
            a.note("two");
            c.note("three");
            a.awaitAll("one", "two", "three");
            c.awaitAll("one", "two", "three");
            a.close();
            assertThat(c.log.since(0, 100))
                    .filteredOn(event -> event.text().equals("two"))
                    .first()
                    .satisfies(
                            event -> {
                                assertThat(event.node()).isEqualTo("a");
                                assertThat(event.nodeSequence()).isEqualTo(2);
                                assertThat(event.epoch()).isEqualTo(7);
                                assertThat(event.at()).isEqualTo(BEGIN.plusSeconds(20));
                            });
        }
        try (Peer c = new Peer("c", "c", BEGIN);
                Peer b = new Peer("b", "b", BEGIN)) {
            c.awaitAll("one", "two", "three");
            b.note("four");
            c.awaitAll("one", "two", "three", "four");
        } finally {
            a.close();
        }
    }

    @Test
    void aNodeThatLostItsFilesCountsAnewAndIsHeard() throws Exception {
        try (Peer b = new Peer("b", "b", BEGIN)) {
            try (Peer a = new Peer("a", "a", BEGIN)) {
                a.note("one");
                a.note("two");
                b.awaitAll("one", "two");
            }
            try (Peer a = new Peer("a", "another", BEGIN.plusSeconds(60))) {
                a.note("anew");
                b.awaitAll("one", "two", "anew");
                a.note("more");
                b.awaitAll("one", "two", "anew", "more");
            }
        }
    }
}
