package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.config.AdminConfig;
import io.shoestring.config.AdminConfig.Role;
import io.shoestring.config.AdminConfig.User;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Who may do what, over real connections: the OWASP top ten, where they apply. */
@Timeout(60)
class AccessTest {
    private static final String PASSWORD = "correct horse: battery";
    private static final String TOKEN = "scraper-token-of-43-characters-0123456789ab";
    private static Map<String, User> users = Map.of();

    private final FakeNode node = new FakeNode(Situations.good());
    private final AtomicLong nowNanos = new AtomicLong();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    @TempDir private Path directory;
    private AdminServer server;

    @BeforeAll
    static void hashOnce() {
        String hash = PasswordHash.make(PASSWORD, new SecureRandom()).text();
        users =
                Map.of(
                        "vera", new User(Role.VIEWER, Optional.of(hash), digest("vera")),
                        "otto", new User(Role.OPERATOR, Optional.of(hash), digest("otto")),
                        "anna", new User(Role.ADMIN, Optional.of(hash), digest("anna")),
                        "scraper", new User(Role.VIEWER, Optional.empty(), digest("")));
    }

    private static User user(String name) {
        return requireNonNull(users.get(name), "there is no such user");
    }

    private static Optional<String> digest(String name) {
        return Optional.of(HexFormat.of().formatHex(Secrets.digest(TOKEN + name)));
    }

