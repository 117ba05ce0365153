package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.config.RouteConfig;
import io.shoestring.proxy.backend.Administrative;
import io.shoestring.testing.FreePort;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;

/** What goes wrong: malformed messages, servers that die, clients that are slow. */
@Timeout(60)
class TroubleTest {
    private static final Duration SHORT = Duration.ofMillis(800);
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(8);
    private static final String GET = "GET / HTTP/1.1|Host: a||";
    private static final String OK = "HTTP/1.1 200 OK|Content-Length: 2||ok";

    private final LeakWatch leaks = new LeakWatch();

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingIsInUse();
        leaks.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "400!GET / HTTP/1.1||",
                "400!POST / HTTP/1.1|Host: a|Content-Length: 3|Transfer-Encoding: chunked||",
                "400!POST / HTTP/1.1|Host: a|Transfer-Encoding: xchunked||",
                "501!POST / HTTP/1.1|Host: a|Transfer-Encoding: gzip, chunked||",
                "505!GET / HTTP/2.0|Host: a||",
                "405!CONNECT a:1 HTTP/1.1|Host: a||",
                "417!POST / HTTP/1.1|Host: a|Expect: tea||",
                "400!PRI * HTTP/2.0||SM||",
                "400!`\u0016\u0003\u0001\u0002\u0000\u0001`",
            })
    void answersMalformedRequestsAndSendsNothingOn(int status, String request) throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            String answer = client.send(request + GET).rest();
            assertThat(answer)
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("|Connection: close|")
                    .contains("Request id: ");
            assertThat(answer.split("Content-Type:", -1)).as("one answer").hasSize(2);
            assertThat(server.hasHeard()).isFalse();
            assertThat(server.connections()).isZero();
            assertThat(leaks.lines()).hasSize(1);
            assertThat(leaks.lines().getFirst()).contains("" + status, "request id");
        }
    }

    @Test
    void answersWhatIsTooLarge() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(server.port());
                var longTarget = proxy.client();
                var longHead = proxy.client()) {
            assertThat(longTarget.send("GET /" + "a".repeat(9_000) + " HTTP/1.1|").rest())
                    .startsWith("HTTP/1.1 414 ");
            assertThat(longHead.send("GET / HTTP/1.1|X: " + "a".repeat(20_000)).rest())
                    .startsWith("HTTP/1.1 431 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x|", "5\nhello", "5|hellooo|", "80000000|", "0|X : a||", "5;\u0000|"})
    void cutsOffAMalformedBodyOnBothSides(String body) throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||");
            server.nextHead();
            assertThat(client.send(body + GET).rest()).startsWith("HTTP/1.1 400 ");
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
            assertThat(server.hasHeard()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK|Content-Length: 2|Transfer-Encoding: chunked||",
                "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 3||",
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip||",
                "HTTP/1.0 200 OK|Transfer-Encoding: chunked||",
                "HTTP/1.1 200 OK|X: a| b||",
                "HTTP/1.1 200 OK|X: a\u0000||",
                "HTTP/2.0 200 OK||",
                "SSH-2.0-OpenSSH_9.2||",
                "HTTP/1.1 101 Switching Protocols|Upgrade: x||",
            })
    void answersForAServerThatSpeaksNonsense(String nonsense) throws Exception {
        try (var server = ScriptedServer.saying(nonsense);
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer())
                    .startsWith("HTTP/1.1 502 ")
                    .contains("|Connection: keep-alive|");
            assertThat(proxy.server(0).counters().responseErrors.sum()).isOne();
            server.behave(
                    talk -> {
                        talk.head();
                        talk.send(OK);
                    });
            assertThat(client.send(GET).answer()).isEqualTo(OK);
        }
    }

    @Test
    void neverUsesAConnectionOnWhichMoreCameThanWasAnnounced() throws Exception {
        try (var server = ScriptedServer.saying(OK + "HTTP/1.1 200 OK|Content-Length: 4||evil");
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            for (int i = 1; i <= 3; i++) {
                assertThat(client.send(GET).answer()).isEqualTo(OK);
                assertThat(server.connections()).isEqualTo(i);
            }
        }
    }

    @Test
    void throwsAConnectionAwayThatSpeaksUnasked() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send(OK);
                                    Thread.sleep(100);
                                    talk.send("HTTP/1.1 200 OK|Content-Length: 4||evil");
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            Thread.sleep(300);
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void repeatsARequestThatMetADyingConnection() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send(OK);
                                    // The next request is on its way when this one closes.
                                    talk.head();
                                    talk.reset();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(GET).answer()).isEqualTo(OK);
            }
            assertThat(proxy.server(0).counters().retries.sum()).isEqualTo(5);
        }
    }

    /** It may have been the last that the server did; another one can answer. */
    @Test
    void sendsWhatMayRunTwiceToAnotherServerWhenOneDiesOverIt() throws Exception {
        try (var dying = new ScriptedServer(talk -> talk.head());
                var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(dying.port(), server.port());
                var client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).answer()).isEqualTo(OK);
            }
            int died = dying.connections();
            assertThat(died).isPositive();
            assertThat(proxy.server(0).counters().serverAborts.sum()).isEqualTo(died);
            assertThat(proxy.server(0).counters().redispatches.sum()).isEqualTo(died);
            String post = "POST / HTTP/1.1|Host: a|Content-Length: 0||";
            String first = client.send(post).answer();
            String second = client.send(post).answer();
            assertThat(List.of(first, second))
                    .as("each server gets one, and nobody gets the other's")
                    .anyMatch(answer -> answer.startsWith("HTTP/1.1 502 "))
                    .contains(OK);
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }

    @Test
    void aRequestThatKillsServersMeetsTwoOfThem() throws Exception {
        try (var one = new ScriptedServer(talk -> talk.head());
                var two = new ScriptedServer(talk -> talk.head());
                var three = new ScriptedServer(talk -> talk.head());
                var proxy = HttpUnderTest.before(one.port(), two.port(), three.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 502 ");
            assertThat(one.connections() + two.connections() + three.connections()).isEqualTo(2);
        }
    }

    @Test
    void neverRepeatsWhatMayNotRunTwice() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send(OK);
                                    talk.head();
                                    talk.reset();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            assertThat(client.send("POST / HTTP/1.1|Host: a|Content-Length: 0||").answer())
                    .startsWith("HTTP/1.1 502 ");
            assertThat(server.connections()).isOne();
        }
    }

    @Test
    void sendsWhatMayNotRunTwiceOnlyOnConnectionsThatAreCertainlyAlive() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            Thread.sleep(1_100);
            String post = "POST / HTTP/1.1|Host: a|Content-Length: 0||";
            assertThat(client.send(post).answer()).isEqualTo(OK);
            assertThat(server.connections()).isEqualTo(2);
            assertThat(client.send(post).answer()).isEqualTo(OK);
            assertThat(server.connections()).isEqualTo(2);
        }
    }

    @Test
    void saysThatAServerDiedInsteadOfAnswering() throws Exception {
        try (var server = new ScriptedServer(talk -> talk.head());
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 502 ");
            server.behave(
                    talk -> {
                        talk.head();
                        talk.send("HTTP/1.1 200 OK|Content-");
                    });
            assertThat(client.send(GET).answer()).startsWith("HTTP/1.1 502 ");
            assertThat(proxy.server(0).counters().serverAborts.sum()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK|Content-Length: 9||half",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||9|half",
            })
    void neverPassesHalfAnAnswerOffAsAWhole(String half) throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send(half);
                                    Thread.sleep(100);
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send(GET).head();
            client.body(half.startsWith("9|", half.indexOf("||") + 2) ? 7 : 4);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void goesToAnotherServerWhenOneCannotBeReached() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(FreePort.find(), server.port());
                var client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.send(GET).answer()).isEqualTo(OK);
            }
            assertThat(proxy.server(0).counters().connectErrors.sum()).isPositive();
            assertThat(proxy.server(0).counters().redispatches.sum()).isPositive();
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }

    @Test
    void saysWhenThereIsNoServer() throws Exception {
        try (var proxy = HttpUnderTest.before(FreePort.find());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer())
                    .startsWith("HTTP/1.1 503 ")
                    .contains("|Retry-After: 1|", "|Connection: keep-alive|");
            proxy.backends().get("web").want(proxy.server(0), Administrative.MAINTENANCE);
            assertThat(client.send("HEAD / HTTP/1.1|Host: a||").head())
                    .startsWith("HTTP/1.1 503 ")
                    .contains("|Retry-After: 1|");
            assertThat(client.send("POST / HTTP/1.1|Host: a|Content-Length: 5||").rest())
                    .startsWith("HTTP/1.1 503 ")
                    .contains("|Connection: close|");
        }
    }

    private static ScriptedServer answeringAfter(CountDownLatch go) throws IOException {
        return new ScriptedServer(
                talk -> {
                    while (true) {
                        talk.head();
                        go.await();
                        talk.send(OK);
                    }
                });
    }

    private static HttpUnderTest beforeOnePlace(ScriptedServer server, RouteConfig... routes)
            throws Exception {
        return new HttpUnderTest(
                Duration.ofSeconds(10),
                List.of(routes),
                Map.of("web", List.of(server.port())),
                OptionalInt.of(1),
                2);
    }

    @Test
    void waitsForAPlaceAtAServerThatIsFull() throws Exception {
        var everything = HttpUnderTest.route(Optional.empty(), Optional.empty(), "web");
        var go = new CountDownLatch(1);
        try (var server = answeringAfter(go);
                var proxy = beforeOnePlace(server, everything);
                var first = proxy.client();
                var second = proxy.client();
                var third = proxy.client()) {
            first.send(GET);
            server.nextHead();
            second.send(GET);
            third.send(GET);
            await().untilAsserted(
                            () -> assertThat(proxy.backends().get("web").queued()).isEqualTo(2));
            third.vanish();
            await().untilAsserted(() -> assertThat(proxy.backends().get("web").queued()).isOne());
            go.countDown();
            assertThat(first.answer()).isEqualTo(OK);
            assertThat(second.answer()).isEqualTo(OK);
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }

    @Test
    void aRouteOfAHigherPriorityLeavesTheQueueFirst() throws Exception {
        var go = new CountDownLatch(1);
        var everything = HttpUnderTest.route(Optional.empty(), Optional.empty(), "web");
        var urgent =
                new RouteConfig(
                        RouteConfig.Match.of(Optional.empty(), Optional.of("/pay")),
                        new RouteConfig.Action.ToBackend("web", Optional.empty(), 10));
        try (var server = answeringAfter(go);
                var proxy = beforeOnePlace(server, urgent, everything);
                var first = proxy.client();
                var second = proxy.client();
                var third = proxy.client()) {
            first.send("GET /first HTTP/1.1|Host: b||");
            assertThat(server.nextHead()).startsWith("GET /first ");
            second.send("GET /second HTTP/1.1|Host: b||");
            await().untilAsserted(() -> assertThat(proxy.backends().get("web").queued()).isOne());
            third.send("GET /pay HTTP/1.1|Host: b||");
            await().untilAsserted(
                            () -> assertThat(proxy.backends().get("web").queued()).isEqualTo(2));
            go.countDown();
            assertThat(server.nextHead()).startsWith("GET /pay ");
            assertThat(server.nextHead()).startsWith("GET /second ");
        }
    }

    @Test
    void leadsRequestsByHostAndPath() throws Exception {
        try (var api = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 3||api");
                var shop = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 4||shop");
                var proxy =
                        new HttpUnderTest(
                                Duration.ofSeconds(10),
                                List.of(
                                        HttpUnderTest.route(
                                                Optional.of("s.x"), Optional.of("/api/"), "api"),
                                        HttpUnderTest.route(
                                                Optional.empty(), Optional.of("/one"), "api"),
                                        HttpUnderTest.route(
                                                Optional.of("S.x"), Optional.empty(), "shop")),
                                Map.of("api", List.of(api.port()), "shop", List.of(shop.port())));
                var client = proxy.client()) {
            assertThat(client.send("GET /api/v1 HTTP/1.1|Host: S.X:80||").answer()).endsWith("api");
            assertThat(client.send("GET /api HTTP/1.1|Host: s.x||").answer()).endsWith("shop");
            assertThat(client.send("GET /one?x HTTP/1.1|Host: b||").answer()).endsWith("api");
            assertThat(client.send("GET /one/x HTTP/1.1|Host: b||").answer())
                    .startsWith("HTTP/1.1 404 ");
            assertThat(client.send("GET /a/..%2f%61pi//x HTTP/1.1|Host: s.x||").answer())
                    .endsWith("api");
            assertThat(client.send("GET /api/../x HTTP/1.1|Host: s.x||").answer()).endsWith("shop");
        }
    }

    // ------------------------------------------------------------------ time

    @Test
    void givesUpAHeadThatDoesNotCome() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(SHORT, server.port());
                var silent = proxy.client();
                var slow = proxy.client()) {
            slow.send("GET / HTTP/1.1|Ho");
            assertThat(slow.rest()).startsWith("HTTP/1.1 408 ");
            assertThat(silent.rest()).isEmpty();
            assertThat(server.connections()).isZero();
        }
    }

    /** Whoever sends a byte now and then has no more time than others. */
    @Test
    void givesUpAHeadThatComesDropByDrop() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(SHORT, server.port());
                var client = proxy.client()) {
            long began = System.nanoTime();
            var drops =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            client.send("GET / HTTP/1.1|X: ");
                                            while (true) {
                                                client.send("a");
                                                Thread.sleep(50);
                                            }
                                        } catch (Exception refused) {
                                            // That is the end of it.
                                        }
                                    });
            assertThat(client.head()).startsWith("HTTP/1.1 408 ");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG_ENOUGH);
            client.vanish();
            drops.join();
            assertThat(server.connections()).isZero();
        }
    }

    /** Requests that are sent behind each other wait in the client's socket, not in our memory. */
    @Test
    void readsNoFurtherThanTheRequestThatIsServed() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            byte[] many = GET.replace("|", "\r\n").repeat(10_000).getBytes(US_ASCII);
            var sender =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            for (int i = 0; i < 400; i++) {
                                                client.send(many);
                                            }
                                        } catch (Exception closed) {
                                            // The test is over.
                                        }
                                    });
            server.nextHead();
            await().during(Duration.ofMillis(300))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> leaks.growthBytes() < 4 << 20);
            assertThat(sender.isAlive()).isTrue();
            assertThat(proxy.counters().bytesIn.sum()).isLessThan(1 << 20);
            client.vanish();
            sender.join();
        }
    }

    @Test
    void givesUpABodyThatDoesNotCome() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(SHORT, server.port());
                var client = proxy.client()) {
            client.send("POST / HTTP/1.1|Host: a|Content-Length: 5||ab");
            assertThat(client.rest()).startsWith("HTTP/1.1 408 ");
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }

    @Test
    void closesAnIdleClientWithoutAWord() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(SHORT, server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void givesUpAServerThatDoesNotAnswer() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(SHORT, server.port());
                var client = proxy.client()) {
            assertThat(client.send(GET).answer())
                    .startsWith("HTTP/1.1 504 ")
                    .contains("|Connection: keep-alive|");
            server.behave(
                    talk -> {
                        talk.head();
                        talk.send("HTTP/1.1 200 OK|Content-Length: 9||half");
                        talk.untilEnd();
                    });
            client.send(GET).head();
            client.body(4);
            assertThat(client.isClosed()).isTrue();
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }

    @Test
    void cutsOffAClientThatDoesNotTakeItsAnswer() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.1 200 OK|Content-Length: 60000000||");
                                    talk.send(new byte[60_000_000]);
                                });
                var proxy = HttpUnderTest.before(SHORT, server.port());
                var client = proxy.client()) {
            client.send(GET).head();
            await().untilAsserted(() -> assertThat(proxy.counters().clients.get()).isZero());
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }
}
