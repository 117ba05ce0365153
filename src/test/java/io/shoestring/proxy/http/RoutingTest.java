package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Nginx;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/** What becomes of requests by what they are like: curl in front, nginx behind. */
@Timeout(120)
class RoutingTest {
    private static final String KEYS =
            """
            refusals:
              - { path: /admin/, not-from: [127.0.0.2, 10.0.0.0/8] }
              - { path-matches: "[.]php$", status: 410 }
            redirects:
              - { host: old.example, to: "https://new.example{target}", status: 301 }
              - { path: /moved, to: "/here{path}" }
              - { path: /secure, to: "https://{host}{target}" }
            routes:
              - { methods: [PUT, POST], backend: web }
              - { headers: ["X-Beta: yes", "X-Any"], backend: web }
              - { cookies: [beta=1], backend: web }
              - { query: [debug, "name=a b"], backend: web }
              - { path: /open/, backend: web }
            request-headers:
              set: ["X-Role: user"]
              add: ["X-Tag: b"]
              remove: [X-Secret]
            response-headers:
              set: ["Server: shop", "X-Frame-Options: DENY"]
              remove: [Last-Modified]
            request-id: X-Request-Id
            """;

    @TempDir(factory = InMemory.class)
    static Path directory;

    private static Nginx nginx;

    private final LeakWatch leaks = new LeakWatch();

    @BeforeAll
    static void start() throws Exception {
        nginx =
                new Nginx(
                        directory.resolve("nginx"),
                        """
                        listen 127.0.0.1:PORT;
                        location / {
                          add_header Last-Modified now;
                          return 200 "[$http_x_role][$http_x_tag][$http_x_secret][$http_x_request_id]\\n";
                        }
                        """);
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

    private static String status(WebUnderTest web, String path, String... options) {
        var all = new java.util.ArrayList<>(List.of("-o", "/dev/null"));
        all.addAll(List.of("-w", "%{http_code} %{redirect_url}"));
        all.addAll(List.of(options));
        return web.curl("http://127.0.0.1:PORT" + path, all.toArray(String[]::new)).sound().strip();
    }

    @Test
    void requestsAreLedByWhatTheyAreLike() throws Exception {
        try (var web = new WebUnderTest(directory, KEYS, nginx.port())) {
            assertThat(status(web, "/")).isEqualTo("404");
            assertThat(status(web, "/", "-X", "PUT")).isEqualTo("200");
            assertThat(status(web, "/", "-X", "put")).isEqualTo("404");
            assertThat(status(web, "/", "-H", "x-beta: yes", "-H", "X-ANY;")).isEqualTo("200");
            assertThat(status(web, "/", "-H", "X-Beta: yes")).isEqualTo("404");
            assertThat(status(web, "/", "-H", "X-Beta: no", "-H", "X-Any: 1")).isEqualTo("404");
            assertThat(status(web, "/", "-b", "a=b; beta=1")).isEqualTo("200");
            assertThat(status(web, "/", "-b", "xbeta=1; beta=12")).isEqualTo("404");
            assertThat(status(web, "/?debug&name=a%20b")).isEqualTo("200");
            assertThat(status(web, "/?x=1&name=a+b&debug=0")).isEqualTo("200");
            assertThat(status(web, "/?debug&name=ab")).isEqualTo("404");
            assertThat(web.counters().unrouted.sum()).isEqualTo(6);
        }
    }

    /** What is encoded in a request stays so in what is made of it. */
    @Test
    void nobodyWritesALineIntoARedirect() throws Exception {
        String keys = "redirects: [{ to: \"https://{host}{target}\" }]";
        try (var web = new WebUnderTest(directory, keys, nginx.port())) {
            String path = "/secure/%0d%0aX-Evil:%201%0D%0A%0D%0Abody";
            for (String target : List.of(path, path + "?a=%0d%0aX-Evil:1")) {
                try (var client = web.client()) {
                    client.send("GET " + target + " HTTP/1.1|Host: shop.example|||");
                    assertThat(client.head().split("\\|"))
                            .contains("Location: https://shop.example" + target)
                            .noneMatch(line -> line.startsWith("X-Evil"));
                }
            }
            for (String bad :
                    List.of(
                            "GET /secure/a\rb HTTP/1.1|Host: h||",
                            "GET /secure/ HTTP/1.1|Host: a\rb||",
                            "GET /secure/ HTTP/1.1|Host: a%0d%0ab c||")) {
                try (var client = web.client()) {
                    assertThat(client.send(bad).head()).startsWith("HTTP/1.1 400");
                }
            }
        }
    }

    @Test
    void requestsAreRefusedAndSentElsewhere() throws Exception {
        try (var web = new WebUnderTest(directory, KEYS, nginx.port())) {
            assertThat(status(web, "/open/x.php")).isEqualTo("410");
            assertThat(status(web, "/open/../admin/", "--path-as-is")).isEqualTo("403");
            assertThat(status(web, "/%61dmin/x")).isEqualTo("403");
            assertThat(status(web, "/admin/", "--interface", "127.0.0.2")).isEqualTo("404");
            assertThat(web.counters().denied.sum()).isEqualTo(3);
            assertThat(status(web, "/a?b=c", "-H", "Host: OLD.example:80"))
                    .isEqualTo("301 https://new.example/a?b=c");
            assertThat(status(web, "/moved"))
                    .isEqualTo("308 http://127.0.0.1:" + web.port() + "/here/moved");
            assertThat(status(web, "/secure", "-X", "POST", "-d", "x"))
                    .isEqualTo("308 https://127.0.0.1/secure");
            // A connection goes on after all of these.
            String all =
                    web.curl(
                                    "http://127.0.0.1:PORT/open/",
                                    "-w",
                                    "%{num_connects}\\n",
                                    "-o",
                                    "/dev/null",
                                    "http://127.0.0.1:" + web.port() + "/moved")
                            .sound();
            assertThat(all).contains("[user][b][][").endsWith("\n0\n");
        }
    }

    @Test
    void headersChangeOnTheWay() throws Exception {
        try (var web = new WebUnderTest(directory, KEYS, nginx.port())) {
            String[] options = {
                "-i",
                "-H",
                "X-Role: admin",
                "-H",
                "x-secret: 1",
                "-H",
                "X-Tag: a",
                "-H",
                "X-Request-Id: mine"
            };
            String seen = web.curl("http://127.0.0.1:PORT/open/", options).sound();
            // nginx shows the first of several fields.
            assertThat(seen).contains("[user][a][][mine]");
            assertThat(seen)
                    .contains("Server: shop\r\n", "X-Frame-Options: DENY\r\n")
                    .doesNotContain("nginx", "Last-Modified");
            String own = web.curl("http://127.0.0.1:PORT/open/").sound();
            assertThat(own).matches("\\[user]\\[b]\\[]\\[[0-9a-f]+]\n");
        }
    }
}
