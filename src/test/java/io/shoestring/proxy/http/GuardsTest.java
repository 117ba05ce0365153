package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.proxy.source.RateTable;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Who gets past the listener, how often, and to which path; what is shown to who does not. */
@Timeout(120)
class GuardsTest {
    /** Of "secret", by htpasswd -B -C 4. */
    private static final String BCRYPT =
            "$2y$04$QT80Qv5LqytowwHgwdkRPONi0RQYFhjlxQRSq..Gd/PzCVkN3SK92";

    @TempDir(factory = InMemory.class)
    private Path directory;

    private ScriptedServer server;
    private final LeakWatch leaks = new LeakWatch();

    @BeforeEach
    void start() throws Exception {
        server = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 2||ok");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private WebUnderTest web(String keys) throws Exception {
        return new WebUnderTest(directory, keys + "\nbackend: web", server.port());
    }

    private static String status(WebUnderTest web, String path, String... options) {
        var all = new java.util.ArrayList<>(List.of("-o", "/dev/null", "-w", "%{http_code}"));
        all.addAll(List.of(options));
        return web.curl("http://127.0.0.1:PORT" + path, all.toArray(String[]::new)).sound();
    }

    // ------------------------------------------------------------------ limits

    @Test
    void whoAsksTooOftenIsToldWhenToComeAgain() throws Exception {
        String limits =
                """
                limits:
                  - { requests: 3, per: 10m }
                  - { requests: 1, per: 60m, by: header X-Key, path: /api/ }
                http2: always\
                """;
        try (var web = web(limits)) {
            assertThat(status(web, "/api/", "-H", "X-Key: a")).isEqualTo("200");
            String refused = web.curl("http://127.0.0.1:PORT/api/", "-iH", "X-Key: a").sound();
            assertThat(refused)
                    .startsWith("HTTP/1.1 429 Too Many Requests\r\n")
                    .contains("\r\nRetry-After: 3600\r\n");
            assertThat(status(web, "/api/", "-H", "X-Key: b")).isEqualTo("200");
            // By now this address has used all of the first limit; another one has not.
            assertThat(status(web, "/", "--http2-prior-knowledge")).isEqualTo("429");
            assertThat(status(web, "/", "--interface", "127.0.0.2")).isEqualTo("200");
            assertThat(web.counters().denied.sum()).isEqualTo(2);
        }
    }

    @Test
    void usesComeBackEvenlyAndKeysAreBounded() {
        long second = TimeUnit.SECONDS.toNanos(1);
        var table = new RateTable(10, second);
        for (int i = 0; i < 10; i++) {
            assertThat(table.use(1, 0)).isZero();
        }
        assertThat(table.use(1, 0)).isEqualTo(second / 10);
        assertThat(table.use(2, 0)).isZero();
        assertThat(table.use(1, second / 10)).isZero();
        assertThat(table.use(1, second / 10)).isPositive();
        for (int key = 0; key < RateTable.KEYS_MAX; key++) {
            table.use(key, second);
        }
        // Full of keys in use: a further one is let through, however often it comes.
        for (int i = 0; i < 100; i++) {
            assertThat(table.use(-1, second)).isZero();
        }
        // When they are past, there is room again.
        long later = 10 * second;
        for (int i = 0; i < 10; i++) {
            assertThat(table.use(-1, later)).isZero();
        }
        assertThat(table.use(-1, later)).isPositive();
    }

    // ------------------------------------------------------------------ logins

    private void users(String... lines) throws IOException {
        Files.write(directory.resolve("users"), List.of(lines));
    }

    private String sha512(String password) {
        return Program.run(directory, List.of("openssl", "passwd", "-6", password)).sound().strip();
    }

