package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.FreePort;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.Nginx;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The lines that requests leave, and HAProxy's own program that reads them. */
@Timeout(120)
class AccessLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SERVER =
            "listen 127.0.0.1:PORT; location / { return 200 \"fine\\n"
                    + "\"; } location /bad { return 500; }";

    @TempDir(factory = InMemory.class)
    private Path directory;

    private List<String> lines(int count) {
        return await().atMost(PATIENCE).until(this::lines, seen -> seen.size() >= count);
    }

    private List<String> lines() throws IOException {
        Path log = directory.resolve("web.log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    @Test
    void aLineIsAsHaproxyWritesIt() throws Exception {
        try (var nginx = new Nginx(directory.resolve("nginx"), SERVER);
                var web =
                        new WebUnderTest(
                                directory,
                                """
                                refusals: [{ path: /no }]
                                redirects: [{ path: /moved, to: /here }]
                                routes: [{ path: /, backend: web }]
                                access-log: web.log
                                """,
                                nginx.port())) {
            String url = "http://127.0.0.1:PORT";
            web.curl(url + "/a%22b?c=#d", "--local-port", "20000-30000").sound();
            web.curl(url + "/no").sound();
            web.curl(url + "/moved").sound();
            web.curl(url + "/bad").sound();
            try (var client = web.client()) {
                client.send("GET /\"x HTTP/1.1|Host: a||").answer();
                client.send("nonsense||").answer();
            }
            String start =
                    "[A-Z][a-z]{2} [ 123]\\d \\d\\d:\\d\\d:\\d\\d \\S+ shoestring\\[\\d+]:"
                            + " 127\\.0\\.0\\.1:";
            String date = "\\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d\\.\\d{3}] ";
            List<String> seen = lines(6);
            assertThat(seen).hasSize(6);
            assertThat(seen.get(0))
                    .matches(
                            start
                                    + "2\\d{4} "
                                    + date
                                    + "web web/one \\d+/\\d+/\\d+/\\d+/\\d+ 200 \\d{3} - - ----"
                                    + " 1/1/\\d/\\d/0 0/0 \"GET /a%22b\\?c= HTTP/1.1\"");
            assertThat(seen.get(1))
                    .matches(start + ".* web web/<NOSRV> \\d+/-1/-1/-1/\\d+ 403 \\d+ - - PR-- .*");
            assertThat(seen.get(2)).contains(" web web/<NOSRV> ").contains(" 308 ", " LR-- ");
            assertThat(seen.get(3)).contains(" web web/one ").contains(" 500 ", " ---- ");
            assertThat(seen.get(4)).contains(" 200 ").endsWith("\"GET /#22x HTTP/1.1\"");
            assertThat(seen.get(5)).contains("/<NOSRV> -1/-1/-1/-1/").endsWith("\"<BADREQ>\"");

            assertThat(halog("-st")).contains("200 2", "403 1", "308 1", "500 1", "400 1");
            assertThat(halog("-srv")).contains("web/one");
            assertThat(halog("-u")).contains("/a%22b");
        }
    }

    private String halog(String what) throws IOException {
        String log = Files.readString(directory.resolve("web.log"));
        return Program.run(directory, List.of("/usr/sbin/halog", "-q", what), log).sound();
    }

    @Test
    void troubleHasHaproxysLetters() throws Exception {
        int nobody = FreePort.find();
        try (var web = new WebUnderTest(directory, "backend: web\naccess-log: web.log\n", nobody)) {
            web.curl("http://127.0.0.1:PORT/gone").sound();
            assertThat(lines(1).getFirst())
                    .matches(
                            ".* web web/one \\d+/\\d+/-1/-1/\\d+ 503 \\d+ - - SC-- 1/1/\\d/\\d/3"
                                    + " 0/0 .*");
        }
        try (var broken =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.1 200 OK|Content-Length: 9||abc");
                                });
                var web =
                        new WebUnderTest(
                                directory, "backend: web\naccess-log: web.log\n", broken.port())) {
            assertThat(web.curl("http://127.0.0.1:PORT/half").exit()).isNotZero();
            assertThat(lines(2).get(1)).contains(" 200 ", " SD-- ", "\"GET /half HTTP/1.1\"");
        }
    }

    @Test
    void anObjectOnEachLineAndANewFileWhenTheOldOneIsMoved() throws Exception {
        try (var nginx = new Nginx(directory.resolve("nginx"), SERVER);
                var web =
                        new WebUnderTest(
                                directory,
                                """
                                backend: web
                                request-id: X-Request-Id
                                access-log: { file: web.log, format: json }
                                """,
                                nginx.port())) {
            web.curl("http://127.0.0.1:PORT/x", "-H", "X-Request-Id: q\"\\7").sound();
            assertThat(lines(1).getFirst())
                    .matches(
                            "\\{\"at\":\"[^\"]+Z\",\"client\":\"127.0.0.1\",\"port\":\\d+,\"listener\":\"web\",\"backend\":\"web\",\"server\":\"one\",\"request\":\"GET"
                                + " /x HTTP/1.1\","
                                + "\"id\":\"q\\\\\"\\\\\\\\7\",\"status\":200,\"bytes\":\\d+,\"ending\":\"--\","
                                + "\"retries\":0,\"read_ms\":\\d+,\"queue_ms\":\\d+,\"connect_ms\":\\d+,"
                                + "\"answer_ms\":\\d+,\"total_ms\":\\d+}");
            Files.move(directory.resolve("web.log"), directory.resolve("web.log.1"));
            await().atMost(PATIENCE).until(() -> Files.exists(directory.resolve("web.log")));
            web.curl("http://127.0.0.1:PORT/y").sound();
            assertThat(lines(1)).singleElement().asString().contains("GET /y");
            assertThat(directory.resolve("web.log.1"))
                    .content()
                    .contains("GET /x")
                    .doesNotContain("/y");
        }
    }
}