    @BeforeEach
    void start() throws IOException {
        Situations.tell(node);
        AdminConfig config =
                new AdminConfig(new Endpoint("127.0.0.1", 0), directory.resolve("admin.token"))
                        .withUsers(users);
        Clock clock = nowNanos::get;
        server = new AdminServer(config, node, node, "0.1.0", clock, Duration.ofSeconds(30));
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    // ---------------------------------------------------------------- A01 broken access control

    @ParameterizedTest
    @EnumSource(Route.class)
    void noRouteIsOpenToStrangers(Route route) {
        for (String method : new String[] {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
            HttpResponse<String> answer = send(request(path(route)).method(method, body()));
            assertThat(answer.statusCode()).as("%s %s", method, route.path()).isEqualTo(401);
            assertThat(answer.body()).doesNotContain("shop", "local");
        }
        assertThat(node.asked).isEmpty();
        assertThat(node.since(0, 100)).hasSize(5);
    }

    @ParameterizedTest
    @EnumSource(Route.class)
    void everyRoleMayDoWhatItsNameSays(Route route) {
        for (Map.Entry<String, User> user : users.entrySet()) {
            if (user.getKey().equals("scraper") || route == Route.STREAM) {
                continue;
            }
            int status =
                    send(request(path(route))
                                    .header("Authorization", "Bearer " + TOKEN + user.getKey())
                                    .header("Content-Type", "application/json")
                                    .method(route.method(), body()))
                            .statusCode();
            boolean may = user.getValue().role().compareTo(route.role()) >= 0;
            if (may) {
                assertThat(status).as("%s, %s", user, route).isNotIn(401, 403);
            } else {
                assertThat(status).as("%s, %s", user, route).isEqualTo(403);
            }
        }
    }

    @Test
    void whatChangesSomethingIsNotForViewers() {
        HttpResponse<String> answer =
                send(as("vera", request("/api/v1/databases/shop/pause")).POST(body()));
        assertThat(answer.body()).contains("vera has the role viewer; this needs operator.");
        assertThat(node.asked).isEmpty();
        assertThat(Route.CONFIGURATION.role()).isEqualTo(Role.ADMIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/status/../status",
                "//api/v1/status",
                "/API/v1/status",
                "/api/v1/%73tatus",
                "/assets/../api/v1/status",
                "/assets/%2e%2e/page.html",
                "/assets/..%2fpage.html",
                "/api",
                "/api/",
                "/api/v1/databases/shop%2fpause"
            })
    void noDetourLeadsPastTheGate(String path) {
        HttpResponse<String> answer =
                send(HttpRequest.newBuilder(URI.create("http://" + server.address() + path)));
        assertThat(answer.statusCode()).isIn(400, 401, 404);
        assertThat(answer.body()).doesNotContain("\"cluster\"", "<title>shop");
    }

    // ---------------------------------------------------------------- A02 cryptographic failures

    @Test
    void ofAPasswordOnlyItsSlowHashIsKept() {
        String hash = user("anna").password().orElseThrow();
        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(PasswordHash.make(PASSWORD, new SecureRandom()).text()).isNotEqualTo(hash);
        assertThat(user("anna").toString()).doesNotContain("argon2", PASSWORD);
    }

    /** Made by the reference implementation: {@code argon2 somesalt -id -t 2 -k 65536 -p 1}. */
    @Test
    void hashesOfOtherProgramsAreUnderstood() {
        PasswordHash foreign =
                new PasswordHash(
                        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                                + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
        assertThat(foreign.isOf("password")).isTrue();
        assertThat(foreign.isOf("Password")).isFalse();
    }

    // ---------------------------------------------------------------- A03 injection

    @Test
    void aNameFromTheLogInFormIsNeitherShownNorNoted() {
        HttpResponse<String> answer = logIn("<script>alert(1)</script>%0d%0aSet-Cookie: a=b", "x");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).doesNotContain("alert(1)");
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(node.since(0, 100)).hasSize(5);
    }

    /** What an operator wants is named: the names are of what there is, and nothing is run. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"to\": \"b; rm -rf /\"}",
                "{\"to\": \"$(reboot)\"}",
                "{\"to\": \"b'--\"}",
                "{\"to\": \"\"}",
                "{\"to\": \"../../etc/passwd\"}"
            })
    void whatIsNoNameReachesNobody(String body) {
        for (String what : new String[] {"switchover", "failover"}) {
            HttpResponse<String> answer = json("otto", "/api/v1/databases/shop/" + what, body);
            assertThat(answer.statusCode()).as(what).isIn(400, 409);
            assertThat(answer.body()).as(what).doesNotContain("Exception", "io.shoestring");
        }
        assertThat(node.asked).isEmpty();
    }

    // ---------------------------------------------------------------- A05 misconfiguration

    /** Whatever is answered, also with an error: no frame, no foreign script, no guessed type. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/login",
                "/health",
                "/assets/page.js",
                "/assets/nothing",
                "/nothing",
                "/api/v1/status",
                "/api/v1/nothing",
                "/api/v1/why?database=none",
                "/api/openapi.json",
                "/metrics",
                "/haproxy;csv"
            })
    void everyAnswerTellsTheBrowserToBeCareful(String path) {
        for (String token : new String[] {"wrong", TOKEN + "vera"}) {
            HttpResponse<String> answer = get(path, token);
            assertThat(answer.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .startsWith("default-src 'self'; object-src 'none'; base-uri 'none'")
                    .contains("frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
            assertThat(answer.headers().firstValue("X-Frame-Options")).hasValue("DENY");
            assertThat(answer.headers().firstValue("Server")).isEmpty();
            assertThat(answer.body()).doesNotContain("Exception", "io.shoestring", "java.");
        }
    }

    // ---------------------------------------------------------------- A06 outdated components

    /** So there is none that could become outdated, and none that somebody else could change. */
    @Test
    void thePageLoadsNothingOfOthers() {
        String shell = get("/login", "").body();
        assertThat(shell).contains("/assets/page.css");
        for (String file :
                new String[] {"page.js", "tables.js", "graphs.js", "commands.js", "page.css"}) {
            assertThat(get("/assets/" + file, "").body().replace("http://www.w3.org/2000/svg", ""))
                    .as(file)
                    .isNotEmpty()
                    .doesNotContain("http:", "https:", "//cdn", "innerHTML", "eval(");
        }
    }

    // ---------------------------------------------------------------- A07 authentication failures

    /** Who had put its id into somebody's browser would be in with him. */
    @Test
    void anIdThatSomebodyElseChoseIsNoSession() {
        String name = cookieOf(logIn("anna", PASSWORD)).replaceAll("=.*", "");
        String chosen = name + "=chosen-by-somebody-else-0123456789abcdef";
        assertThat(statusWith(chosen)).isEqualTo(401);
        HttpResponse<String> answer = send(logInRequest("anna", PASSWORD).header("Cookie", chosen));
        assertThat(cookieOf(answer)).isNotEqualTo(chosen);
        assertThat(statusWith(chosen)).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({"vera, viewer", "otto, operator", "anna, admin"})
    void aPersonLogsInByNameAndPasswordAndItIsTold(String name, String role) {
        String cookie = cookieOf(logIn(name, PASSWORD));
        HttpResponse<String> page = send(request("/").header("Cookie", cookie));
        assertThat(page.body()).contains("data-role=\"" + role + "\"", ">" + name + "<");
        assertThat(lastEvent()).isEqualTo(name + " logged in from 127.0.0.1, as " + role + ".");
    }

    @ParameterizedTest
    @CsvSource({"anna, wrong", "nobody, correct horse: battery", "scraper, ''", "anna, ''"})
    void whetherTheNameOrThePasswordIsWrongIsNotTold(String name, String password) {
        HttpResponse<String> answer = logIn(name, password);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("The name and the password do not match.");
    }

    @Test
    void passwordsCannotBeGuessedForLong() {
        for (int i = 0; i < Attempts.MOST_OF_AN_ADDRESS; i++) {
            assertThat(logIn("anna", "guess" + i).statusCode()).isEqualTo(401);
        }
        HttpResponse<String> right = logIn("anna", PASSWORD);
        assertThat(right.statusCode()).isEqualTo(429);
        assertThat(right.headers().firstValue("Retry-After")).hasValue("60");
        assertThat(get("/api/v1/status", TOKEN).statusCode()).isEqualTo(200);
        assertThat(lastEvent())
                .isEqualTo(
                        "Too many wrong passwords for anna, the last from 127.0.0.1: none is looked"
                                + " at for a minute.");
        nowNanos.addAndGet(Attempts.WINDOW.toNanos());
        assertThat(logIn("anna", PASSWORD).statusCode()).isEqualTo(303);
    }

    /** Guesses that come at once must not all be looked at before the first one is counted. */
    @Test
    void passwordsCannotBeGuessedAllAtOnce() {
        long looked =
                IntStream.range(0, 3 * Attempts.MOST_OF_AN_ADDRESS)
                        .mapToObj(
                                i ->
                                        http.sendAsync(
                                                logInRequest("anna", "guess" + i).build(),
                                                BodyHandlers.ofString()))
                        .toList()
                        .stream()
                        .filter(answer -> answer.join().statusCode() == 401)
                        .count();
        assertThat(looked).isEqualTo(Attempts.MOST_OF_AN_ADDRESS);
    }

    @Test
    void aLogInGetsASessionOfItsOwn() {
        String first = cookieOf(logIn("anna", PASSWORD));
        HttpResponse<String> again = send(logInRequest("anna", PASSWORD).header("Cookie", first));
        assertThat(cookieOf(again)).isNotEqualTo(first);
        assertThat(statusWith(first)).isEqualTo(401);
        assertThat(statusWith(cookieOf(again))).isEqualTo(200);
        nowNanos.addAndGet(Sessions.LIFETIME.toNanos());
        assertThat(statusWith(cookieOf(again))).isEqualTo(401);
    }

    @Test
    void whoIsNoLongerAUserIsOutAtOnce() {
        String cookie = cookieOf(logIn("anna", PASSWORD));
        String other = cookieOf(logIn("otto", PASSWORD));
        Map<String, User> less =
                Map.of(
                        "otto",
                        user("otto"),
                        "anna",
                        new User(Role.VIEWER, user("anna").password(), Optional.empty()));
        server.become(less);
        assertThat(statusWith(cookie)).isEqualTo(401);
        assertThat(statusWith(other)).isEqualTo(200);
        assertThat(get("/api/v1/status", TOKEN).statusCode()).isEqualTo(401);
    }

    @Test
    void whoLoggedOutHearsNoMoreEvents() throws IOException, InterruptedException {
        String cookie = cookieOf(logIn("vera", PASSWORD));
        var stream =
                http.send(
                        request("/api/v1/stream").header("Cookie", cookie).build(),
                        BodyHandlers.ofLines());
        assertThat(stream.statusCode()).isEqualTo(200);
        send(request("/logout").header("Cookie", cookie).POST(body()));
        nowNanos.addAndGet(Duration.ofSeconds(6).toNanos());
        try (var lines = stream.body()) {
            assertThat(lines).noneMatch("event: alive"::equals);
        } catch (java.io.UncheckedIOException e) {
            assertThat(e).hasMessageContaining("closed");
        }
    }

    // ---------------------------------------------------------------- A08, CSRF

    @ParameterizedTest
    @CsvSource({
        "Origin, http://evil.example, 403",
        "Sec-Fetch-Site, cross-site, 403",
        "Sec-Fetch-Site, same-site, 403",
        "X-Nothing, 1, 403",
        "X-Shoestring, 1, 200"
    })
    void noOtherSiteActsForWhoIsLoggedIn(String header, String value, int status) {
        String cookie = cookieOf(logIn("otto", PASSWORD));
        var answer =
                send(
                        request("/api/v1/databases/shop/pause")
                                .header("Cookie", cookie)
                                .header(header, value)
                                .POST(body()));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(node.asked).hasSize(status == 200 ? 1 : 0);
    }

    // ---------------------------------------------------------------- A09 logging

    @Test
    void theEventsSayWhoDidItWhateverHeSays() {
        send(as("otto", request("/api/v1/databases/shop/pause?who=anna&reason=work")).POST(body()));
        assertThat(lastEvent()).isEqualTo("otto at 127.0.0.1 asked for 'pause' of shop (work).");
    }

    // ---------------------------------------------------------------- A10 forged requests of ours

    /**
     * Where a node connects to stands in the configuration, which is for admins; what others send
     * only names what there is. Whoever adds a component here thinks of that first.
     */
    @ParameterizedTest
    @EnumSource(Route.class)
    void onlyAdminsSayWhereANodeConnectsTo(Route route) {
        if (route.role() != Role.ADMIN && route.body().isRecord()) {
            assertThat(route.body().getRecordComponents())
                    .extracting(RecordComponent::getName)
                    .isSubsetOf(
                            "to",
                            "kind",
                            "at",
                            "weight",
                            "acceptedLoss",
                            "check",
                            "members",
                            "pending");
        }
    }

    // ----------------------------------------------------------------

    private HttpResponse<String> json(String user, String path, String body) {
        return send(
                request(path)
                        .header("Authorization", "Bearer " + TOKEN + user)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
    }

    private static String path(Route route) {
        return route.path()
                .replaceAll("\\{database}", "shop")
                .replaceAll("\\{format}", "csv")
                .replaceAll("\\{[a-z]+}", "a");
    }

    private String lastEvent() {
        return node.since(0, 100).stream().map(Event::text).toList().getLast();
    }

    private int statusWith(String cookie) {
        return send(request("/api/v1/status").header("Cookie", cookie)).statusCode();
    }

    private static String cookieOf(HttpResponse<String> answer) {
        String set = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(set).contains("; HttpOnly; SameSite=Strict");
        return set.substring(0, set.indexOf(';'));
    }

    private HttpResponse<String> logIn(String name, String password) {
        return send(logInRequest(name, password));
    }

    private HttpRequest.Builder logInRequest(String name, String password) {
        String form =
                "user=%s&token=%s".formatted(name, password.replace(" ", "+").replace(":", "%3A"));
        return request("/login")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form));
    }

    private static HttpRequest.BodyPublisher body() {
        return BodyPublishers.ofString("");
    }

    private static HttpRequest.Builder as(String name, HttpRequest.Builder request) {
        byte[] both = (name + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8);
        return request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(both));
    }

    private HttpResponse<String> get(String path, String token) {
        return send(request(path).header("Authorization", "Bearer " + token));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + server.address() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
