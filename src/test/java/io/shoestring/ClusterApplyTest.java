package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.cli.ExitCode;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.NodeName;
import io.shoestring.model.NodeStatus;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A cluster that grows and shrinks while it runs: each node on an address of its own. */
@Timeout(180)
class ClusterApplyTest {
    private static final Duration FAREWELL = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path directory;
    private final int channel = FreePort.find();
    private final int consensus = FreePort.find();
    private final Map<String, TestMachine> machines = new LinkedHashMap<>();
    private final Map<String, NodeProcess> running = new LinkedHashMap<>();

    @AfterEach
    void stop() {
        running.values().forEach(NodeProcess::close);
    }

    /** A cluster of the first {@code count} nodes, n1 to n5. */
    private String file(int count, String listener) {
        String nodes =
                IntStream.rangeClosed(1, count)
                        .mapToObj(i -> "n" + i + ": 127.0.0.1" + i)
                        .collect(Collectors.joining(", "));
        return """
        cluster:
          name: shop
          nodes: { %s }
          port: %d
          consensus-port: %d
          directory: state
        listeners:
          %s: { bind: "127.0.0.1:0", protocol: tcp, backend: web }
          pages:
            bind: "127.0.0.1:0"
            protocol: http
            backend: web
            limits: [ { requests: 20, per: 60m, shared: yes } ]
        backends:
          web: { servers: { one: "127.0.0.1:1" } }
        admin: { bind: "127.0.0.1:0" }
        """
                .formatted(nodes, channel, consensus, listener);
    }

    private TestMachine machine(String name) throws IOException {
        TestMachine known = machines.get(name);
        if (known == null) {
            known = new TestMachine(directory.resolve(name));
            machines.put(name, known);
        }
        return known;
    }

    private void start(String name) throws Exception {
        TestMachine machine = machine(name);
        running.put(name, NodeProcess.start(machine.config(), new NodeName(name), machine.file));
    }

    private NodeProcess node(String name) {
        return Optional.ofNullable(running.get(name)).orElseThrow();
    }

    private void close(String name) {
        node(name).close();
        running.remove(name);
    }

    private void join(String name) throws Exception {
        String token = machine("n1").token(Duration.ZERO);
        int code =
                machine(name)
                        .run("join", "--node", name, "--token", token, "127.0.0.11:" + channel);
        assertThat(code).as(machine(name).err).isEqualTo(ExitCode.OK);
        start(name);
    }

    private int apply(String at, String text, String... more) throws IOException {
        TestMachine machine = machine(at);
        Files.writeString(machine.directory.resolve("next.yaml"), text);
        List<String> arguments =
                new ArrayList<>(
                        List.of("apply", "next.yaml", "--admin", node(at).admin().toString()));
        arguments.addAll(List.of(more));
        return machine.run(arguments.toArray(String[]::new));
    }

    private void assertApplied(String at, String text, String... more) throws IOException {
        assertThat(apply(at, text, more))
                .as(machine(at).out + machine(at).err)
                .isEqualTo(ExitCode.OK);
    }

    /** Those of which the node says that they answer, vote, and work by its configuration. */
    private List<String> well(String at) {
        ClusterStatus status = node(at).operations().status();
        return status.nodes().stream().map(ClusterApplyTest::described).toList();
    }

    private static String described(NodeStatus node) {
        return node.votes() && node.healthy() ? node.name() : node.name() + " " + node.state();
    }

