package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.admin.api.FiguresList;
import io.shoestring.admin.api.Json;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.HttpTraffic;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.NodeName;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.Nginx;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A whole node with an HTTP listener, before a real nginx. */
@Timeout(90)
class HttpNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final NodeName LOCAL = new NodeName("local");

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir(factory = InMemory.class)
    private Path directory;

    private ShoestringConfig config(int port) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 }, directory: state }
                listeners:
                  web:
                    bind: 127.0.0.1:0
                    protocol: http
                    routes:
                      - { path: /gone, backend: gone }
                      - { path: /web/, backend: web }
                backends:
                  web:
                    check: { http: GET /web/, every: 30s, rise: 1, fall: 1, traffic: answers }
                    servers: { one: "127.0.0.1:%d" }
                  gone:
                    retries: 0
                    servers: { none: "127.0.0.1:1" }
                admin: { bind: 127.0.0.1:0 }
                """
                        .formatted(port);
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    private NodeProcess start(Nginx nginx) throws Exception {
        Path file = Files.createFile(directory.resolve("shoestring.yaml"));
        return NodeProcess.start(config(nginx.port()), LOCAL, file);
    }

    private int get(NodeProcess node, String path) throws Exception {
        int port = node.listeners().getFirst().port();
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        return http.send(request.build(), BodyHandlers.ofString()).statusCode();
    }

    private static String state(NodeProcess node) {
        return node.operations().status().backends().getFirst().servers().getFirst().state();
    }

    private List<FiguresList.Row> urls(NodeProcess node) throws Exception {
        return Json.read(ask(node, "/api/v1/urls"), FiguresList.class).rows();
    }

    private String ask(NodeProcess node, String path) throws Exception {
        String token = Files.readAllLines(directory.resolve("state/admin.token")).getFirst();
        var request =
                HttpRequest.newBuilder(URI.create("http://" + node.admin() + path))
                        .header("Authorization", "Bearer " + token);
        return http.send(request.build(), BodyHandlers.ofString()).body();
    }

    /** The CSV's rows by proxy and server, each by its columns. */
    private Map<String, Map<String, String>> statistics(NodeProcess node) throws Exception {
        List<String> lines = ask(node, "/haproxy;csv").lines().toList();
        List<String> columns = Arrays.asList(lines.getFirst().substring(2).split(",", -1));
        Map<String, Map<String, String>> rows = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] values = line.split(",", -1);
            Map<String, String> row = new TreeMap<>();
            for (int i = 0; i < columns.size(); i++) {
                row.put(columns.get(i), values[i]);
            }
            rows.put(values[0] + "/" + values[1], row);
        }
        return rows;
    }

    @Test
    void countsWhatItServesAndWhatItRefuses() throws Exception {
        try (var nginx = new Nginx(directory.resolve("nginx"), server());
                NodeProcess node = start(nginx)) {
            await().atMost(PATIENCE).until(() -> state(node).equals("up"));
            assertThat(get(node, "/web/")).isEqualTo(200);
            assertThat(get(node, "/web/none")).isEqualTo(404);
            assertThat(get(node, "/web/bad")).isEqualTo(500);
            assertThat(get(node, "/nowhere")).isEqualTo(404);
            assertThat(get(node, "/gone")).isEqualTo(503);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(traffic(node).mostRate()).isPositive());

            ListenerStatus status = node.operations().status().listeners().getFirst();
            HttpTraffic counted = traffic(node);
            assertThat(status.backend()).isEqualTo("gone, web");
            assertThat(status.sessions()).isOne();
            assertThat(status.bytesIn()).isPositive();
            assertThat(status.bytesOut()).isPositive();
            assertThat(counted.requests()).isEqualTo(5);
            assertThat(counted.answers()).containsExactly(0L, 1L, 0L, 2L, 2L);
            assertThat(counted.own()).isEqualTo(2);
            assertThat(counted.unrouted()).isOne();
            assertThat(counted.unavailable()).isOne();

            List<FiguresList.Row> urls = urls(node);
            assertThat(urls)
                    .extracting(FiguresList.Row::text)
                    .containsExactlyInAnyOrder(
                            "GET /web/",
                            "GET /web/none",
                            "GET /web/bad",
                            "GET /nowhere",
                            "GET /gone");
            assertThat(urls)
                    .filteredOn(row -> row.failures() > 0)
                    .extracting(FiguresList.Row::text)
                    .containsExactlyInAnyOrder("GET /web/bad", "GET /gone");

            Map<String, Map<String, String>> rows = statistics(node);
            assertThat(rows.get("web/FRONTEND"))
                    .containsEntry("req_tot", "5")
                    .containsEntry("hrsp_2xx", "1")
                    .containsEntry("hrsp_4xx", "2")
                    .containsEntry("hrsp_5xx", "2")
                    .containsEntry("intercepted", "2")
                    .containsEntry("bin", "" + status.bytesIn());
            assertThat(rows.get("web/one"))
                    .containsEntry("hrsp_2xx", "1")
                    .containsEntry("hrsp_5xx", "1")
                    .containsEntry("req_tot", "3");
            assertThat(rows.get("gone/none")).containsEntry("econ", "1");
        }
    }

    private static HttpTraffic traffic(NodeProcess node) {
        return node.operations().status().listeners().getFirst().http().orElseThrow();
    }

    @Test
    void tenBadAnswersInARowBringAServerDown() throws Exception {
        try (var nginx = new Nginx(directory.resolve("nginx"), server());
                NodeProcess node = start(nginx)) {
            await().atMost(PATIENCE).until(() -> state(node).equals("up"));
            for (int i = 0; i < 9; i++) {
                assertThat(get(node, "/web/bad")).isEqualTo(500);
            }
            assertThat(get(node, "/web/")).isEqualTo(200);
            for (int i = 0; i < 9; i++) {
                assertThat(get(node, "/web/bad")).isEqualTo(500);
            }
            assertThat(state(node)).isEqualTo("up");
            assertThat(get(node, "/web/bad")).isEqualTo(500);
            await().atMost(PATIENCE).until(() -> state(node).equals("down"));
            assertThat(node.operations().status().backends().getFirst().servers().getFirst().why())
                    .isEqualTo("10 requests in a row failed, the last: answered 500");
            assertThat(get(node, "/web/")).isEqualTo(503);
        }
    }

    private static String server() {
        return """
        listen 127.0.0.1:PORT;
        location = /web/ { return 200 "fine\\n"; }
        location = /web/bad { return 500; }
        location / { return 404; }
        """;
    }
}
