package io.shoestring.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.network.EventLoops;
import io.shoestring.protocol.postgresql.PostgresServer;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The checks against the servers that people run: up while they run, down when they are killed. */
@Timeout(120)
class RealServersTest {
    private final EventLoops loops = new EventLoops(1);
    private final Checks checks = new Checks(loops, Clock.system());
    private final List<Process> started = new ArrayList<>();
    private final int port = FreePort.find();
    @TempDir private Path directory;

    @AfterEach
    void end() throws InterruptedException {
        checks.close();
        loops.close(Duration.ofSeconds(1));
        for (Process process : started) {
            process.destroyForcibly();
            process.waitFor(10, TimeUnit.SECONDS);
        }
    }

    private Process start(String... command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
        started.add(process);
        return process;
    }

    private CheckTest.Subject check(String keys) {
        var subject =
                new CheckTest.Subject(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        checks.check(
                subject, CheckTest.config(keys + ", every: 100ms, timeout: 2s, rise: 1, fall: 2"));
        return subject;
    }

    /** The last word about it, once it is up or down as expected. */
    private static String await(CheckTest.Subject subject, String start)
            throws InterruptedException {
        while (subject.found.isEmpty() || !subject.found.getLast().startsWith(start)) {
            Thread.sleep(10);
        }
        return subject.found.getLast();
    }

    @Test
    void redis() throws Exception {
        var subject = check("protocol: redis");
        assertThat(await(subject, "down")).isEqualTo("down: connection refused");
        Process redis = start("redis-server", "--port", "" + port, "--save", "");
        assertThat(await(subject, "up")).isEqualTo("up: +PONG");
        redis.destroyForcibly().waitFor();
        await(subject, "down");
    }

    @Test
    void memcached() throws Exception {
        var subject = check("protocol: memcached");
        Process memcached =
                start("memcached", "-p", "" + port, "-l", "127.0.0.1", "-u", "nobody", "-U", "0");
        assertThat(await(subject, "up")).startsWith("up: VERSION 1.");
        memcached.destroyForcibly().waitFor();
        await(subject, "down");
    }

    @Test
    void nginx() throws Exception {
        Files.writeString(directory.resolve("page"), "all is fine");
        Files.writeString(
                directory.resolve("nginx.conf"),
                """
                daemon off; master_process off; pid nginx.pid; error_log stderr;
                events { }
                http {
                  access_log off;
                  server {
                    listen 127.0.0.1:%d;
                    location = /page { root %s; }
                    location = /busy { return 503; }
                  }
                }
                """
                        .formatted(port, directory));
        Process nginx = start("nginx", "-p", directory.toString(), "-c", "nginx.conf");
        // A check that finds nobody first has said its word about a server that is down.
        await(check("protocol: tcp"), "up");
        var page = check("http: GET /page, body: is fine");
        var head = check("http: HEAD /page, status: \"200\"");
        var busy = check("http: GET /busy");
        var missing = check("http: GET /page, body: is broken");
        assertThat(await(page, "up")).isEqualTo("up: status 200 OK");
        await(head, "up");
        assertThat(await(busy, "down: s"))
                .isEqualTo("down: status 503 Service Temporarily Unavailable");
        await(missing, "down: the body");
        nginx.destroyForcibly().waitFor();
        await(page, "down");
    }

    @Test
    void tlsOfSeveralVersions() throws Exception {
        new Certificates(directory).sign("web", "a.example.com");
        for (String version : List.of("-tls1_3", "-tls1_2")) {
            Process server =
                    start(
                            "openssl",
                            "s_server",
                            "-quiet",
                            version,
                            "-accept",
                            "127.0.0.1:" + port,
                            "-cert",
                            "web.pem",
                            "-key",
                            "web.key",
                            "-servername",
                            "a.example.com",
                            "-cert2",
                            "web.pem",
                            "-key2",
                            "web.key",
                            "-servername_fatal");
            await(check("protocol: tcp"), "up");
            var named = check("protocol: tls-hello, host: a.example.com");
            var wrong = check("protocol: tls-hello, host: b.example.com");
            assertThat(await(named, "up")).isEqualTo("up: speaks TLS");
            assertThat(await(wrong, "down: r")).isEqualTo("down: refused TLS (alert 112)");
            server.destroyForcibly().waitFor();
            assertThat(await(named, "down")).isEqualTo("down: connection refused");
        }
    }

    @Test
    void opensmtpd() throws Exception {
        Files.writeString(
                directory.resolve("smtpd.conf"),
                """
                queue compression
                listen on 127.0.0.1 port %d
                action "keep" maildir "%s/mail"
                match from any for any action "keep"
                """
                        .formatted(port, directory));
        Process smtpd = start("/usr/sbin/smtpd", "-d", "-f", directory + "/smtpd.conf");
        var subject = check("protocol: smtp");
        assertThat(await(subject, "up")).startsWith("up: 250 ");
        smtpd.descendants().forEach(ProcessHandle::destroyForcibly);
        smtpd.destroyForcibly().waitFor();
        await(subject, "down");
    }

    @Test
    void postgresqlAndItsStart() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            var well =
                    new CheckTest.Subject(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            var unknownUser = new CheckTest.Subject(well.address());
            checks.check(well, CheckTest.config("protocol: postgresql, user: postgres"));
            checks.check(unknownUser, CheckTest.config("protocol: postgresql"));
            assertThat(await(well, "up")).isEqualTo("up: asks for authentication");
            await(unknownUser, "up");
        }
    }

    @Test
    void mariadbIsNotOffended() throws Exception {
        Path data = directory.resolve("data");
        Process made =
                start(
                        "mariadb-install-db",
                        "--no-defaults",
                        "--user=root",
                        "--datadir=" + data,
                        "--auth-root-authentication-method=normal",
                        "--skip-test-db");
        assertThat(made.waitFor()).isZero();
        Process mariadb =
                start(
                        "mariadbd",
                        "--no-defaults",
                        "--user=root",
                        "--datadir=" + data,
                        "--port=" + port,
                        "--bind-address=127.0.0.1",
                        "--socket=" + directory.resolve("socket"),
                        "--tmpdir=" + directory,
                        "--max-connect-errors=3");
        var subject = check("protocol: mysql");
        assertThat(await(subject, "up")).startsWith("up: version 5.5.5-10.");
        // More checks than the server forgives: it must not count them as broken connections.
        Thread.sleep(1_500);
        Process question =
                new ProcessBuilder(
                                "mariadb",
                                "--no-defaults",
                                "--socket=" + directory.resolve("socket"),
                                "-Ne",
                                "show status like 'Aborted_connects_preauth'")
                        .redirectErrorStream(true)
                        .start();
        String answer =
                new String(question.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .strip();
        assertThat(answer).isEqualTo("Aborted_connects_preauth\t0");
        assertThat(subject.found).hasSizeLessThan(3);
        mariadb.destroyForcibly().waitFor();
        await(subject, "down");
    }
}
