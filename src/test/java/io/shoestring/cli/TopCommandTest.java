package io.shoestring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.admin.AdminServer;
import io.shoestring.admin.Balancers;
import io.shoestring.admin.Configurations;
import io.shoestring.admin.FakeNode;
import io.shoestring.admin.InventedFigures;
import io.shoestring.admin.Situations;
import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.NodeFiguresList;
import io.shoestring.config.AdminConfig;
import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;

/** What machines and database servers do, by the commands, the API and the figures. */
@Timeout(30)
class TopCommandTest {
    private final InventedFigures figures = new InventedFigures();
    @TempDir private Path directory;
    private Screen screen;
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        FakeNode node = new FakeNode(Situations.good());
        server =
                new AdminServer(
                        new AdminConfig(
                                new Endpoint("127.0.0.1", 0), directory.resolve("admin.token")),
                        new AdminServer.Served(node, Balancers.NONE, figures, Configurations.FIXED),
                        node,
                        "0.1.0");
        server.start();
        screen = new Screen(directory);
        screen.environment.put("SHOESTRING_ADMIN", server.address().toString());
        screen.environment.put("SHOESTRING_TOKEN", server.token());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void topShowsMachinesAndServersAndWhoWaitsForWhom() {
        assertThat(screen.run("top")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.out())
                .containsPattern(
                        "db0 +0.70 +25 % +5 % +3.0 GB .38 %. +120.0 kB / 3.4 MB +50.0 kB / 1.2 MB"
                                + " +80.0 MB .8 %")
                .containsPattern("witness +-.*It does")
                .containsPattern("shop/a +44 of 100 +3 +2 +61 s +99.00 % +-")
                .containsPattern("shop/b +44 of 100 +3 +0 +61 s +99.00 % +5.0 kB, 250 ms")
                .containsPattern("b +streaming, sync +5.0 kB +1 ms +2 ms +3 ms")
                .contains("process 4711 (ann@shop, web) has been waiting for 4712 for 13 s")
                .contains("who did last: select from t for update");
        assertThat(screen.out().lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void whatIsPrintedForProgramsIsWhatTheNodeSays() {
        screen.run("top", "--json");
        assertThat(Json.read(screen.out(), NodeFiguresList.class).nodes())
                .isEqualTo(figures.nodes());
    }

    @Test
    void sizesShowsTheLargest() {
        assertThat(screen.run("sizes", "shop")).isEqualTo(ExitCode.OK);
        assertThat(screen.out())
                .containsPattern("7.1 MB +50000 +12 +3 +table +shop +public.orders\n")
                .containsPattern("1.1 MB +0 +- +99 +index +shop +public.orders_pkey of orders\n");
    }

    @Test
    void sizesRefusesADatabaseThatIsNotThere() {
        assertThat(screen.run("sizes", "nosuch")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("There is no database 'nosuch'");
    }

    @Test
    void theFiguresHaveEachSeriesOnce() throws Exception {
        List<String> lines;
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://" + server.address() + "/metrics");
            lines =
                    http.send(
                                    HttpRequest.newBuilder(uri)
                                            .header("Authorization", "Bearer " + server.token())
                                            .build(),
                                    BodyHandlers.ofString())
                            .body()
                            .lines()
                            .toList();
        }
        assertThat(lines)
                .contains(
                        "shoestring_machine_cpu_seconds_total{mode=\"user\"} 1234.5",
                        "shoestring_machine_memory_available_bytes 3000000000",
                        "shoestring_machine_disk_written_bytes_total{device=\"vda\"} 8192",
                        "shoestring_member_up{database=\"shop\",member=\"a\"} 1",
                        "shoestring_member_connections{database=\"shop\",member=\"a\","
                                + "state=\"idle in transaction\"} 1",
                        "shoestring_member_standby_lag_bytes{database=\"shop\",member=\"a\","
                                + "standby=\"b\"} 5000",
                        "shoestring_member_slot_retained_bytes{database=\"shop\",member=\"a\","
                                + "slot=\"shoestring_b\"} 5000");
        assertThat(lines.stream().map(line -> line.replaceAll(" [^ ]*$", "")))
                .doesNotHaveDuplicates();
    }
}
