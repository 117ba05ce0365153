package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.Certificates;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Nginx;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Real servers that speak HTTP/2: nginx and nghttpd behind, curl and h2load in front. */
@Timeout(120)
class Http2ServersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final byte[] LARGE = new byte[3_000_000];

    @TempDir(factory = InMemory.class)
    static Path directory;

    private static Nginx modern;
    private static Nginx old;
    private static Nginx clear;
    private static Process nghttpd;
    private static final int NGHTTPD_PORT = FreePort.find();

    private final LeakWatch leaks = new LeakWatch();

    @BeforeAll
    static void start() throws Exception {
        new Certificates(directory).sign("shop", "shop.example,localhost");
        modern = nginx("modern", "ssl http2");
        old = nginx("old", "ssl");
        clear = nginx("clear", "http2");
        Path www = Files.createDirectories(directory.resolve("modern/www"));
        new java.util.Random(1).nextBytes(LARGE);
        Files.write(www.resolve("large"), LARGE);
        nghttpd =
                new ProcessBuilder(
                                "nghttpd",
                                "--no-tls",
                                "--echo-upload",
                                "--trailer=checksum: 42",
                                "-d",
                                www.toString(),
                                "-a",
                                "127.0.0.1",
                                "" + NGHTTPD_PORT)
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("nghttpd.out").toFile())
                        .start();
        await().atMost(PATIENCE).until(Http2ServersTest::listens);
    }

    private static Nginx nginx(String name, String listens) throws IOException {
        return new Nginx(
                directory.resolve(name),
                """
                listen 127.0.0.1:PORT %s; root DIR/www; client_max_body_size 10m;
                ssl_certificate DIR/../shop.crt; ssl_certificate_key DIR/../shop.key;
                location = /seen {
                  add_header Set-Cookie a=1; add_header Set-Cookie b=2;
                  return 200 "$server_protocol $scheme $host [$http_upgrade] $http_cookie\\n";
                }
                location = /empty { return 204; }
                location /dav/ { root DIR; dav_methods PUT; create_full_put_path on; }
                """
                        .formatted(listens));
    }

    private static boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), NGHTTPD_PORT)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @AfterAll
    static void stop() {
        modern.close();
        old.close();
        clear.close();
        nghttpd.destroy();
        nghttpd.onExit().join();
    }

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private static WebUnderTest web(String backendKeys, int port) throws Exception {
        return new WebUnderTest(
                directory,
                "backend: web\nhttp2: always",
                "web: { %s, servers: { one: \"127.0.0.1:%d\" } }".formatted(backendKeys, port));
    }

    @Test
    void theServerChoosesInTls() throws Exception {
        String keys = "http2: tls, tls: { ca-file: ca.pem }";
        String url = "http://127.0.0.1:PORT/seen";
        try (var web = web(keys, modern.port())) {
            assertThat(web.curl(url, "-b", "x=1; y=2", "-i").sound())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("\r\nset-cookie: a=1\r\n", "\r\nset-cookie: b=2\r\n")
                    .endsWith("HTTP/2.0 https 127.0.0.1 [] x=1; y=2\n");
            assertThat(web.curl(url, "--http2-prior-knowledge").sound()).startsWith("HTTP/2.0 ");
            // Two protocols cannot be one stream: who asks for another one gets HTTP/1.1.
            assertThat(web.curl(url, "-H", "Connection: Upgrade", "-H", "Upgrade: other").sound())
                    .isEqualTo("HTTP/1.1 https 127.0.0.1 [other] \n");
        }
        try (var web = web(keys, old.port())) {
            for (int i = 0; i < 3; i++) {
                assertThat(web.curl(url).sound()).startsWith("HTTP/1.1 https ");
            }
        }
        try (var web = web("http2: always", clear.port())) {
            assertThat(web.curl(url).sound()).startsWith("HTTP/2.0 http ");
        }
    }

    @Test
    void bodiesGoBothWaysWhole() throws Exception {
        try (var web = web("http2: tls, tls: { ca-file: ca.pem }", modern.port())) {
            for (String version : List.of("--http1.1", "--http2-prior-knowledge", "--http1.0")) {
                assertThat(web.curl("http://127.0.0.1:PORT/large", version, "-o", "copy").sound())
                        .isEmpty();
                assertThat(directory.resolve("copy")).hasBinaryContent(LARGE);
                assertThat(web.curl("http://127.0.0.1:PORT/large", version, "-I").sound())
                        .containsIgnoringCase("\r\ncontent-length: 3000000\r\n");
                assertThat(web.curl("http://127.0.0.1:PORT/empty", version, "-i").sound())
                        .contains(" 204")
                        .doesNotContainIgnoringCase("content-length");
            }
            String upload = "http://127.0.0.1:PORT/dav/";
            web.curl(upload + "long", "-T", "modern/www/large").sound();
            web.curl(
                            upload + "chunks",
                            "-T",
                            "modern/www/large",
                            "-H",
                            "Transfer-Encoding: chunked")
                    .sound();
            web.curl(upload + "stream", "-T", "modern/www/large", "--http2-prior-knowledge")
                    .sound();
            for (String each : List.of("long", "chunks", "stream")) {
                assertThat(directory.resolve("modern/dav/" + each)).hasBinaryContent(LARGE);
            }
        }
    }

    @Test
    void trailersReachClientsOfBothVersions() throws Exception {
        try (var web = web("http2: always", NGHTTPD_PORT);
                var client = web.client()) {
            // nghttpd says how long the body is: chunks, and trailers, are not possible then.
            client.send("POST /echo HTTP/1.1|Host: a|Transfer-Encoding: chunked||3|abc|0||");
            assertThat(client.answer()).contains("|Content-Length: 3|").endsWith("||abc");
            String seen =
                    Program.run(
                                    directory,
                                    List.of(
                                            "nghttp",
                                            "-v",
                                            "-d",
                                            "shop.crt",
                                            "http://127.0.0.1:" + web.port() + "/echo"))
                            .sound();
            assertThat(seen).contains("checksum: 42");
        }
    }

    @Test
    void manyShareFewConnections() throws Exception {
        try (var web = web("http2: tls, tls: { ca-file: ca.pem }", modern.port())) {
            String url = "http://127.0.0.1:" + web.port() + "/seen";
            assertThat(
                            Program.run(directory, List.of("h2load", "-n1500", "-c4", "-m20", url))
                                    .sound())
                    .contains("1500 succeeded, 0 failed, 0 errored");
            assertThat(
                            Program.run(directory, List.of("h2load", "-n300", "-c8", "--h1", url))
                                    .sound())
                    .contains("300 succeeded, 0 failed, 0 errored");
            var server = web.backends().get("web").servers().getFirst();
            await().atMost(PATIENCE).until(() -> server.connections() == 0);
        }
    }
}
