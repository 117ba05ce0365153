package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.Event;
import io.shoestring.model.NodeName;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A whole node that only balances, before two real Redis servers. */
@Timeout(90)
class BalancerNodeTest {
    private static final String COLUMNS_OF_HAPROXY =
            "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,"
                    + "wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,"
                    + "pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,"
                    + "check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,"
                    + "hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,"
                    + "comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,"
                    + "ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,"
                    + "check_rise,check_fall,check_health,agent_rise,agent_fall,agent_health,addr,"
                    + "cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,intercepted,dcon,dses,"
                    + "wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,"
                    + "ctime_max,rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,"
                    + "used_conn_cur,need_conn_est,uweight,agg_server_status,"
                    + "agg_server_check_status,agg_check_status,-,";

    private final HttpClient http = HttpClient.newHttpClient();
    @TempDir private Path directory;

    /** Returns when it answers: a check that comes before would count as a fall. */
    private Process redis(int port) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder("redis-server", "--port", "" + port, "--save", "")
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("redis-" + port).toFile())
                        .start();
        until(() -> isOpen(port));
        return process;
    }

    private static boolean isOpen(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private ShoestringConfig config(int one, int two) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 }, directory: state }
                listeners:
                  cache: { bind: 127.0.0.1:0, protocol: tcp, backend: cache }
                backends:
                  cache:
                    check: { protocol: redis, every: 100ms, rise: 1, fall: 2 }
                    servers: { one: "127.0.0.1:%d", two: "127.0.0.1:%d" }
                admin: { bind: 127.0.0.1:0 }
                """
                        .formatted(one, two);
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    private HttpResponse<String> post(NodeProcess node, String path, String body) throws Exception {
        return http.send(
                request(node, path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(NodeProcess node, String path) throws IOException {
        String token = Files.readAllLines(directory.resolve("state/admin.token")).getFirst();
        return HttpRequest.newBuilder(URI.create("http://" + node.admin() + path))
                .header("Authorization", "Bearer " + token);
    }

    /** The port of the server that a new connection is led to. */
    private static int serverOf(NodeProcess node) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), node.listeners().getFirst().port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream()
                    .write("config get port\r\nquit\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return Integer.parseInt(answer.split("\r\n", -1)[4]);
        }
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(10);
        }
    }

    private static boolean told(NodeProcess node, String start) {
        return node.events().since(0, 1_000).stream()
                .map(Event::text)
                .anyMatch(text -> text.startsWith(start));
    }

    private static String state(NodeProcess node, int server) {
        return node.operations().status().backends().getFirst().servers().get(server).state();
    }

    @Test
    void balancesChecksAndDoesWhatAnOperatorWants() throws Exception {
        int one = FreePort.find();
        int two = FreePort.find();
        Process first = redis(one);
        Process second = redis(two);
        Files.createFile(directory.resolve("shoestring.yaml"));
        try (NodeProcess node =
                NodeProcess.start(
                        config(one, two),
                        new NodeName("local"),
                        directory.resolve("shoestring.yaml"))) {
            until(() -> state(node, 0).equals("up") && state(node, 1).equals("up"));
            assertThat(List.of(serverOf(node), serverOf(node))).containsExactlyInAnyOrder(one, two);

            assertThat(post(node, "/api/v1/backends/cache/servers/one/drain", "{}").statusCode())
                    .isEqualTo(200);
            assertThat(state(node, 0)).isEqualTo("drain");
            assertThat(List.of(serverOf(node), serverOf(node))).containsOnly(two);
            assertThat(post(node, "/api/v1/backends/cache/servers/one/ready", "{}").body())
                    .contains("Server cache/one is ready.");

            second.destroyForcibly().waitFor();
            until(() -> state(node, 1).equals("down"));
            until(() -> told(node, "server two of backend cache is down: "));
            assertThat(List.of(serverOf(node), serverOf(node))).containsOnly(one);

            assertThat(post(node, "/api/v1/backends/cache/servers/on/ready", "{}").statusCode())
                    .isEqualTo(409);
            assertThat(post(node, "/api/v1/backends/cache/servers/one/kill", "{}").statusCode())
                    .isEqualTo(404);
            String weight = "/api/v1/backends/cache/servers/one/weight";
            assertThat(post(node, weight, "{\"weight\": 257}").statusCode()).isEqualTo(400);
            assertThat(post(node, weight, "{\"weight\": 9}").statusCode()).isEqualTo(200);
            checkStatistics(node, one);
        } finally {
            first.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            second.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void whatAnOperatorWantsOutlivesTheNode() throws Exception {
        int one = FreePort.find();
        int two = FreePort.find();
        Process first = redis(one);
        Process second = redis(two);
        Path file = Files.createFile(directory.resolve("shoestring.yaml"));
        var name = new NodeName("local");
        String servers = "/api/v1/backends/cache/servers/";
        try {
            try (NodeProcess node = NodeProcess.start(config(one, two), name, file)) {
                assertThat(post(node, servers + "one/drain?where=here", "{}").statusCode())
                        .isEqualTo(400);
                assertThat(post(node, servers + "two/maintenance?where=node", "{}").statusCode())
                        .isEqualTo(200);
                assertThat(post(node, servers + "one/drain", "{}").statusCode()).isEqualTo(200);
                assertThat(state(node, 0)).isEqualTo("drain");
                assertThat(state(node, 1)).isEqualTo("maintenance");
            }
            try (NodeProcess node = NodeProcess.start(config(one, two), name, file)) {
                until(() -> state(node, 0).equals("drain") && state(node, 1).equals("up"));
                assertThat(List.of(serverOf(node), serverOf(node))).containsOnly(two);
            }
        } finally {
            first.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            second.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private void checkStatistics(NodeProcess node, int one) throws Exception {
        HttpResponse<String> answer =
                http.send(request(node, "/haproxy;csv;norefresh").build(), BodyHandlers.ofString());
        List<String> lines = answer.body().lines().toList();
        assertThat(lines.getFirst()).isEqualTo(COLUMNS_OF_HAPROXY);
        List<String> columns = Arrays.asList(lines.getFirst().substring(2).split(",", -1));
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.split(",", -1)).hasSameSizeAs(columns));
        assertThat(lines.stream().map(line -> line.split(",", -1)[1]))
                .containsExactly("svname", "FRONTEND", "one", "two", "BACKEND");
        String[] server = lines.get(2).split(",", -1);
        assertThat(server[columns.indexOf("status")]).isEqualTo("UP");
        assertThat(server[columns.indexOf("weight")]).isEqualTo("9");
        assertThat(server[columns.indexOf("addr")]).isEqualTo("127.0.0.1:" + one);
        assertThat(server[columns.indexOf("check_status")]).isEqualTo("L7OK");
        String[] lost = lines.get(3).split(",", -1);
        assertThat(lost[columns.indexOf("status")]).isEqualTo("DOWN");
        assertThat(lost[columns.indexOf("chkdown")]).isEqualTo("1");
        assertThat(lines.get(4).split(",", -1)[columns.indexOf("algo")]).isEqualTo("roundrobin");
        assertThat(
                        http.send(
                                        HttpRequest.newBuilder(
                                                        URI.create(
                                                                "http://"
                                                                        + node.admin()
                                                                        + "/haproxy;csv"))
                                                .build(),
                                        BodyHandlers.ofString())
                                .statusCode())
                .isEqualTo(401);
    }
}
