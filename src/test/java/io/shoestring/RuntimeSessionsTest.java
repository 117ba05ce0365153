package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an operator does over the runtime socket to clients that are there, and to servers. */
@Timeout(120)
class RuntimeSessionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir(factory = InMemory.class)
    private Path directory;

    private final List<Socket> clients = new ArrayList<>();
    private ServerSocket one;
    private ServerSocket two;
    private NodeProcess node;

    /** Servers that take everything and say nothing; what connects is left to itself. */
    @BeforeEach
    void start() throws Exception {
        one = silent();
        two = silent();
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 }, directory: state }
                listeners:
                  web: { bind: 127.0.0.1:0, protocol: http, backend: web }
                  raw: { bind: 127.0.0.1:0, protocol: tcp, backend: raw }
                backends:
                  web:
                    timeouts: { server: 60s }
                    check: { protocol: tcp, every: 200ms }
                    servers:
                      a: "127.0.0.1:%d"
                  raw:
                    servers:
                      b: "127.0.0.1:%d"
                admin: { bind: 127.0.0.1:0, runtime-socket: ours }
                """
                        .formatted(one.getLocalPort(), two.getLocalPort());
        Files.createFile(directory.resolve("shoestring.yaml"));
        node =
                NodeProcess.start(
                        config(text), new NodeName("local"), directory.resolve("shoestring.yaml"));
    }

    private ShoestringConfig config(String text) {
        return switch (ConfigReader.read("test", text, directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    private static ServerSocket silent() throws IOException {
        var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                while (true) {
                                    Socket accepted = server.accept();
                                    Thread.ofVirtual().start(() -> swallow(accepted));
                                }
                            } catch (IOException closed) {
                                // The test is over.
                            }
                        });
        return server;
    }

    private static void swallow(Socket accepted) {
        try (accepted) {
            accepted.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException gone) {
            // That is how it ends.
        }
    }

    @AfterEach
    void stop() throws Exception {
        node.close();
        for (Socket client : clients) {
            client.close();
        }
        one.close();
        two.close();
    }

    private Socket client(int listener, String says) throws IOException {
        Endpoint at = node.listeners().get(listener);
        var client = new Socket(at.host(), at.port());
        client.setSoTimeout(20_000);
        client.getOutputStream().write(says.getBytes(StandardCharsets.US_ASCII));
        clients.add(client);
        return client;
    }

    private static boolean isClosed(Socket client) throws IOException {
        try {
            return client.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    private String ask(String line) {
        List<String> socat =
                List.of("socat", "-t", "10", "-", "UNIX-CONNECT:" + directory.resolve("ours"));
        return Program.run(directory, socat, line + "\n").sound();
    }

    private List<String> sessions() {
        return ask("show sess").lines().filter(line -> !line.isEmpty()).toList();
    }

    private static String id(String line) {
        return line.substring(0, line.indexOf(':'));
    }

    @Test
    void sessionsAreShownAndEnded() throws Exception {
        Socket web = client(0, GET);
        Socket other = client(0, GET);
        Socket raw = client(1, "hello");
        await().atMost(PATIENCE)
                .until(
                        () ->
                                sessions().stream().filter(it -> it.contains(" srv=a ")).count()
                                                == 2
                                        && sessions().stream()
                                                .anyMatch(it -> it.contains("srv=b")));
        List<String> all = sessions();
        assertThat(all).hasSize(3).doesNotHaveDuplicates();
        String mine =
                all.stream()
                        .filter(it -> it.contains(":" + web.getLocalPort() + " "))
                        .findFirst()
                        .orElseThrow();
        assertThat(mine)
                .matches(
                        "0x[0-9a-f]+: proto=tcpv4 src=127\\.0\\.0\\.1:\\d+ fe=web be=web srv=a"
                                + " mode=http age=\\d+s idle=\\d+s");
        assertThat(ask("show sess " + id(mine)).lines()).containsExactly(mine, "");
        assertThat(ask("shutdown session " + id(mine))).isEqualTo("\n");
        assertThat(isClosed(web)).isTrue();
        assertThat(sessions()).hasSize(2);
        assertThat(ask("shutdown session " + id(mine))).startsWith("No such session");

        assertThat(ask("shutdown sessions server raw/b")).isEqualTo("\n");
        assertThat(isClosed(raw)).isTrue();
        assertThat(sessions()).hasSize(1);
        assertThat(other.isClosed()).isFalse();
        assertThat(ask("show servers conn web"))
                .startsWith("# bkname/svname bkid/svid addr port - purge_delay used_cur used_max ")
                .contains(
                        "\nweb/a 4/1 127.0.0.1 " + one.getLocalPort() + " - 15000 1 2 2 0 0 -1 0");
        assertThat(ask("operator;shutdown sessions server web/a")).contains("Permission denied");
        assertThat(sessions()).hasSize(1);
    }

    @Test
    void aServerGetsNoMoreThanAnOperatorLetsIt() throws Exception {
        ask("set maxconn server web/a 1");
        client(0, GET);
        client(0, GET);
        await().atMost(PATIENCE).until(() -> figure("web,BACKEND", "qcur").equals("1"));
        assertThat(figure("web,a", "scur")).isEqualTo("1");
        assertThat(figure("web,a", "slim")).isEqualTo("1");
        ask("set maxconn server web/a 0");
        await().atMost(PATIENCE).until(() -> figure("web,a", "scur").equals("2"));
        assertThat(figure("web,a", "slim")).isEmpty();
    }

    private String figure(String row, String column) {
        List<String> lines = ask("show stat").lines().toList();
        int index = List.of(lines.getFirst().split(",", -1)).indexOf(column);
        return lines.stream()
                .filter(line -> line.startsWith(row + ","))
                .map(line -> line.split(",", -1)[index])
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anOperatorIsBelievedUntilTheNextCheck() throws Exception {
        await().atMost(PATIENCE).until(() -> figure("web,a", "status").startsWith("UP"));
        ask("disable health web/a");
        ask("set server web/a health down");
        await().atMost(PATIENCE).until(() -> figure("web,a", "status").startsWith("DOWN"));
        await().during(Duration.ofMillis(600))
                .atMost(PATIENCE)
                .until(() -> figure("web,a", "status").startsWith("DOWN"));
        assertThat(ask("show servers state web").lines().toList().get(2).split(" ", -1)[13])
                .isEqualTo("2");
        ask("enable health web/a");
        await().atMost(PATIENCE).until(() -> figure("web,a", "status").startsWith("UP"));
        ask("set server raw/b health down");
        assertThat(figure("raw,b", "status")).startsWith("DOWN");
        ask("set server raw/b health up");
        assertThat(figure("raw,b", "status")).isNotEqualTo("DOWN");
    }

    /** Cursor down to the server, and each of the keys that do something to it. */
    @Test
    void hatopsKeysWork() throws Exception {
        Process hatop =
                new ProcessBuilder(
                                "script",
                                "-qec",
                                "stty rows 40 cols 150; TERM=xterm exec /usr/bin/hatop -i 1 -s "
                                        + directory.resolve("ours"),
                                "/dev/null")
                        .redirectErrorStream(true)
                        .start();
        try {
            Thread.ofVirtual().start(() -> throwAway(hatop));
            String disable = "\u001b[21~";
            String enable = "\u001b[20~";
            String lighter = "\u001b[17~";
            int steps = 0;
            while (!isInMaintenance() && steps++ < 20) {
                // It takes one key at a time, and is where the cursor was until it has drawn.
                press(hatop, "\u001bOB");
                Thread.sleep(600);
                press(hatop, disable);
                Thread.sleep(600);
            }
            assertThat(isInMaintenance()).isTrue();
            press(hatop, enable);
            await().atMost(PATIENCE).until(() -> !isInMaintenance());
            String before = weight();
            press(hatop, lighter);
            await().atMost(PATIENCE).until(() -> !weight().equals(before));
        } finally {
            hatop.descendants().forEach(ProcessHandle::destroyForcibly);
            hatop.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private boolean isInMaintenance() {
        return figure("web,a", "status").startsWith("MAINT");
    }

    private static void throwAway(Process of) {
        try {
            of.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException over) {
            // It was ended.
        }
    }

    private String weight() {
        Matcher found = Pattern.compile("^(\\d+) ").matcher(ask("get weight web/a"));
        assertThat(found.find()).isTrue();
        return found.group(1);
    }

    private static void press(Process hatop, String keys) throws IOException {
        hatop.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
        hatop.getOutputStream().flush();
    }
}
