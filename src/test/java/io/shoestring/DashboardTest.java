package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.admin.AdminServer;
import io.shoestring.admin.Balancers;
import io.shoestring.admin.Configurations;
import io.shoestring.admin.FakeNode;
import io.shoestring.admin.InventedFigures;
import io.shoestring.admin.Measurements;
import io.shoestring.admin.Situations;
import io.shoestring.config.AdminConfig;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The dashboard for Grafana shows only what a node tells. */
@Timeout(60)
class DashboardTest {
    private static final Pattern NAME = Pattern.compile("shoestring_[a-z0-9_]+");

    @TempDir(factory = InMemory.class)
    private Path directory;

    @Test
    void everyFigureOfTheDashboardIsTold() throws Exception {
        Set<String> shown = new TreeSet<>();
        JsonNode dashboard =
                JsonMapper.shared().readTree(Path.of("docs/grafana/shoestring.json").toFile());
        dashboard.findValuesAsString("expr").forEach(each -> names(each).forEach(shown::add));
        dashboard.findValuesAsString("query").forEach(each -> names(each).forEach(shown::add));
        assertThat(shown).hasSizeGreaterThan(30);
        Set<String> told = new TreeSet<>(ofANodeThatBalances());
        told.addAll(ofANodeWithDatabases(new InventedFigures(0)));
        told.addAll(ofANodeWithDatabases(new InventedFigures(1)));
        assertThat(told).containsAll(shown);
    }

    /** Panels that lie on each other, or none that has a figure, would be no dashboard. */
    @Test
    void everyPanelHasItsPlaceAndSaysWhatItShows() throws Exception {
        JsonNode panels =
                JsonMapper.shared()
                        .readTree(Path.of("docs/grafana/shoestring.json").toFile())
                        .path("panels");
        Set<String> places = new TreeSet<>();
        for (JsonNode panel : panels) {
            assertThat(places.add(panel.path("gridPos").toString())).isTrue();
            boolean row = panel.path("type").asString().equals("row");
            assertThat(panel.path("description").asString("").isEmpty()).isEqualTo(row);
            assertThat(panel.path("targets").isEmpty()).isEqualTo(row);
        }
    }

    private Set<String> ofANodeThatBalances() throws Exception {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 }, directory: state }
                listeners:
                  web: { bind: 127.0.0.1:0, protocol: http, backend: web }
                backends:
                  web: { retries: 0, servers: { none: "127.0.0.1:1" } }
                admin: { bind: 127.0.0.1:0 }
                """;
        ShoestringConfig config =
                switch (ConfigReader.read("test", text, directory)) {
                    case ConfigReader.Sound(var sound) -> sound;
                    case ConfigReader.Broken(var problems) ->
                            throw new IllegalArgumentException(problems.toString());
                };
        Path file = Files.createFile(directory.resolve("shoestring.yaml"));
        try (NodeProcess node = NodeProcess.start(config, new NodeName("local"), file)) {
            get("http://" + node.listeners().getFirst() + "/", "");
            String token = Files.readAllLines(directory.resolve("state/admin.token")).getFirst();
            return metrics(node.admin(), token);
        }
    }

    private Set<String> ofANodeWithDatabases(Measurements figures) throws Exception {
        FakeNode node = new FakeNode(Situations.good());
        var served = new AdminServer.Served(node, Balancers.NONE, figures, Configurations.FIXED);
        var config = new AdminConfig(new Endpoint("127.0.0.1", 0), directory.resolve("token"));
        try (AdminServer server = new AdminServer(config, served, node, "0.1.0")) {
            server.start();
            return metrics(server.address(), server.token());
        }
    }

    private static Set<String> metrics(Endpoint admin, String token) throws Exception {
        return get("http://" + admin + "/metrics", token)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .flatMap(DashboardTest::names)
                .collect(Collectors.toSet());
    }

    private static String get(String address, String token) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(URI.create(address))
                            .header("Authorization", "Bearer " + token)
                            .build();
            return http.send(request, BodyHandlers.ofString()).body();
        }
    }

    private static Stream<String> names(String text) {
        return NAME.matcher(text).results().map(MatchResult::group);
    }
}