    @Test
    void whoIsNotKnownGetsNowhere() throws Exception {
        users("# people", "anna:" + BCRYPT, "", "bert:" + sha512("sésame:1"));
        String keys =
                """
                logins:
                  - { path: /admin/, users-file: users, realm: The office }
                http2: always\
                """;
        try (var web = web(keys)) {
            assertThat(status(web, "/")).isEqualTo("200");
            assertThat(web.curl("http://127.0.0.1:PORT/admin/", "-i").sound())
                    .startsWith("HTTP/1.1 401 Unauthorized\r\n")
                    .contains(
                            "\r\n"
                                    + "WWW-Authenticate: Basic realm=\"The office\","
                                    + " charset=\"UTF-8\"\r\n");
            server.nextHead();
            for (String version : List.of("--http1.1", "--http2-prior-knowledge")) {
                assertThat(status(web, "/admin/", version, "-u", "anna:secret")).isEqualTo("200");
                assertThat(status(web, "/admin/", version, "-u", "bert:sésame:1")).isEqualTo("200");
                for (String wrong : List.of("anna:Secret", "anna:", "eve:secret", "bert:secret")) {
                    assertThat(status(web, "/admin/", version, "-u", wrong)).isEqualTo("401");
                }
            }
            assertThat(status(web, "/admin/", "-H", "Authorization: Basic %%%")).isEqualTo("401");
            // However the server may read it.
            for (String path : List.of("/%61dmin/", "//admin/", "/admin/%2e%2e/x", "/admin/../")) {
                assertThat(status(web, path, "--path-as-is")).as(path).isEqualTo("401");
            }
            // A body that comes meanwhile waits.
            assertThat(status(web, "/admin/", "-u", "anna:secret", "-d", "x".repeat(100_000)))
                    .isEqualTo("200");
            for (int i = 0; i < 5; i++) {
                server.nextHead();
            }
            assertThat(server.hasHeard()).isFalse();
        }
    }

