package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import io.shoestring.admin.AccessToken;
import io.shoestring.cli.ExitCode;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.NodeName;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** {@code shoestring apply} on a machine alone: what its clients and its operator see of it. */
@Timeout(90)
class ApplyTest {
    private static final NodeName LOCAL = new NodeName("local");

    @TempDir private Path directory;
    private final List<HttpServer> servers = new ArrayList<>();
    private final int web = FreePort.find();
    private final int admin = FreePort.find();
    private TestMachine machine;
    private NodeProcess node;

    @BeforeEach
    void start() throws Exception {
        machine = new TestMachine(directory);
        Files.writeString(machine.file, file("blue", route("blue")));
        serve("blue");
        serve("green");
        node = NodeProcess.start(machine.config(), LOCAL, machine.file);
    }

    @AfterEach
    void stop() {
        node.close();
        servers.forEach(server -> server.stop(0));
    }

    /** A server that answers everything with its name. */
    private void serve(String name) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    byte[] body = name.getBytes(StandardCharsets.US_ASCII);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        servers.add(server);
    }

    private static String route(String backend) {
        return "routes: [ { backend: " + backend + " } ]";
    }

    private String file(String backend, String more) {
        int number = backend.equals("blue") ? 0 : 1;
        int port = servers.size() > number ? servers.get(number).getAddress().getPort() : 1;
        return """
        cluster: { name: edge, nodes: { local: 127.0.0.1 }, directory: state }
        listeners:
          web: { bind: "127.0.0.1:%d", protocol: http, %s }
        backends:
          %s: { servers: { one: "127.0.0.1:%d" } }
        admin: { bind: "127.0.0.1:%d" }
        """
                .formatted(web, more, backend, port, admin);
    }

    private int apply(String text, String... more) throws IOException {
        Files.writeString(directory.resolve("next.yaml"), text);
        List<String> arguments = new ArrayList<>(List.of("apply", "next.yaml"));
        arguments.addAll(List.of(more));
        return machine.run(arguments.toArray(String[]::new));
    }

    private void assertApplied(String text) throws IOException {
        assertThat(apply(text)).as(machine.err).isEqualTo(ExitCode.OK);
    }

    /** One request on an open connection; the answer's body. */
    private static String get(Socket client) throws IOException {
        client.getOutputStream()
                .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        while (!answer.toString().contains("\r\n\r\n")
                || answer.length() < answer.indexOf("\r\n\r\n") + 4 + length(answer)) {
            int each = client.getInputStream().read();
            if (each < 0) {
                throw new IOException("the connection was closed after: " + answer);
            }
            answer.append((char) each);
        }
        assertThat(answer.toString()).startsWith("HTTP/1.1 200 ");
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    private static int length(StringBuilder answer) {
        return answer.toString()
                .lines()
                .filter(
                        line ->
                                line.toLowerCase(java.util.Locale.ROOT)
                                        .startsWith("content-length: "))
                .mapToInt(line -> Integer.parseInt(line.substring(16)))
                .findFirst()
                .orElse(0);
    }

    private Socket client() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), web);
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Test
    void aConnectionIsLedElsewhereWithoutBeingClosed() throws Exception {
        assertApplied(file("blue", route("blue")));
        try (Socket client = client()) {
            assertThat(get(client)).isEqualTo("blue");
            assertApplied(file("green", route("green")));
            assertThat(machine.out)
                    .contains("listener web changes")
                    .contains("backend green is new")
                    .contains("backend blue goes")
                    .contains("local works by it")
                    .contains("Configuration 2 is committed");
            assertThat(get(client)).isEqualTo("green");
        }
        ListenerStatus counted = node.operations().status().listeners().getFirst();
        assertThat(counted.sessions()).isOne();
        assertThat(counted.http().orElseThrow().requests()).isEqualTo(2);
    }

    @Test
    void whatWasAskedIsMeasuredThroughAllConfigurations() throws Exception {
        try (Socket client = client()) {
            assertApplied(file("blue", route("blue")));
            assertThat(get(client)).isEqualTo("blue");
            assertApplied(file("green", route("green")));
            assertThat(get(client)).isEqualTo("green");
        }
        assertThat(machine.run("urls")).isEqualTo(ExitCode.OK);
        assertThat(machine.out.lines().toList())
                .hasSize(3)
                .first()
                .asString()
                .startsWith("total s  count  failed  mean ms");
        assertThat(machine.out).containsPattern("\\d\\.\\d\\d +2 +0 ").endsWith("    GET /\n");
        assertThat(machine.run("statements")).isEqualTo(ExitCode.OK);
        assertThat(machine.out).isEqualTo("Nothing was measured yet on this node.\n");
    }

    @Test
    void whoIsAUserIsSoAtOnceAndNoLongerThanThat() throws Exception {
        AccessToken token = AccessToken.make(new SecureRandom());
        String without = file("blue", route("blue"));
        String admin = without.substring(without.lastIndexOf("admin:")).strip();
        String users = ", users: { anna: { role: viewer, token: \"" + token.hash() + "\" } } }";
        assertThat(statusBy(token)).isEqualTo(401);
        assertApplied(without.replace(admin, admin.replace(" }", users)));
        assertThat(machine.out).contains("user anna is new");
        assertThat(statusBy(token)).isEqualTo(200);
        assertApplied(without);
        assertThat(machine.out).contains("user anna goes");
        assertThat(statusBy(token)).isEqualTo(401);
    }

    private int statusBy(AccessToken token) throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create("http://" + node.admin() + "/api/v1/status"))
                        .header("Authorization", "Bearer " + token.value());
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    @Test
    void theNodesOwnFileIsTheNewOneAndTheOldOneIsKept() throws Exception {
        String before = Files.readString(machine.file);
        String after = file("green", route("green"));
        assertApplied(after);
        assertThat(machine.file).hasContent(after);
        assertThat(directory.resolve("shoestring.yaml.before")).hasContent(before);
        node.close();
        node = NodeProcess.start(machine.config(), LOCAL, machine.file);
        try (Socket client = client()) {
            assertThat(get(client)).isEqualTo("green");
        }
    }

    @Test
    void aListenerThatGoesServesItsClientsToTheEndAndItsPortIsFree() throws Exception {
        assertApplied(file("blue", route("blue")));
        int other = FreePort.find();
        try (Socket client = client()) {
            assertThat(get(client)).isEqualTo("blue");
            assertApplied(
                    file("blue", route("blue"))
                            .replace("  web: ", "  other: ")
                            .replace("" + web, "" + other));
            assertThat(node.listeners().getFirst().port()).isEqualTo(other);
            new ServerSocket(web, 1, InetAddress.getLoopbackAddress()).close();
        }
    }

    @Test
    void aBrokenFileIsRefusedWithLineAndColumnAndNothingChanges() throws Exception {
        String broken = file("blue", route("blu"));
        assertThat(apply(broken)).isEqualTo(ExitCode.NOT_WELL);
        assertThat(machine.err).contains("next.yaml:3:").contains("blue");
        assertThat(node.operations().status().listeners().getFirst().backend()).isEqualTo("blue");
    }

    @Test
    void whatCannotBeHadIsRefusedBeforeAnythingChanges() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "" + taken.getLocalPort();
            String second =
                    "  second: { bind: \"127.0.0.1:"
                            + port
                            + "\", protocol: http, "
                            + route("green")
                            + " }\n";
            String text = file("green", route("green")).replace("backends:", second + "backends:");
            assertThat(apply(text)).isEqualTo(ExitCode.NOT_WELL);
            assertThat(machine.err)
                    .contains("cannot listen on 127.0.0.1:" + port)
                    .contains("nothing has changed");
        }
        assertThat(node.operations().status().listeners()).hasSize(1);
        assertThat(node.operations().status().backends().getFirst().name()).isEqualTo("blue");
    }

    @Test
    void whatARunningNodeCannotChangeIsRefusedWithTheWayToDoIt() throws Exception {
        String text = file("blue", route("blue")).replace("name: edge", "name: other");
        assertThat(apply(text)).isEqualTo(ExitCode.NOT_WELL);
        assertThat(machine.err).contains("cluster.name: cannot change while the nodes run");
    }

    @Test
    void anAbsentNodeHasToBeOne() throws Exception {
        assertThat(apply(file("blue", route("blue")), "--absent", "locl"))
                .isEqualTo(ExitCode.NOT_WELL);
        assertThat(machine.err).contains("There is no node locl; there are: local.");
    }

    @Test
    void aCheckChangesNothing() throws Exception {
        assertThat(apply(file("green", route("green")), "--check")).isEqualTo(ExitCode.OK);
        assertThat(machine.out).contains("backend green is new").contains("nothing has changed");
        assertThat(node.operations().status().backends().getFirst().name()).isEqualTo("blue");
    }

    @Test
    void theOwnFileThatWasEditedCanBeApplied() throws Exception {
        Files.writeString(machine.file, file("green", route("green")));
        assertThat(machine.run("apply", "shoestring.yaml")).as(machine.err).isEqualTo(ExitCode.OK);
        assertThat(node.operations().status().backends().getFirst().name()).isEqualTo("green");
    }
}
