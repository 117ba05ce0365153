package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.Certificates;
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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** HTTP/2 as real programs speak it: curl and h2load in front, nginx behind. */
@Timeout(120)
class Http2ProgramsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final byte[] LARGE = new byte[3_000_000];

    @TempDir(factory = InMemory.class)
    static Path directory;

    private static Nginx nginx;

    private final LeakWatch leaks = new LeakWatch();

    @BeforeAll
    static void start() throws Exception {
        new Certificates(directory).sign("shop", "shop.example,localhost");
        nginx =
                new Nginx(
                        directory.resolve("nginx"),
                        """
                        listen 127.0.0.1:PORT; root DIR/www; client_max_body_size 10m;
                        keepalive_requests 100000;
                        location = /echo { return 200 "$http_x_forwarded_proto $http_cookie\\n"; }
                        location /dav/ { root DIR; dav_methods PUT; create_full_put_path on; }
                        location /gzip { gzip on; gzip_min_length 1; gzip_types *;
                                         alias DIR/www/large; }
                        """);
        Path www = Files.createDirectories(directory.resolve("nginx/www"));
        new java.util.Random(1).nextBytes(LARGE);
        Files.write(www.resolve("large"), LARGE);
    }

    @AfterAll
    static void stop() {
        nginx.close();
    }

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private static WebUnderTest web(String keys) throws Exception {
        return new WebUnderTest(directory, "backend: web\n" + keys, nginx.port());
    }

    @Test
    void curlSeesWithHttp2WhatItSeesWithout() throws Exception {
        try (var web = web("http2: always")) {
            for (String path : List.of("/large", "/none", "/echo", "/gzip")) {
                String url = "http://127.0.0.1:PORT" + path;
                String[] options = {"--compressed", "-b", "a=b", "-D", "head", "-o"};
                String one = seen(web, url, "--http1.1", options);
                String two = seen(web, url, "--http2-prior-knowledge", options);
                assertThat(two).as(path).isEqualTo(one);
            }
            String upload = "http://127.0.0.1:PORT/dav/";
            String large = "nginx/www/large";
            String h2 = "--http2-prior-knowledge";
            web.curl(upload + "length", h2, "-T", large).sound();
            web.curl(upload + "chunks", h2, "-T", large, "-H", "Content-Length:").sound();
            assertThat(directory.resolve("nginx/dav/length")).hasBinaryContent(LARGE);
            assertThat(directory.resolve("nginx/dav/chunks")).hasBinaryContent(LARGE);
            assertThat(web.curl("http://127.0.0.1:PORT/large", h2, "-I").sound())
                    .startsWith("HTTP/2 200 ")
                    .contains("content-length: 3000000");
        }
    }

    /** The header, but for what differs on purpose, and the body. */
    private static String seen(WebUnderTest web, String url, String version, String... options)
            throws Exception {
        List<String> all = new java.util.ArrayList<>(List.of(options));
        all.addAll(List.of("body", version));
        web.curl(url, all.toArray(String[]::new)).sound();
        String head =
                Files.readString(directory.resolve("head"))
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceFirst("http/\\S+ (\\d+)[^\r]*", "$1")
                        .replaceAll("(transfer-encoding|connection|date): [^\r]*\r\n", "");
        return head + java.util.Arrays.hashCode(Files.readAllBytes(directory.resolve("body")));
    }

    @Test
    void inTlsTheClientChooses() throws Exception {
        String url = "https://localhost:PORT/echo";
        String[] options = {"--cacert", "ca.pem", "-w", "%{http_version}", "-b", "a=b"};
        String tls = "tls: { certificates: [shop.pem] }\n";
        try (var web = web(tls + "access-log: web.log")) {
            assertThat(web.curl(url, options).sound()).isEqualTo("https a=b\n2");
            String[] old = {"--cacert", "ca.pem", "-w", "%{http_version}", "--http1.1"};
            assertThat(web.curl(url, old).sound()).isEqualTo("https \n1.1");
            Path log = directory.resolve("web.log");
            List<String> lines =
                    await().atMost(PATIENCE)
                            .until(() -> Files.readAllLines(log), seen -> seen.size() == 2);
            // As HAProxy has it.
            assertThat(lines.getFirst())
                    .contains(" web~ web/one ")
                    .endsWith("\"GET https://localhost:" + web.port() + "/echo HTTP/2.0\"");
            assertThat(lines.getLast()).endsWith("\"GET /echo HTTP/1.1\"");
        }
        try (var web = web(tls + "http2: none")) {
            assertThat(web.curl(url, options).sound()).isEqualTo("https a=b\n1.1");
        }
    }

    @Test
    void manyRequestsAtTheSameTimeAreAllAnswered() throws Exception {
        try (var web = web("tls: { certificates: [shop.pem] }")) {
            String address = "https://localhost:" + web.port();
            List<String> small = List.of("h2load", "-n2000", "-c4", "-m20", address + "/echo");
            assertThat(Program.run(directory, small).sound())
                    .contains("2000 succeeded, 0 failed, 0 errored")
                    .contains("Application protocol: h2");
            List<String> large = List.of("h2load", "-n20", "-c2", "-m10", address + "/large");
            assertThat(Program.run(directory, large).sound())
                    .contains("20 succeeded, 0 failed, 0 errored");
            await().atMost(PATIENCE).until(() -> web.counters().clients.get() == 0);
        }
    }
}
