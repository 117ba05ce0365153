package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The tables of attacks, with sockets on both sides: nothing of what is refused may reach the other
 * side as a whole message, and what goes on can be read in one way only.
 */
@Timeout(60)
class AttacksTest {
    private static final String GET = "GET / HTTP/1.1|Host: a||";
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1|Host: a||";
    private static final String OK = "HTTP/1.1 200 OK|Content-Length: 4||fine";
    private static final String LAST = "HTTP/1.1 200 OK|Connection: close|Content-Length: 4||fine";

    @TempDir private static Path directory;
    private static ScriptedServer server;
    private static WebUnderTest proxy;
    private static WebUnderTest http2;
    private static LeakWatch leaks;

    @BeforeAll
    static void start() throws Exception {
        leaks = new LeakWatch();
        server = ScriptedServer.saying(OK);
        proxy = new WebUnderTest(directory, "backend: web\nforwarded: none", server.port());
        http2 = new WebUnderTest(directory, "backend: web\nhttp2: always", server.port());
    }

    @AfterAll
    static void stop() throws Exception {
        http2.close();
        proxy.close();
        server.close();
        leaks.assertNothingLeaks();
        leaks.close();
    }

    static List<AttackTable.Case> requests() {
        return AttackTable.read("attacks-requests.txt");
    }

    static List<AttackTable.Case> answers() {
        return AttackTable.read("attacks-answers.txt");
    }

    // ------------------------------------------------------------------ from clients

    @ParameterizedTest
    @MethodSource("requests")
    void clientsSend(AttackTable.Case attack) throws Exception {
        if (attack.expected().equals("=")) {
            goesOn(attack);
        } else {
            isRefused(attack);
        }
    }

    private static void goesOn(AttackTable.Case attack) throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        server.behave(
                talk -> {
                    String came = talk.body(length(attack.arrives()));
                    // One without a word was opened for the case before, and is accepted late.
                    if (!came.isEmpty()) {
                        heard.add(came);
                        talk.send(LAST);
                    }
                });
        try (var client = proxy.client()) {
            assertThat(client.send(attack.sent()).answer()).isEqualTo(OK);
            assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(attack.arrives());
            server.behave(talk -> talk.send(LAST));
            // What comes behind it is the next request, and nothing else.
            assertThat(client.send(GET).answer()).isEqualTo(OK);
        }
    }

    private static void isRefused(AttackTable.Case attack) throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        server.behave(
                talk ->
                        heard.add(
                                new String(talk.in().readAllBytes(), StandardCharsets.ISO_8859_1)
                                        .replace("\r\n", "|")));
        int before = server.connections();
        try (var client = proxy.client()) {
            String answer = client.send(attack.sent() + SMUGGLED).rest();
            assertThat(answer).startsWith("HTTP/1.1 " + attack.expected() + " ");
            assertThat(answer).contains("|Connection: close|").containsOnlyOnce("|Content-Type: ");
        }
        for (int i = before; i < server.connections(); i++) {
            String text = heard.poll(10, TimeUnit.SECONDS);
            assertThat(text).doesNotContain("smuggled").doesNotContain("|0||");
            assertThat(text.isEmpty() || text.contains("|Transfer-Encoding: chunked||"))
                    .as("only a body that is wrong may have its header sent: " + text)
                    .isTrue();
        }
    }

    // ------------------------------------------------------------------ from servers

    @ParameterizedTest
    @MethodSource("answers")
    void serversSend(AttackTable.Case attack) throws Exception {
        String method = answerOnce(attack).startsWith("HEAD ") ? "HEAD" : "GET";
        int before = server.connections();
        try (var client = proxy.client()) {
            client.send(method + " / HTTP/1.1|Host: a||");
            switch (attack.expected()) {
                case "502" -> assertThat(real(client)).startsWith("HTTP/1.1 502 ");
                case "cut" -> {
                    assertThat(cutOff(client)).isTrue();
                    return;
                }
                default ->
                        assertThat(client.body(length(attack.arrives())))
                                .isEqualTo(attack.arrives());
            }
            assertThat(client.send(GET).answer()).isEqualTo(OK);
            boolean kept = attack.expected().equals("==");
            assertThat(server.connections()).isEqualTo(before + (kept ? 1 : 2));
        }
    }

    @ParameterizedTest
    @MethodSource("answers")
    void serversSendToClientsOfHttp2(AttackTable.Case attack) throws Exception {
        String method = answerOnce(attack).startsWith("HEAD ") ? "HEAD" : "GET";
        try (var client = RawHttp2.to(http2.port())) {
            client.headers(
                    1, true, ":method", method, ":scheme", "http", ":path", "/", ":authority", "a");
            String answer = client.answer(1).replace("103 ", "").replace("100 ", "");
            switch (attack.expected()) {
                case "502" -> assertThat(answer).startsWith("502 ");
                case "cut" -> assertThat(answer).startsWith("200 ").endsWith("RST 2");
                default ->
                        assertThat(answer)
                                .startsWith(status(attack.arrives()) + " ")
                                .doesNotContain("RST", "evil");
            }
            assertThat(client.get(3, "/").answer(3)).isEqualTo("200 fine");
        }
    }

    /** The server says it to the first who asks; then it is well. */
    private static String answerOnce(AttackTable.Case attack) {
        String sent = attack.sent().replaceFirst("^(HEAD|CLOSE) ", "");
        var said = new AtomicBoolean();
        server.behave(
                talk -> {
                    while (true) {
                        talk.head();
                        boolean first = said.compareAndSet(false, true);
                        talk.send(first ? sent : LAST);
                        if (first && attack.sent().startsWith("CLOSE ")) {
                            return;
                        }
                    }
                });
        return attack.sent();
    }

    private static String real(RawClient client) throws Exception {
        String answer = client.answer();
        while (answer.startsWith("HTTP/1.1 103 ")) {
            answer = client.answer();
        }
        return answer;
    }

    /** Whether it ends before it is whole; a reset may take along what came before. */
    private static boolean cutOff(RawClient client) {
        try {
            String all = client.rest();
            return all.startsWith("HTTP/1.1 200 OK|") && !all.contains("|0||");
        } catch (java.io.IOException reset) {
            return true;
        }
    }

    private static int status(String answer) {
        String last = answer.substring(answer.lastIndexOf("HTTP/1.1 "));
        return Integer.parseInt(last.substring(9, 12));
    }

    private static int length(String barred) {
        return barred.replace("|", "\r\n").length();
    }
}
