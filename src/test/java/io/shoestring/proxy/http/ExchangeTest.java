package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Requests and answers between a client and a server that are both nothing but sockets. */
@Timeout(60)
class ExchangeTest {
    private static final String GET = "GET / HTTP/1.1|Host: a||";
    private static final String OK = "HTTP/1.1 200 OK|Content-Length: 2||ok";

    private final LeakWatch leaks = new LeakWatch();

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingIsInUse();
        leaks.close();
    }

    @Test
    void servesRequestsOneAfterTheOtherOnTwoConnections() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(GET).answer()).isEqualTo(OK);
                assertThat(server.nextHead())
                        .isEqualTo(
                                "GET / HTTP/1.1|Host: a|X-Forwarded-For: 127.0.0.1|"
                                        + "X-Forwarded-Proto: http|X-Forwarded-Host: a||");
            }
            assertThat(server.connections()).isOne();
            assertThat(proxy.counters().requests.total()).isEqualTo(5);
            assertThat(proxy.counters().answers(200).sum()).isEqualTo(5);
            assertThat(proxy.server(0).counters().answers(2)).isEqualTo(5);
            await().untilAsserted(
                            () -> {
                                var atServer = proxy.server(0).counters().requests.now();
                                assertThat(atServer.count()).isEqualTo(5);
                                assertThat(atServer.failures()).isZero();
                                assertThat(atServer.percentileMicros(0.5)).isPositive();
                            });
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }

    @Test
    void answersPipelinedRequestsInOrder() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    while (true) {
                                        String path = talk.head().split(" ", -1)[1];
                                        talk.send("HTTP/1.1 200 OK|Content-Length: 3||" + path);
                                    }
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            var requests = new StringBuilder();
            for (int i = 10; i < 60; i++) {
                requests.append("GET /").append(i).append(" HTTP/1.1|Host: a||");
            }
            client.send(requests.toString());
            for (int i = 10; i < 60; i++) {
                assertThat(client.answer()).endsWith("||/" + i);
            }
        }
    }

    @Test
    void takesRequestsAndAnswersByteForByte() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.body(3);
                                    for (byte each :
                                            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                                    .getBytes(StandardCharsets.US_ASCII)) {
                                        talk.send(new byte[] {each});
                                    }
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.trickle("POST / HTTP/1.1|Host: a|Content-Length: 3||abc");
            assertThat(client.answer()).isEqualTo(OK);
        }
    }

    @Test
    void streamsLargeBodiesBothWaysWithoutKeepingThem() throws Exception {
        int length = 20 << 20;
        byte[] block = new byte[1 << 20];
        Arrays.fill(block, (byte) 'u');
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.in().skipNBytes(length);
                                    talk.send("HTTP/1.1 200 OK|Content-Length: " + length + "||");
                                    for (int i = 0; i < length; i += block.length) {
                                        talk.send(block);
                                    }
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("PUT / HTTP/1.1|Host: a|Content-Length: " + length + "||");
            for (int i = 0; i < length; i += block.length) {
                client.send(block);
            }
            client.head();
            // Nobody reads now: the proxy must stop reading from the server.
            Thread.sleep(300);
            assertThat(leaks.growthBytes()).isLessThan(4 << 20);
            assertThat(client.isAll((byte) 'u', length)).isTrue();
        }
    }

    @Test
    void holdsAClientBackThatItsServerDoesNotRead() throws Exception {
        int length = 64 << 20;
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    Thread.sleep(10_000);
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("PUT / HTTP/1.1|Host: a|Content-Length: " + length + "||");
            Thread writer =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            client.send(new byte[length]);
                                        } catch (IOException closed) {
                                            // As it must be.
                                        }
                                    });
            Thread.sleep(500);
            assertThat(writer.isAlive()).isTrue();
            assertThat(leaks.growthBytes()).isLessThan(4 << 20);
        }
    }

    @Test
    void passesChunksOnWithTrailersAndWithoutExtensions() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    assertThat(talk.head())
                                            .contains("|Transfer-Encoding: chunked|");
                                    String body = talk.body(23);
                                    talk.send(
                                            "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2;x|ok|0|"
                                                    + "X-Echo: "
                                                    + body.replace("|", "_")
                                                    + "|Host: evil||");
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send(
                    "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||"
                            + "5;a=b|hello|0|X-T: 1|Content-Length: 9||");
            assertThat(client.head()).isEqualTo("HTTP/1.1 200 OK|Transfer-Encoding: chunked||");
            assertThat(client.body(40)).isEqualTo("2|ok|0|X-Echo: 5_hello_0_X-T: 1__||");
        }
    }

    @Test
    void turnsABodyWithoutEndIntoChunks() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.0 200 OK||hello");
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send(GET);
            assertThat(client.head()).isEqualTo("HTTP/1.1 200 OK|Transfer-Encoding: chunked||");
            assertThat(client.body(15)).isEqualTo("5|hello|0||");
            client.send(GET);
            assertThat(client.head()).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void givesHttp10ClientsWhatTheyUnderstand() throws Exception {
        try (var server =
                        ScriptedServer.saying(
                                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|3|abc|0||");
                var proxy = HttpUnderTest.before(server.port())) {
            try (var client = proxy.client()) {
                client.send("GET / HTTP/1.0|Connection: keep-alive||");
                assertThat(client.rest()).isEqualTo("HTTP/1.1 200 OK|Connection: close||okabc");
                assertThat(server.nextHead()).contains("|Host: 127.0.0.1:" + proxy.port() + "|");
            }
            server.behave(
                    talk -> {
                        while (true) {
                            talk.head();
                            talk.send(OK);
                        }
                    });
        }
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            String keepsAlive = "GET / HTTP/1.0|Host: a|Connection: keep-alive||";
            assertThat(client.send(keepsAlive).answer()).contains("|Connection: keep-alive|");
            assertThat(client.send("GET / HTTP/1.0|Host: a||").rest())
                    .contains("|Connection: close|")
                    .endsWith("||ok");
        }
    }

    @Test
    void doesNotWaitForBodiesThatAreNotThere() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.1 200 OK|Content-Length: 100||");
                                    talk.head();
                                    talk.send("HTTP/1.1 304 Not Modified|Content-Length: 100||");
                                    talk.head();
                                    talk.send("HTTP/1.1 204 No Content||");
                                    talk.head();
                                    talk.send(OK);
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            assertThat(client.send("HEAD / HTTP/1.1|Host: a||").head())
                    .isEqualTo("HTTP/1.1 200 OK|Content-Length: 100||");
            assertThat(client.send(GET).head()).startsWith("HTTP/1.1 304");
            assertThat(client.send(GET).head()).isEqualTo("HTTP/1.1 204 No Content||");
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            assertThat(server.connections()).isOne();
        }
    }

    @Test
    void relaysExpectationsAndInterimAnswers() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    assertThat(talk.head()).contains("|Expect: 100-continue|");
                                    talk.send("HTTP/1.1 103 Early Hints|Link: x||");
                                    talk.send("HTTP/1.1 100 Continue||");
                                    talk.body(3);
                                    talk.send(OK);
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("POST / HTTP/1.1|Host: a|Expect: 100-continue|Content-Length: 3||");
            assertThat(client.head()).isEqualTo("HTTP/1.1 103 Early Hints|Link: x||");
            assertThat(client.head()).isEqualTo("HTTP/1.1 100 Continue||");
            assertThat(client.send("abc").answer()).isEqualTo(OK);
        }
    }

    @Test
    void endsBothConnectionsAfterAnAnswerThatCameBeforeTheBody() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.1 413 Too Large|Content-Length: 2||no");
                                    talk.untilEnd();
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("POST / HTTP/1.1|Host: a|Content-Length: 1000000||some");
            assertThat(client.head()).contains(" 413 ").contains("|Connection: close|");
            assertThat(client.rest()).isEqualTo("no");
        }
    }

    @Test
    void deliversTheAnswerOfAServerThatClosesWithinARequest() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.send("HTTP/1.1 413 Too Large|Content-Length: 2||no");
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("POST / HTTP/1.1|Host: a|Content-Length: 100000||some");
            assertThat(client.head()).contains(" 413 ");
            assertThat(client.body(2)).isEqualTo("no");
        }
    }

    @Test
    void becomesATunnelAfterAnUpgradeAndOnlyThen() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    assertThat(talk.head())
                                            .contains("|Connection: Upgrade|Upgrade: websocket|");
                                    talk.send(
                                            "HTTP/1.1 101 Switching Protocols|"
                                                    + "Connection: upgrade|Upgrade: websocket||hi");
                                    while (true) {
                                        talk.send(talk.body(1));
                                    }
                                });
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("GET / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket||early");
            assertThat(client.head())
                    .isEqualTo(
                            "HTTP/1.1 101 Switching Protocols|Connection: Upgrade|"
                                    + "Upgrade: websocket||");
            assertThat(client.body(7)).isEqualTo("hiearly");
            assertThat(client.send("\u0000GET / HTTP/9").body(13)).endsWith("HTTP/9");
            assertThat(proxy.server(0).connections()).isOne();
            client.vanish();
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
        }
    }

    @Test
    void keepsThePipelinedRequestsOfARefusedUpgrade() throws Exception {
        try (var server = ScriptedServer.saying(OK);
                var proxy = HttpUnderTest.before(server.port());
                var client = proxy.client()) {
            client.send("GET / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket||" + GET);
            assertThat(client.answer()).isEqualTo(OK);
            assertThat(client.answer()).isEqualTo(OK);
        }
    }

    @Test
    void abortsTheRequestOfAClientThatVanishes() throws Exception {
        try (var server =
                        new ScriptedServer(
                                talk -> {
                                    talk.head();
                                    talk.untilEnd();
                                    talk.send("seen");
                                });
                var proxy = HttpUnderTest.before(server.port())) {
            try (var client = proxy.client()) {
                client.send(GET);
                server.nextHead();
                assertThat(proxy.server(0).connections()).isOne();
            }
            await().untilAsserted(() -> assertThat(proxy.server(0).connections()).isZero());
            assertThat(proxy.counters().clientAborts.sum()).isOne();
        }
    }

    @Test
    void stopsAfterTheAnswerThatWasOnItsWay() throws Exception {
        try (var server =
                new ScriptedServer(
                        talk -> {
                            talk.head();
                            Thread.sleep(300);
                            talk.send(OK);
                            talk.untilEnd();
                        })) {
            var proxy = HttpUnderTest.before(server.port());
            try (var client = proxy.client();
                    var idle = proxy.client()) {
                client.send(GET);
                server.nextHead();
                Thread closer = Thread.ofVirtual().start(proxy::close);
                assertThat(idle.isClosed()).isTrue();
                assertThat(client.answer()).contains("|Connection: close|").endsWith("ok");
                closer.join();
            }
        }
    }
}
