package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.ChangeList.Change;
import io.shoestring.admin.api.HistoryList;
import io.shoestring.admin.api.HistoryList.NodeHistory;
import io.shoestring.admin.api.HistoryQuestion;
import io.shoestring.admin.api.Json;
import io.shoestring.base.WallClock;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.history.History;
import io.shoestring.monitoring.history.KindHistory;
import io.shoestring.monitoring.history.KindHistory.Sum;
import io.shoestring.node.Channel;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;

/** What a node keeps of its past, and how nodes ask each other for it. */
@Timeout(90)
class HistoryNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final NodeName LOCAL = new NodeName("local");
    private static final Instant BEGIN = Instant.parse("2026-08-01T10:00:00Z");

    private static final List<NodeName> NODES =
            List.of(new NodeName("one"), new NodeName("two"), new NodeName("three"));

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir(factory = InMemory.class)
    private Path directory;

    private ShoestringConfig config() {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 }, directory: state }
                listeners:
                  web:
                    bind: 127.0.0.1:0
                    protocol: http
                    routes: [ { path: /, backend: gone } ]
                backends:
                  gone: { retries: 0, servers: { none: "127.0.0.1:1" } }
                admin: { bind: 127.0.0.1:0 }
                """;
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    private String get(URI uri) throws Exception {
        String token = Files.readAllLines(directory.resolve("state/admin.token")).getFirst();
        var request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token);
        return http.send(request.build(), BodyHandlers.ofString()).body();
    }

    private List<OptionalDouble> means(NodeProcess node, String series) throws Exception {
        URI uri =
                URI.create(
                        "http://%s/api/v1/history?points=3600&series=%s"
                                .formatted(node.admin(), series));
        List<HistoryList.Series> found =
                Json.read(get(uri), HistoryList.class).nodes().getFirst().series();
        return found.isEmpty()
                ? List.of()
                : found.getFirst().means().stream().filter(OptionalDouble::isPresent).toList();
    }

    private void awaitMore(NodeProcess node, String series, int than) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(means(node, series)).hasSizeGreaterThan(than));
    }

    @Test
    void aNodeKeepsItsSecondsAndHasThemAfterARestart() throws Exception {
        Path file = Files.createFile(directory.resolve("shoestring.yaml"));
        int before;
        try (NodeProcess node = NodeProcess.start(config(), LOCAL, file)) {
            URI web = URI.create("http://" + node.listeners().getFirst() + "/");
            awaitMore(node, "listener.web.clients", 1);
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> {
                                get(web);
                                assertThat(means(node, "listener.web.requests"))
                                        .anyMatch(it -> it.getAsDouble() > 0);
                                assertThat(means(node, "listener.web.p99")).isNotEmpty();
                            });
            awaitMore(node, "machine.memory.available", 2);
            before = means(node, "machine.memory.available").size();
        }
        try (NodeProcess node = NodeProcess.start(config(), LOCAL, file)) {
            awaitMore(node, "machine.memory.available", before);
        }
    }

    @Test
    void nodesAnswerForEachOtherAndASilentOneIsNamed() throws Exception {
        Map<String, Channel.Handler> served = new ConcurrentHashMap<>();
        try (History one = History.open(directory.resolve("one"), BEGIN.getEpochSecond());
                History two = History.open(directory.resolve("two"), BEGIN.getEpochSecond())) {
            one.record(BEGIN.getEpochSecond(), Map.of("machine.load", 1.23456));
            two.record(BEGIN.getEpochSecond() + 1, Map.of("machine.load", 2.0, "other", 1.0));
            desk("two", two, served);
            HistoryList all =
                    desk("one", one, served)
                            .answer(
                                    new HistoryQuestion(
                                            Optional.empty(),
                                            List.of("machine.*"),
                                            BEGIN,
                                            BEGIN.plusSeconds(2),
                                            10));

            assertThat(all.seconds()).isEqualTo(1);
            assertThat(all.nodes())
                    .extracting(NodeHistory::node)
                    .containsExactly("one", "three", "two");
            assertThat(all.nodes().get(0).series().getFirst().means())
                    .containsExactly(OptionalDouble.of(1.235), OptionalDouble.empty());
            assertThat(all.nodes().get(1).problem()).hasValue("It does not answer: it is gone.");
            assertThat(all.nodes().get(2).series()).hasSize(1);
            assertThat(all.nodes().get(2).series().getFirst().highs())
                    .containsExactly(OptionalDouble.empty(), OptionalDouble.of(2));
        }
    }

    @Test
    void whatIsDifferentAfterAMomentIsToldOfAllNodesTogether() throws Exception {
        Map<String, Channel.Handler> served = new ConcurrentHashMap<>();
        long begin = BEGIN.getEpochSecond();
        try (History one = History.open(directory.resolve("one"), begin);
                History two = History.open(directory.resolve("two"), begin);
                KindHistory kindsOfOne = KindHistory.open(directory.resolve("one"), begin);
                KindHistory kindsOfTwo = KindHistory.open(directory.resolve("two"), begin)) {
            String kind = "statement\u001fsql\u001fselect ?";
            for (KindHistory each : List.of(kindsOfOne, kindsOfTwo)) {
                each.record(begin + 30, Map.of(kind, new Sum(300, 0, 300_000)));
                each.record(begin + 60, Map.of(kind, new Sum(300, 0, 300_000)));
                each.record(begin + 90, Map.of(kind, new Sum(300, 30, 3_000_000)));
            }
            for (int second = 0; second < 120; second++) {
                two.record(
                        begin + second,
                        Map.of(
                                "listener.sql.requests", 20.0,
                                "listener.sql.p50", second < 60 ? 0.001 : 0.01,
                                "listener.sql.p99", 0.02));
            }
            comparison("two", two, kindsOfTwo, served);
            ComparisonDesk desk = comparison("one", one, kindsOfOne, served);
            // A node that is slow to answer at first is left out, and named.
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    desk
                                            .changes(BEGIN.plusSeconds(60), Duration.ofSeconds(60))
                                            .problems()
                                            .stream()
                                            .noneMatch(it -> it.contains("two")));
            tellsWhatBothHave(desk.changes(BEGIN.plusSeconds(60), Duration.ofSeconds(60)));
        }
    }

    private static void tellsWhatBothHave(ChangeList list) {
        assertThat(list.before().seconds()).isEqualTo(60);
        // Half a minute has passed since then.
        assertThat(list.after().seconds()).isEqualTo(30);
        assertThat(list.problems()).anyMatch(it -> it.contains("three"));
        assertThat(list.rows())
                .as(list::toString)
                .extracting(Change::what, Change::name, Change::words)
                .containsExactly(
                        tuple(
                                "statement",
                                "select ?",
                                "10.0 times slower, 10.0 % fail, before 0.0 %"),
                        tuple("listener", "sql", "10.0 times slower"));
        assertThat(list.rows().getFirst().before().orElseThrow().perSecond()).isEqualTo(20);
    }

    private static ComparisonDesk comparison(
            String name, History history, KindHistory kinds, Map<String, Channel.Handler> served) {
        WallClock now = () -> BEGIN.plusSeconds(95);
        var questions = new NodeQuestions(new NodeName(name), channel(name, served));
        var desk = new HistoryDesk(new NodeName(name), () -> NODES, history, questions, now);
        return new ComparisonDesk(() -> NODES, kinds, desk, questions, now);
    }

    /** Who asks is answered by whoever has served last, but node three, which is gone. */
    private static Channel channel(String name, Map<String, Channel.Handler> served) {
        Map<String, Channel.Handler> before = Map.copyOf(served);
        return new Channel() {
            @Override
            public String call(NodeName node, String path, String request, Duration atMost)
                    throws IOException, InterruptedException {
                Channel.Handler handler = before.get(path);
                if (node.value().equals("three") || handler == null) {
                    throw new IOException("it is gone");
                }
                return handler.answer(new NodeName(name), request);
            }

            @Override
            public void serve(String path, Handler handler) {
                served.put(path, handler);
            }
        };
    }

    private static HistoryDesk desk(
            String name, History history, Map<String, Channel.Handler> served) {
        return new HistoryDesk(
                new NodeName(name),
                () -> NODES,
                history,
                new NodeQuestions(new NodeName(name), channel(name, served)),
                () -> BEGIN.plusSeconds(2));
    }
}
