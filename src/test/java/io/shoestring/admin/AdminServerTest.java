package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.admin.api.EventList;
import io.shoestring.admin.api.Explanation;
import io.shoestring.admin.api.Json;
import io.shoestring.config.AdminConfig;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;
import io.shoestring.node.Operations.Reply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** The API and its gate, over real connections. */
@Timeout(30)
class AdminServerTest {
    private final FakeNode node = new FakeNode(Situations.good());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    @TempDir private Path directory;
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        Situations.tell(node);
        server = new AdminServer(config(0), node, node, "0.1.0");
        server.start();
    }

    private AdminConfig config(int port) {
        return new AdminConfig(
                new Endpoint("127.0.0.1", port), directory.resolve("made/admin.token"));
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    @Test
    void makesATokenThatOnlyItsOwnerMayRead() throws IOException {
        Path file = directory.resolve("made/admin.token");
        assertThat(Files.readAllLines(file)).containsExactly(server.token());
        assertThat(server.token()).hasSize(43);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void usesTheFirstLineOfATokenFileThatIsThere() throws IOException {
        Path file = directory.resolve("own.token");
        Files.writeString(file, "correct-horse-battery\nnot this line\n");
        AdminConfig config = new AdminConfig(new Endpoint("127.0.0.1", 0), file);
        try (AdminServer other = new AdminServer(config, node, node, "0.1.0")) {
            assertThat(other.token()).isEqualTo("correct-horse-battery");
        }
    }

    @Test
    void refusesATokenThatCouldBeGuessed() throws IOException {
        Path file = directory.resolve("short.token");
        Files.writeString(file, "hunter2\n");
        AdminConfig config = new AdminConfig(new Endpoint("127.0.0.1", 0), file);
        assertThatThrownBy(() -> new AdminServer(config, node, node, "0.1.0"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("fewer than 16 characters")
                .hasMessageContaining(file.toString());
    }

    @Test
    void saysWhichAddressCannotBeBound() throws IOException {
        AdminConfig taken = config(server.address().port());
        try (AdminServer second = new AdminServer(taken, node, node, "0.1.0")) {
            assertThatThrownBy(second::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("The admin address " + taken.bind() + " cannot be used")
                    .hasMessageContaining("Set another admin.bind");
        }
    }

    @Test
    void tellsTheStatusAsItIs() {
        HttpResponse<String> answer = get("/api/v1/status");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(Json.read(answer.body(), ClusterStatus.class)).isEqualTo(Situations.good());
        assertThat(answer.body())
                .startsWith("{\"cluster\":\"shop\",\"node\":\"local\",\"version\":\"0.1.0\"")
                .contains("\"lagBytes\":null", "\"lagBytes\":1248", "\"busy\":null");
    }

    @Test
    void tellsEventsFromWhereTheReaderIs() {
        EventList all = Json.read(get("/api/v1/events").body(), EventList.class);
        assertThat(all.events()).isEqualTo(node.since(0, 100));
        assertThat(all.last()).isEqualTo(5);
        EventList newer = Json.read(get("/api/v1/events?after=3").body(), EventList.class);
        assertThat(newer.events()).extracting(Event::sequence).containsExactly(4L, 5L);
        EventList last = Json.read(get("/api/v1/events?limit=1").body(), EventList.class);
        assertThat(last.events()).extracting(Event::sequence).containsExactly(5L);
        EventList none = Json.read(get("/api/v1/events?after=9").body(), EventList.class);
        assertThat(none).isEqualTo(new EventList(List.of(), 9));
        assertThat(get("/api/v1/events?limit=1").body())
                .contains("\"at\":\"2026-08-01T10:00:04Z\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"after=-1", "after=x", "limit=1001", "limit=", "after=99999999999999999999"})
    void saysWhatIsWrongWithACount(String query) {
        HttpResponse<String> answer = get("/api/v1/events?" + query);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("is not a number from 0 to");
    }

    @Test
    void explainsADatabase() {
        Explanation why = Json.read(get("/api/v1/why?database=shop").body(), Explanation.class);
        assertThat(why.summary()).isEqualTo("a is primary, b follows and is synchronous.");
        assertThat(why.readiness()).startsWith("If a dies now");
        assertThat(why.events()).extracting(Event::sequence).containsExactly(2L, 3L, 4L, 5L);
        assertThat(get("/api/v1/why").statusCode()).isEqualTo(400);
        assertThat(get("/api/v1/why?database=shoop").statusCode()).isEqualTo(404);
        assertThat(get("/api/v1/why?database=shoop").body())
                .contains("There is no database 'shoop'. There is: shop.");
    }

    @Test
    void handsCommandsOn() {
        HttpResponse<String> answer = post("/api/v1/databases/shop/switchover", "{\"to\": \"b\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Json.read(answer.body(), CommandReply.class))
                .isEqualTo(new CommandReply(true, "It is written down.", "op-1"));
        post("/api/v1/databases/shop/switchover", "");
        post("/api/v1/databases/shop/switchover", "{}");
        post("/api/v1/databases/shop/pause", "");
        post("/api/v1/databases/shop/resume", "");
        assertThat(node.asked)
                .containsExactly(
                        "switchover shop b",
                        "switchover shop best",
                        "switchover shop best",
                        "pause shop",
                        "resume shop");
    }

    @Test
    void notesWhoAskedAndWhyAndTheRefusal() {
        node.answer(new Reply(false, "A switchover is on its way already.", ""));
        post("/api/v1/databases/shop/switchover?who=ann&reason=n%C3%A4chster%20Kern", "");
        assertThat(node.since(0, 100).reversed())
                .extracting(Event::text)
                .startsWith(
                        "It was refused: A switchover is on its way already.",
                        "ann at 127.0.0.1 asked for 'switchover' of shop (nächster Kern).");
        assertThat(node.since(0, 100).getLast().database()).hasValue("shop");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "who=a%0Ab",
                "reason=%1B%5B2J",
                "who=12345678901234567890123456789012345678901234567890123456789012345"
            })
    void doesNothingForANameThatCouldNotBeShown(String query) {
        assertThat(post("/api/v1/databases/shop/pause?" + query, "").statusCode()).isEqualTo(400);
        assertThat(node.asked).isEmpty();
    }

    @Test
    void tellsWhyACommandIsRefused() {
        node.answer(new Reply(false, "A switchover is on its way already.", ""));
        HttpResponse<String> answer = post("/api/v1/databases/shop/switchover", "");
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("A switchover is on its way already.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "null", "\"b\"", "{\"too\":\"b\"}", "{\"to\":{}}", "{} {}"})
    void doesNothingOnABodyThatIsNotUnderstood(String body) {
        HttpResponse<String> answer = post("/api/v1/databases/shop/switchover", body);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("{\\\"to\\\": \\\"MEMBER\\\"}");
        assertThat(node.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/databases/shop/switchover, 405",
        "POST, /api/v1/status, 405",
        "DELETE, /api/v1/databases/shop/pause, 405",
        "POST, /api/v1/databases/other/pause, 404",
        "GET, /api/v1/databases/shop/members/b/offline, 405",
        "POST, /api/v1/databases/shop/members/b/away, 404",
        "POST, /api/v1/databases/other/members/b/offline, 404",
        "GET, /api/v1/addresses/reader/move, 405",
        "POST, /api/v1/addresses/reader/move, 400",
        "POST, /api/v1/addresses/reader/away, 404",
        "POST, /api/v1/databases/shop/destroy, 404",
        "POST, /api/v1/databases/shop%2Fpause/pause, 404",
        "GET, /api/v1/nothing, 404",
        "GET, /api/v2/status, 404",
        "GET, /api, 404",
        "GET, /assets/../admin.token, 404",
        "GET, /assets/page.html, 404",
        "PUT, /, 405",
        "POST, /health, 405",
    })
    void answersWhatIsNotThereWithASentence(String method, String path, int status) {
        HttpResponse<String> answer =
                send(
                        request(path)
                                .header("Authorization", "Bearer " + server.token())
                                .method(method, BodyPublishers.noBody()));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).matches("\\{\"error\":\".+\\.\"}\n");
        assertThat(answer.headers().firstValue("Allow").isPresent()).isEqualTo(status == 405);
        assertThat(node.asked).isEmpty();
    }

    @Test
    void keepsItsTroublesToItself() {
        node.fail(new IllegalStateException("secret detail"));
        HttpResponse<String> answer = get("/api/v1/status");
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"The node failed to answer; its log says why.\"}\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/status",
                "/api/v1/events",
                "/api/v1/why?database=shop",
                "/api/v1/stream",
                "/api/v1/nothing"
            })
    void tellsNothingWithoutToken(String path) {
        HttpResponse<String> answer = send(request(path));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).startsWith("{\"error\":\"Send the token").doesNotContain("shop");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer wrong", "Bearer ", "Basic abc", "bearer", "Bearer\tx"})
    void refusesWhatIsNotTheToken(String authorization) {
        HttpResponse<String> answer =
                send(request("/api/v1/status").header("Authorization", authorization));
        assertThat(answer.statusCode()).isEqualTo(401);
    }

    @Test
    void slowsDownGuessesButNeverTheRightToken() {
        boolean slowed = false;
        for (int i = 0; i < 40 && !slowed; i++) {
            slowed = get("/api/v1/status", "guess" + i).statusCode() == 429;
        }
        assertThat(slowed).isTrue();
        assertThat(get("/api/v1/status", "guess").headers().firstValue("Retry-After"))
                .hasValue("1");
        assertThat(get("/api/v1/status").statusCode()).isEqualTo(200);
    }

    @Test
    void isHealthyForWhoeverAsksAndSaysNothingElse() {
        HttpResponse<String> answer = send(request("/health"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"ok\":true}\n");
    }

    @Test
    void answersHeadLikeGetWithoutABody() {
        HttpResponse<String> answer =
                send(request("/health").method("HEAD", BodyPublishers.noBody()));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Length")).hasValue("12");
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/login", "/health", "/api/v1/status", "/assets/page.css", "/nothing"})
    void tellsBrowsersToBeCareful(String path) {
        var headers = send(request(path)).headers();
        assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'self'", "frame-ancestors 'none'");
        assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(headers.firstValue("Server")).isEmpty();
    }

    @Test
    void keepsFilesThatHaveNotChangedInTheBrowser() {
        String tag = send(request("/assets/page.css")).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> again = send(request("/assets/page.css").header("If-None-Match", tag));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    /** Of all that a browser loads: on a phone in a train it is there at once. */
    @Test
    void thePageIsSmall() throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (var files = Files.list(Path.of("src/main/resources/io/shoestring/admin"));
                var gzip = new GZIPOutputStream(compressed)) {
            for (Path file : files.toList()) {
                gzip.write(Files.readAllBytes(file));
            }
        }
        assertThat(compressed.size()).isBetween(10_000, 150_000);
    }

    @Test
    void showsThePageOnlyAfterTheToken() {
        HttpResponse<String> stranger = send(request("/"));
        assertThat(stranger.statusCode()).isEqualTo(303);
        assertThat(stranger.headers().firstValue("Location")).hasValue("/login");
        String cookie = logIn();
        assertThat(cookie).doesNotContain(server.token());
        HttpResponse<String> page = send(request("/").header("Cookie", cookie));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("<title>shop – Shoestring</title>", "Shoestring 0.1.0");
        assertThat(send(request("/api/v1/status").header("Cookie", cookie)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void setsACookieThatScriptsAndOtherSitesCannotUse() {
        HttpResponse<String> answer = postForm("token=" + server.token());
        assertThat(answer.headers().firstValue("Set-Cookie").orElse(""))
                .matches(
                        "shoestring-"
                                + server.address().port()
                                + "=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict");
    }

    @Test
    void saysWhyItDoesNotLogIn() {
        HttpResponse<String> answer = postForm("token=%3Cb%3E");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("This is not the token");
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(postForm("").statusCode()).isEqualTo(401);
    }

    @Test
    void forgetsASessionThatLoggedOut() {
        String cookie = logIn();
        HttpResponse<String> out =
                send(request("/logout").header("Cookie", cookie).POST(BodyPublishers.noBody()));
        assertThat(out.headers().firstValue("Set-Cookie").orElse("")).endsWith("Max-Age=0");
        assertThat(send(request("/api/v1/status").header("Cookie", cookie)).statusCode())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Shoestring, 1, 200",
        "X-Other, 1, 403",
        "Origin, http://evil.example, 403",
        "Sec-Fetch-Site, cross-site, 403",
        "Sec-Fetch-Site, same-site, 403",
    })
    void changesSomethingForAPageOfItsOwnOnly(String name, String value, int status) {
        HttpRequest.Builder request =
                request("/api/v1/databases/shop/pause")
                        .header("Cookie", logIn())
                        .POST(BodyPublishers.noBody());
        if (!name.startsWith("X-")) {
            request.header("X-Shoestring", "1");
        }
        assertThat(send(request.header(name, value)).statusCode()).isEqualTo(status);
        assertThat(node.asked).hasSize(status == 200 ? 1 : 0);
    }

    @Test
    void escapesWhatOthersNamed() {
        ClusterStatus good = Situations.good();
        node.show(
                new ClusterStatus(
                        "<script>", "local", "", 1, good.databases(), good.listeners(), List.of()));
        assertThat(send(request("/").header("Cookie", logIn())).body())
                .contains("<title>&lt;script&gt; – Shoestring</title>");
    }

    @Test
    void roundTripsEveryRecord() {
        Event event =
                new Event(3, FakeNode.BEGIN, Severity.WARNING, Optional.empty(), 0, "ä \"q\"\n");
        assertThat(Json.read(Json.write(event), Event.class)).isEqualTo(event);
        for (ClusterStatus status :
                List.of(Situations.alone(), Situations.large(), Situations.switching("DRAIN"))) {
            assertThat(Json.read(Json.write(status), ClusterStatus.class)).isEqualTo(status);
            assertThat(Json.read(Json.writeIndented(status), ClusterStatus.class))
                    .isEqualTo(status);
        }
    }

    private String logIn() {
        String set =
                postForm("token=" + server.token())
                        .headers()
                        .firstValue("Set-Cookie")
                        .orElseThrow();
        return set.substring(0, set.indexOf(';'));
    }

    private HttpResponse<String> postForm(String form) {
        return send(
                request("/login")
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(form)));
    }

    private HttpResponse<String> get(String path) {
        return get(path, server.token());
    }

    private HttpResponse<String> get(String path, String token) {
        return send(request(path).header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> post(String path, String body) {
        return send(
                request(path)
                        .header("Authorization", "Bearer " + server.token())
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
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