    private void awaitWell(String at, String... names) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(well(at)).containsExactly(names));
    }

    private String listener(String at) {
        return node(at).operations().status().listeners().getFirst().name();
    }

    private String server(String at) {
        return node(at).operations().status().backends().getFirst().servers().getFirst().state();
    }

    private void assertServerIs(String state, String at) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(server(at)).isEqualTo(state));
    }

    /** What is said to one node holds on all, but for the choice of one alone. */
    private void drainTheServer() throws IOException {
        serverCommand("n3", "drain", "web/one");
        assertThat(machine("n3").out).contains("The other nodes are told.");
        assertServerIs("drain", "n1");
        assertServerIs("drain", "n2");
        serverCommand("n1", "ready", "web/one", "--here");
        assertThat(server("n1")).isNotEqualTo("drain");
        assertThat(server("n3")).isEqualTo("drain");
    }

    private void serverCommand(String at, String... words) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("server"));
        arguments.addAll(List.of(words));
        arguments.addAll(List.of("--admin", node(at).admin().toString()));
        assertThat(machine(at).run(arguments.toArray(String[]::new)))
                .as(machine(at).out + machine(at).err)
                .isEqualTo(ExitCode.OK);
    }

    /** What a client has used at one node is used at the others, too. */
    private void limitTheClient() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertThat(status("n1")).isEqualTo(503);
        }
        assertThat(status("n1")).isEqualTo(429);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(status("n3")).isEqualTo(429));
    }

    private int status(String at) throws Exception {
        int port =
                node(at).operations().status().listeners().stream()
                        .filter(each -> each.name().equals("pages"))
                        .map(ListenerStatus::address)
                        .map(address -> Integer.parseInt(address.replaceAll(".*:", "")))
                        .findFirst()
                        .orElseThrow();
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port)).build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    private static boolean handsOver(NodeProcess from, String to) {
        return from.yieldTo(new NodeName(to));
    }

    @Test
    void growsFromOneToFiveAndShrinksToThree() throws Exception {
        Files.writeString(machine("n1").file, file(1, "first"));
        assertThat(machine("n1").run("init", "--node", "n1"))
                .as(machine("n1").err)
                .isEqualTo(ExitCode.OK);
        start("n1");

        assertApplied("n1", file(3, "first"));
        assertThat(machine("n1").out).contains("node n2 is new").contains("New: n2, n3");
        join("n2");
        join("n3");
        awaitWell("n1", "n1", "n2", "n3");

        assertApplied("n2", file(5, "second"));
        assertThat(listener("n3")).isEqualTo("second");
        join("n4");
        join("n5");
        awaitWell("n4", "n1", "n2", "n3", "n4", "n5");

        // Nobody is away, but one could not work by it: none does.
        String taken = "127.0.0.1:" + node("n3").admin().port() + "\", protocol";
        String impossible = file(5, "third").replaceFirst("127.0.0.1:0\", protocol", taken);
        assertThat(apply("n1", impossible)).isEqualTo(ExitCode.NOT_WELL);
        assertThat(machine("n1").err).contains("cannot listen on").contains("nothing has changed");
        assertThat(listener("n2")).isEqualTo("second");

        assertThat(apply("n4", file(3, "fourth"))).isEqualTo(ExitCode.NOT_WELL);
        assertThat(machine("n4").err).contains("ask a node that stays");
        // Whoever goes does not hold up the others, also if it was the one that leads them.
        await().atMost(PATIENCE)
                .until(() -> running.values().stream().anyMatch(each -> handsOver(each, "n5")));
        await().atMost(PATIENCE).until(() -> handsOver(node("n5"), "n4"));
        assertApplied("n3", file(3, "fourth"));
        long applied = System.nanoTime();
        node("n4").awaitEnd();
        node("n5").awaitEnd();
        assertThat(Duration.ofNanos(System.nanoTime() - applied)).isLessThan(FAREWELL);
        close("n5");
        close("n4");
        awaitWell("n1", "n1", "n2", "n3");

        drainTheServer();
        limitTheClient();

        // One that is away is waited for, unless it is said that it is.
        close("n2");
        assertThat(apply("n3", file(3, "fifth"))).isEqualTo(ExitCode.NOT_WELL);
        assertThat(machine("n3").err).contains("node n2 does not answer").contains("--absent n2");
        assertApplied("n3", file(3, "fifth"), "--absent", "n2");
        assertThat(listener("n1")).isEqualTo("fifth");
        start("n2");
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(listener("n2")).isEqualTo("fifth"));
        assertThat(machine("n2").file).hasContent(file(3, "fifth"));
        assertServerIs("drain", "n2");
        awaitWell("n2", "n1", "n2", "n3");
    }
}
