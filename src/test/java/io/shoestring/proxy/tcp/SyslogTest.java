package io.shoestring.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.InMemory;
import io.shoestring.testing.Rsyslog;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Lines of connections at a real syslog server. */
@Timeout(120)
class SyslogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String LINE =
            " ?127.0.0.1:\\d+ \\[[^]]+] cache cache/one \\d+/\\d+/\\d+ 0 -- 1/1/0/0/0 0/0";

    @TempDir(factory = InMemory.class)
    private Path directory;

    /** Makes a connection that leaves one line. */
    private static void connect(TcpUnderTest proxy, ServerSocket server) throws Exception {
        try (Socket client = proxy.connect();
                Socket accepted = server.accept()) {
            client.shutdownOutput();
            assertThat(accepted.getInputStream().read()).isNegative();
            accepted.shutdownOutput();
            assertThat(client.getInputStream().read()).isNegative();
        }
        // Its line is written by then.
        await().atMost(PATIENCE).until(() -> proxy.listener().status().clients() == 0);
    }

    private TcpUnderTest proxy(String log, ServerSocket server) throws Exception {
        return new TcpUnderTest(
                directory,
                ", access-log: { " + log + " }",
                "servers: { one: 127.0.0.1:" + server.getLocalPort() + " }");
    }

    @Test
    void linesReachASyslogServerByEachWay() throws Exception {
        String process = " shoestring " + ProcessHandle.current().pid();
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var syslog = new Rsyslog(directory.resolve("rsyslog"))) {
            try (var proxy =
                    proxy(
                            "file: tcp.log, syslog: '127.0.0.1:%d'".formatted(syslog.port()),
                            server)) {
                connect(proxy, server);
            }
            await().atMost(PATIENCE).until(() -> syslog.lines().size() == 1);
            assertThat(syslog.lines().getFirst()).matches("imudp 134 \\S+" + process + LINE);
            assertThat(Files.readAllLines(directory.resolve("tcp.log"))).hasSize(1);

            try (var proxy =
                    proxy(
                            "format: json, syslog: { to: '127.0.0.1:%d', header: rfc5424, facility: mail }"
                                    .formatted(syslog.port()),
                            server)) {
                connect(proxy, server);
            }
            await().atMost(PATIENCE).until(() -> syslog.lines().size() == 2);
            assertThat(syslog.lines().getLast())
                    .matches(
                            "imudp 22 "
                                    + InetAddress.getLocalHost().getHostName()
                                    + process
                                    + " ?\\{\"at\":.*\"ending\":\"--\".*}");
        }
    }

    @Test
    void aServerThatWasStartedAgainIsFound() throws Exception {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var syslog = new Rsyslog(directory.resolve("rsyslog"));
                var proxy = proxy("syslog: " + syslog.socket(), server)) {
            connect(proxy, server);
            await().atMost(PATIENCE).until(() -> syslog.lines().size() == 1);
            assertThat(syslog.lines().getFirst()).matches("imuxsock 134 .*" + LINE);

            syslog.restart();
            await().atMost(PATIENCE)
                    .until(
                            () -> {
                                connect(proxy, server);
                                return syslog.lines().size() > 1;
                            });
            assertThat(syslog.lines().getLast()).matches("imuxsock 134 .*" + LINE);
        }
    }
}
