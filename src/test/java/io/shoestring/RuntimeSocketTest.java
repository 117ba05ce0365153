package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.NodeName;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The runtime socket beside HAProxy's own: the same words are said to both, and the answers must be
 * the same.
 */
@Timeout(120)
class RuntimeSocketTest {
    private static final NodeName LOCAL = new NodeName("local");
    private final int a = FreePort.find();
    private final int b = FreePort.find();
    private final int exporter = FreePort.find();
    private final HttpClient http = HttpClient.newHttpClient();
    @TempDir private Path directory;
    private NodeProcess node;
    private Process haproxy;

    @BeforeEach
    void start() throws Exception {
        Files.writeString(
                directory.resolve("haproxy.cfg"),
                """
                global
                  stats socket %s mode 600 level admin
                defaults
                  mode tcp
                  timeout connect 1s
                  timeout client 5s
                  timeout server 5s
                frontend in
                  bind 127.0.0.1:%d
                  default_backend web
                frontend metrics
                  bind 127.0.0.1:%d
                  mode http
                  http-request use-service prometheus-exporter
                backend web
                  server a 127.0.0.1:%d weight 10
                  server b 127.0.0.1:%d weight 20
                """
                        .formatted(directory.resolve("haproxy"), FreePort.find(), exporter, a, b));
        haproxy =
                new ProcessBuilder("/usr/sbin/haproxy", "-db", "-f", "haproxy.cfg")
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("haproxy.log").toFile())
                        .start();
        Files.createFile(directory.resolve("shoestring.yaml"));
        node = NodeProcess.start(config("state"), LOCAL, directory.resolve("shoestring.yaml"));
        while (!Files.exists(directory.resolve("haproxy"))) {
            Thread.sleep(5);
        }
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
        haproxy.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    private ShoestringConfig config(String state) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 }, directory: %s }
                listeners:
                  in: { bind: 127.0.0.1:0, protocol: tcp, backend: web }
                backends:
                  web:
                    servers:
                      a: { address: "127.0.0.1:%d", weight: 10 }
                      b: { address: "127.0.0.1:%d", weight: 20 }
                admin: { bind: 127.0.0.1:0, runtime-socket: ours }
                """
                        .formatted(state, a, b);
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    private String ask(String socket, String line) {
        return Program.run(
                        directory,
                        List.of(
                                "socat",
                                "-t",
                                "10",
                                "-",
                                "UNIX-CONNECT:" + directory.resolve(socket)),
                        line + "\n")
                .sound();
    }

    @Test
    void answersAsHaproxyDoes() {
        for (String line :
                List.of(
                        "show backend",
                        "get weight web/a",
                        "get weight web/x",
                        "get weight x/a",
                        "get weight web",
                        "set weight web/a 5",
                        "get weight web/a;get weight web/b",
                        "set weight web/a 150%",
                        "get weight web/a",
                        "set weight web/a x",
                        "set weight web/a 300",
                        "set weight web/a",
                        "set server web/a weight 7",
                        "set server web/a state foo",
                        "set server web/q state ready",
                        "set server q/q state ready",
                        "disable server web",
                        "set server web/#2 state drain",
                        "set server web/b state ready",
                        "set server web/b addr 127.0.0.2",
                        "set server web/b addr 127.0.0.2 port 99",
                        "set server web/b addr 127.0.0.2 port 99",
                        "set server web/b addr nonsense",
                        "show servers state nope",
                        "show servers conn nope",
                        "set maxconn server web/a 7",
                        "set maxconn server web/a x",
                        "set maxconn server web/a",
                        "set maxconn server web/x 5",
                        "disable health web/b",
                        "enable health web/b",
                        "disable agent web/a",
                        "enable agent web/a",
                        "set server web/b health foo",
                        "set server web/b health down",
                        "set server web/b health up",
                        "set server web/a agent up",
                        "shutdown session nope",
                        "shutdown session",
                        "shutdown sessions server web/x",
                        "shutdown sessions server web",
                        "shutdown sessions server web/a",
                        "show table",
                        "show map",
                        "show peers",
                        "show stat nope 2 -1",
                        "show cli level",
                        "operator;disable server web/a;show cli level",
                        "quit",
                        "prompt\nget weight web/a\nget weight web/b\nquit")) {
            assertThat(ask("ours", line)).as(line).isEqualTo(ask("haproxy", line));
        }
    }

    @Test
    void theStateOfServersIsWrittenAsHaproxyWritesIt() {
        for (String line :
                List.of(
                        "show cli level",
                        "disable server web/a",
                        "set server web/b state drain",
                        "enable server web/a",
                        "set server web/a weight 3",
                        "set server web/b addr 127.0.0.9 port 80")) {
            assertThat(ask("ours", line)).isEqualTo(ask("haproxy", line));
            assertThat(states("ours")).as("after " + line).isEqualTo(states("haproxy"));
        }
    }

    /** Without what HAProxy forgets of a server that it does not check, and the seconds. */
    private List<String> states(String socket) {
        return ask(socket, "show servers state web")
                .lines()
                .map(
                        line -> {
                            String[] words = line.split(" ", -1);
                            if (words.length > 20 && !line.startsWith("#")) {
                                words[0] = "id";
                                words[9] = "seconds";
                                words[12] = "health";
                            }
                            return String.join(" ", words);
                        })
                .toList();
    }

    @Test
    void statisticsAndInfoHaveWhatToolsReadInThem() throws IOException {
        List<String> lines = ask("ours", "show stat").lines().toList();
        List<String> theirs =
                ask("haproxy", "show stat")
                        .lines()
                        .filter(line -> !line.startsWith("metrics,"))
                        .toList();
        List<String> columns = Arrays.asList(lines.getFirst().split(",", -1));
        assertThat(theirs.getFirst()).startsWith(lines.getFirst());
        assertThat(lines.stream().map(line -> first(line, 2)))
                .containsExactlyElementsOf(theirs.stream().map(line -> first(line, 2)).toList());
        assertThat(lines.getLast()).isEmpty();
        int status = columns.indexOf("status");
        assertThat(lines.get(2).split(",", -1)[status]).isEqualTo("no check");

        assertThat(ask("ours", "show stat -1 4 2").lines().skip(1).map(line -> first(line, 2)))
                .containsExactly("web,b", "");
        assertThat(ask("ours", "show stat web 2 -1").lines().skip(1).map(line -> first(line, 2)))
                .containsExactly("web,BACKEND", "");
        assertThat(ask("ours", "show info"))
                .contains("Name: Shoestring\n", "\nnode: local\n", "\nUptime: 0d 0h00m", "\nPid: ");
        assertThat(ask("ours", "show errors")).contains("told once in the log");
        assertThat(ask("ours", "show nonsense"))
                .startsWith("Unknown command, but maybe one of the following")
                .contains("  show stat ")
                .doesNotContain("set server");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(directory.resolve("ours"))))
                .isEqualTo("rw-------");
    }

    /** Everything that is written here is written there, in the same place and of the same kind. */
    @Test
    void typedStatisticsAreOfHaproxysKinds() throws Exception {
        Pattern value = Pattern.compile(":[^:]*$");
        for (String line : List.of("show stat typed", "show info typed")) {
            Set<String> theirs =
                    ask("haproxy", line)
                            .lines()
                            .map(each -> value.matcher(each).replaceFirst(""))
                            .collect(Collectors.toSet());
            List<String> ours =
                    ask("ours", line)
                            .lines()
                            // HAProxy has another listener between, which moves the numbers.
                            .map(each -> each.replaceFirst("^([SB])[.]3[.]", "$1.4."))
                            .map(each -> value.matcher(each).replaceFirst(""))
                            .filter(each -> !each.contains(".addr.") && !each.contains(".algo."))
                            .toList();
            assertThat(ours).as(line).hasSizeGreaterThan(30);
            assertThat(theirs).as(line).containsAll(ours);
        }
        String typed = ask("ours", "show stat typed");
        assertThat(typed)
                .contains("S.3.1.1.svname.1:KNS:str:a\n", "S.3.1.18.weight.1:MaP:u32:10\n");
        assertThat(ask("ours", "show stat web 4 1 json"))
                .startsWith(
                        "[[{\"objType\":\"Server\",\"proxyId\":3,\"id\":1,\"field\":{\"pos\":0,"
                            + "\"name\":\"pxname\"},\"processNum\":1,\"tags\":{\"origin\":\"Key\","
                            + "\"nature\":\"Name\",\"scope\":\"Service\"},\"value\":{\"type\":"
                            + "\"str\",\"value\":\"web\"}},");
        assertThat(ask("ours", "show info json"))
                .startsWith(
                        "[{\"field\":{\"pos\":0,\"name\":\"Name\"},\"processNum\":1,\"tags\":{");
        assertThat(get(ours("/haproxy;json").build())).startsWith("[[{\"objType\":\"Frontend\"");
    }

    private HttpRequest.Builder ours(String path) throws IOException {
        String token = Files.readAllLines(directory.resolve("state/admin.token")).getFirst();
        String login = Base64.getEncoder().encodeToString(("any:" + token).getBytes(US_ASCII));
        return HttpRequest.newBuilder(URI.create("http://" + node.admin() + path))
                .header("Authorization", "Basic " + login);
    }

    private String get(HttpRequest request) throws Exception {
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    /** Prometheus's own reader of OpenMetrics, which refuses whatever is not exactly right. */
    private static final String READER =
            """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
            for family in read(sys.stdin.read()):
                for sample in family.samples:
                    print(family.type, sample.name, sorted(sample.labels.items()), sample.value)
            """;

    @Test
    void prometheusReadsTheFigures() throws Exception {
        ask("ours", "set server web/b state drain");
        assertThat(get(ours("/haproxy?stats;csv").build())).startsWith("# pxname,svname,");
        String open =
                get(
                        ours("/metrics")
                                .header("Accept", "application/openmetrics-text;version=1.0.0")
                                .build());
        Program read = Program.run(directory, List.of("/usr/bin/python3", "-c", READER), open);
        assertThat(read.sound().lines())
                .contains(
                        "gauge shoestring_server_weight [('backend', 'web'), ('server', 'a')] 10",
                        "gauge shoestring_server_state [('backend', 'web'), ('server', 'b'),"
                                + " ('state', 'drain')] 1",
                        "counter shoestring_listener_accepted_connections_total [('listener',"
                                + " 'in'), ('protocol', 'tcp')] 0");
    }

    @Test
    void byHaproxysNamesTheFiguresAreThoseOfItsExporter() throws Exception {
        URI theirs = URI.create("http://127.0.0.1:" + exporter + "/metrics");
        List<String> known =
                get(HttpRequest.newBuilder(theirs).build())
                        .lines()
                        .filter(line -> line.startsWith("# TYPE "))
                        .toList();
        List<String> named = get(ours("/metrics?names=haproxy").build()).lines().toList();
        assertThat(known)
                .containsAll(named.stream().filter(line -> line.startsWith("# TYPE ")).toList());
        assertThat(named)
                .contains(
                        "haproxy_server_status{proxy=\"web\",server=\"a\",state=\"UP\"} 1",
                        "haproxy_backend_active_servers{proxy=\"web\"} 2",
                        "haproxy_frontend_sessions_total{proxy=\"in\"} 0");
    }

    @Test
    void thePageHasATableForEachProxy() throws Exception {
        ask("ours", "set server web/b state maint");
        String page = get(ours("/haproxy?stats").build());
        assertThat(page)
                .contains("<h2>listener in</h2>", "<h2>backend web</h2>", "http-equiv=\"refresh\"")
                .contains("<tr class=\"active_no_check\"><td class=\"name\">a</td>")
                .contains("<tr class=\"maintain\"><td class=\"name\">b</td>");
        String some = get(ours("/haproxy;no-maint;norefresh").build());
        assertThat(some)
                .contains("<td class=\"name\">a</td>", "<td class=\"name\">Backend</td>")
                .doesNotContain("<td class=\"name\">b</td>", "http-equiv");
    }

    private static String first(String line, int columns) {
        return String.join(
                ",",
                Arrays.asList(line.split(",", -1))
                        .subList(0, Math.min(columns, line.isEmpty() ? 1 : columns)));
    }

    /** HAtop refuses a socket whose answers lack anything that it shows. */
    @Test
    void hatopShowsIt() throws Exception {
        Process hatop =
                new ProcessBuilder(
                                "script",
                                "-qec",
                                "stty rows 40 cols 150; TERM=xterm exec /usr/bin/hatop -i 1 -s "
                                        + directory.resolve("ours"),
                                "/dev/null")
                        .redirectErrorStream(true)
                        .start();
        var shown = new StringBuilder();
        try {
            int next = 0;
            while (next >= 0 && shown.indexOf("BACKEND") < 0) {
                next = hatop.getInputStream().read();
                shown.append((char) next);
            }
        } finally {
            hatop.descendants().forEach(ProcessHandle::destroyForcibly);
            hatop.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        assertThat(shown).contains("web").contains("BACKEND").doesNotContain("error:");
    }

    @Test
    void aSocketIsServedByOneAndWhatADeadProcessLeftIsReplaced() throws Exception {
        assertThatThrownBy(
                        () ->
                                NodeProcess.start(
                                        config("other"),
                                        LOCAL,
                                        directory.resolve("shoestring.yaml")))
                .hasMessageContaining("another process listens at " + directory.resolve("ours"));
        assertThat(ask("ours", "show backend")).isEqualTo("# name\nweb\n\n");
        node.close();
        assertThat(directory.resolve("ours")).doesNotExist();
        try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(directory.resolve("ours")));
        }
        assertThat(directory.resolve("ours")).exists();
        node = NodeProcess.start(config("other"), LOCAL, directory.resolve("shoestring.yaml"));
        assertThat(ask("ours", "show backend")).isEqualTo("# name\nweb\n\n");
    }
}
