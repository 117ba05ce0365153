package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Debian's nginx behind the listener, curl and wrk in front of it. */
@Timeout(120)
class RealServerTest {
    @TempDir(factory = InMemory.class)
    static Path directory;

    private static int nginxPort;
    private static Process nginx;

    private final LeakWatch leaks = new LeakWatch();

    @BeforeAll
    static void startNginx() throws Exception {
        nginxPort = FreePort.find();
        Path root = Files.createDirectories(directory.resolve("www"));
        Files.writeString(root.resolve("small"), "small\n");
        Files.write(root.resolve("large"), new byte[5_000_000]);
        Path config = directory.resolve("nginx.conf");
        Files.writeString(config, configuration());
        nginx =
                new ProcessBuilder("/usr/sbin/nginx", "-c", config.toString(), "-p", "" + directory)
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("nginx.out").toFile())
                        .start();
        await().atMost(Duration.ofSeconds(20)).until(RealServerTest::nginxListens);
    }

    private static String configuration() {
        String user = System.getProperty("user.name").equals("root") ? "user root;" : "";
        return """
        %s
        daemon off; worker_processes 1; pid %2$s/pid; error_log %2$s/error.log;
        events { worker_connections 256; }
        http {
          access_log off; client_max_body_size 10k;
          client_body_temp_path %2$s/body; proxy_temp_path %2$s/proxy;
          fastcgi_temp_path %2$s/fastcgi; uwsgi_temp_path %2$s/uwsgi; scgi_temp_path %2$s/scgi;
          keepalive_requests 50;
          server {
            listen 127.0.0.1:%3$d; root %2$s/www;
            location /echo { return 200 "$request_method $http_x_forwarded_for $http_host\\n"; }
            location /dav/ { root %2$s; dav_methods PUT DELETE; create_full_put_path on; }
            location /chunked { chunked_transfer_encoding on; gzip on; gzip_min_length 1;
                                gzip_types *; alias %2$s/www/large; }
          }
        }
        """
                .formatted(user, directory, nginxPort);
    }

    private static boolean nginxListens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), nginxPort)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @AfterAll
    static void stopNginx() throws InterruptedException {
        nginx.destroy();
        nginx.waitFor();
    }

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    @Test
    void curlSeesTheSameAsWithoutAProxy() throws Exception {
        try (var proxy = HttpUnderTest.before(nginxPort)) {
            for (String path : List.of("/small", "/large", "/none", "/chunked")) {
                assertThat(curl(proxy.port(), path, "--compressed"))
                        .as(path)
                        .isEqualTo(curl(nginxPort, path, "--compressed"));
            }
            assertThat(curl(proxy.port(), "/small", "-I")).startsWith("HTTP/1.1 200 OK");
            assertThat(curl(proxy.port(), "/small", "-r", "1-2", "--http1.0")).isEqualTo("ma");
            assertThat(curl(proxy.port(), "/echo", "-X", "OPTIONS"))
                    .isEqualTo("OPTIONS 127.0.0.1 127.0.0.1:" + proxy.port() + "\n");
        }
    }

    @Test
    void curlUploads() throws Exception {
        Path file = Files.write(directory.resolve("up"), new byte[9_000]);
        try (var proxy = HttpUnderTest.before(nginxPort)) {
            String code = "%{http_code}";
            assertThat(curl(proxy.port(), "/dav/one", "-T", file.toString(), "-w", code))
                    .endsWith("201");
            assertThat(
                            curl(
                                    proxy.port(),
                                    "/dav/two",
                                    "-T",
                                    file.toString(),
                                    "-H",
                                    "Transfer-Encoding: chunked",
                                    "-H",
                                    "Expect: 100-continue",
                                    "-w",
                                    code))
                    .endsWith("201");
            assertThat(Files.size(directory.resolve("dav/one"))).isEqualTo(9_000);
            assertThat(Files.size(directory.resolve("dav/two"))).isEqualTo(9_000);
            Files.write(file, new byte[3_000_000]);
            assertThat(curl(proxy.port(), "/dav/three", "-T", file.toString(), "-w", code))
                    .endsWith("413");
        }
    }

    /** nginx closes each connection after 50 requests: no client may notice. */
    @Test
    void wrkMeetsNoError() throws Exception {
        try (var proxy = HttpUnderTest.before(nginxPort)) {
            String report =
                    run(
                            List.of(
                                    "wrk",
                                    "-c16",
                                    "-t1",
                                    "-d2s",
                                    "http://127.0.0.1:" + proxy.port() + "/small"));
            assertThat(report).contains("Requests/sec").doesNotContain("Socket errors", "Non-2xx");
            assertThat(proxy.counters().answers(200).sum()).isGreaterThan(100);
            assertThat(proxy.counters().interrupted()).isZero();
        }
    }

    private static String curl(int port, String path, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-s", "-m", "20"));
        command.addAll(List.of(options));
        command.add("http://127.0.0.1:" + port + path);
        return run(command);
    }

    private static String run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        process.waitFor();
        return output;
    }
}