    @Test
    void usersComeAndGoWithoutARestart() throws Exception {
        users("anna:" + BCRYPT);
        try (var web = web("logins: [{ users-file: users }]")) {
            assertThat(status(web, "/", "-u", "anna:secret")).isEqualTo("200");
            users("bert:" + BCRYPT, "# anna has left");
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> status(web, "/", "-u", "bert:secret").equals("200"));
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> status(web, "/", "-u", "anna:secret").equals("401"));
            users("bert:plain");
            assertThat(status(web, "/", "-u", "bert:secret")).isEqualTo("200");
        }
    }

    @ParameterizedTest
    @CsvSource({"anna:secret, 2", "anna, 2", ":x, 2", "anna:$1$aa$bbbbbbbbbbbbbbbbbbbbbb, 2"})
    void aPasswordThatIsNotHashedIsNotAccepted(String line, int at) throws Exception {
        users("bert:" + BCRYPT, line);
        assertThatThrownBy(() -> web("logins: [{ users-file: users }]").close())
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        directory.resolve("users") + ":" + at + ": expected a name");
        Files.delete(directory.resolve("users"));
        assertThatThrownBy(() -> web("logins: [{ users-file: users }]").close())
                .hasMessageEndingWith("users does not exist");
    }

    // ------------------------------------------------------------------ pages

    @Test
    void errorsAreShownAsTheFileSays() throws Exception {
        Files.writeString(directory.resolve("404.html"), "<p>Nichts da für {id}</p>");
        String keys =
                """
                refusals: [{ path: /gone, status: 404 }, { path: /no }, { path: /in/ }]
                error-pages: [{ status: 404, file: 404.html }]
                http2: always\
                """;
        try (var web = web(keys)) {
            for (String version : List.of("--http1.1", "--http2-prior-knowledge")) {
                String seen = web.curl("http://127.0.0.1:PORT/gone", "-i", version).sound();
                assertThat(seen).containsIgnoringCase("\r\ncontent-type: text/html; charset=utf-8");
                assertThat(seen).containsPattern("<p>Nichts da f.{1,2}r [0-9a-f]+</p>$");
                assertThat(web.curl("http://127.0.0.1:PORT/no", version).sound())
                        .startsWith("403 Forbidden: ");
                String around = "http://127.0.0.1:PORT/in/%2e%2e/x";
                assertThat(web.curl(around, "--path-as-is", version).sound())
                        .startsWith("403 Forbidden: ");
            }
        }
        assertThatThrownBy(() -> web("error-pages: [{ status: 500, file: none }]").close())
                .hasMessageEndingWith("none does not exist");
        Files.write(directory.resolve("large"), new byte[ErrorPages.BYTES_MAX + 1]);
        assertThatThrownBy(() -> web("error-pages: [{ status: 500, file: large }]").close())
                .hasMessageEndingWith("is larger than 65536 bytes");
    }

    // ------------------------------------------------------------------ hashes

    @ParameterizedTest
    @CsvSource({
        "path, /%d?x=1, /%d?x=2, '', ''",
        "header X-Tenant, /a, /b, X-Tenant: %d, X-Tenant: %d",
        "query user, /?user=%d&a, /?b&user=%d, '', ''",
        "cookie user, /a, /b, Cookie: user=%d; x=1, Cookie: y=2; user=%d",
    })
    void whatBelongsTogetherGoesToTheSameServer(
            String by, String path, String otherPath, String field, String otherField)
            throws Exception {
        try (var other = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 2||no");
                var web =
                        new WebUnderTest(
                                directory,
                                "backend: web",
                                "web: { balance: hash, hash-by: %s, servers: { a: \"127.0.0.1:%d\", b: \"127.0.0.1:%d\" } }"
                                        .formatted(by, server.port(), other.port()));
                var client = web.client()) {
            var seen = new java.util.HashSet<String>();
            for (int i = 0; i < 20; i++) {
                String first = body(client, path.formatted(i), field.formatted(i));
                assertThat(body(client, otherPath.formatted(i), otherField.formatted(i)))
                        .isEqualTo(first);
                seen.add(first);
            }
            assertThat(seen).containsExactlyInAnyOrder("ok", "no");
        }
    }

    private static String body(RawClient client, String path, String field) throws IOException {
        String fields = "Host: a|" + (field.isEmpty() ? "" : field + "|");
        String answer = client.send("GET " + path + " HTTP/1.1|" + fields + "|").answer();
        return answer.substring(answer.length() - 2);
    }

    // ------------------------------------------------------------------ paths

    @ParameterizedTest
    @CsvSource({
        "/api/users?a=1, /v2/users?a=1",
        "/api/, /v2/",
        "/api/a%2fb%20c, /v2/a%2fb%20c",
        "/%61pi/a%2fb%20c%3f, /v2/a/b%20c%3F",
        "/old, /new",
        "/old/7/x, /items/7.x",
        "/o%6Cd/7/x?y, /items/7.x?y",
        "/strip/a, /a",
        "/same/a, /same/a",
    })
    void theServerIsAskedForAnotherPath(String asked, String expected) throws Exception {
        String keys =
                """
                routes:
                  - { path: /api/, rewrite: /v2/, backend: web }
                  - { path: /old, rewrite: /new, backend: web }
                  - { path: /strip/, rewrite: /, backend: web }
                  - { path-matches: "^/old/([0-9]+)/(.*)$", rewrite: /items/$1.$2, backend: web }\
                """;
        try (var web = web(keys);
                var client = web.client()) {
            client.send("GET " + asked + " HTTP/1.1|Host: a||").answer();
            assertThat(server.nextHead()).startsWith("GET " + expected + " HTTP/1.1|Host: a|");
        }
    }

    @Test
    void aRewrittenPathKeepsWhatElseTheRequestSays() throws Exception {
        String keys = "routes: [{ path: /api/, rewrite: /v2/, backend: web }]";
        try (var web = web(keys);
                var client = web.client()) {
            client.send("GET http://a/api/x?y HTTP/1.0|Host: a||").head();
            assertThat(server.nextHead()).startsWith("GET /v2/x?y HTTP/1.1|");
        }
    }
}
