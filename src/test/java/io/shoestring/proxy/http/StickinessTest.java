package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.proxy.backend.Administrative;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Clients that stay with their server by a cookie. */
@Timeout(60)
class StickinessTest {
    private static final Pattern COOKIE = Pattern.compile("\\|Set-Cookie: (SRV=[^;]+); ");

    @TempDir private Path directory;
    private ScriptedServer one;
    private ScriptedServer two;
    private final LeakWatch leaks = new LeakWatch();

    @BeforeEach
    void start() throws Exception {
        one = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 3||one");
        two = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 3||two");
    }

    @AfterEach
    void stop() throws Exception {
        one.close();
        two.close();
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private WebUnderTest web() throws Exception {
        return web(100);
    }

    private WebUnderTest web(int most) throws Exception {
        String server = "{ address: \"127.0.0.1:%d\", max-connections: %d }";
        String backends =
                """
                web:
                  sticky-cookie: SRV
                  servers:
                    one: %s
                    two: %s
                """
                        .formatted(
                                server.formatted(one.port(), most),
                                server.formatted(two.port(), most));
        return new WebUnderTest(directory, "backend: web", backends);
    }

    /** The whole answer to a request with these cookies. */
    private static String answer(WebUnderTest web, String cookies) throws Exception {
        String field = cookies.isEmpty() ? "" : "Cookie: " + cookies + "|";
        try (var client = web.client()) {
            return client.send("GET / HTTP/1.1|Host: a|" + field + "|").answer();
        }
    }

    private static String cookieIn(String answer) {
        Matcher found = COOKIE.matcher(answer);
        assertThat(found.find()).as(answer).isTrue();
        return found.group(1);
    }

    private static String bodyOf(String answer) {
        return answer.substring(answer.length() - 3);
    }

    @Test
    void whoHasACookieStaysWithItsServerWhichDoesNotSeeIt() throws Exception {
        try (var web = web()) {
            String first = answer(web, "");
            assertThat(first)
                    .contains("; Path=/; HttpOnly; SameSite=Lax|")
                    .contains("|Cache-Control: private|")
                    .contains("|Set-Cookie: SRV=" + bodyOf(first) + ";");
            assertThat(one.hasHeard() ? one.nextHead() : two.nextHead()).doesNotContain("ookie");
            for (int i = 0; i < 5; i++) {
                String again = answer(web, "a=b; " + cookieIn(first) + "; c=d");
                assertThat(bodyOf(again)).isEqualTo(bodyOf(first));
                assertThat(again).doesNotContain("Set-Cookie").doesNotContain("Cache-Control");
                ScriptedServer server = bodyOf(first).equals("one") ? one : two;
                assertThat(server.nextHead()).contains("|Cookie: a=b; c=d|").doesNotContain("SRV");
            }
            // Without one the servers take turns.
            assertThat(bodyOf(answer(web, ""))).isNotEqualTo(bodyOf(answer(web, "")));
        }
    }

    @Test
    void anyBalancerKnowsTheServerAndAnUnknownOneIsChosenAnew() throws Exception {
        try (var web = web();
                var other = web()) {
            String first = answer(web, "");
            for (int i = 0; i < 3; i++) {
                assertThat(bodyOf(answer(other, cookieIn(first)))).isEqualTo(bodyOf(first));
            }
            String anew = answer(other, "SRV=gone");
            assertThat(cookieIn(anew)).isEqualTo("SRV=" + bodyOf(anew));
        }
    }

    @Test
    void aDrainedServerServesItsOwnAndOneInMaintenanceDoesNot() throws Exception {
        try (var web = web()) {
            Backend backend = web.backends().get("web");
            backend.want(backend.servers().getFirst(), Administrative.DRAIN);
            assertThat(bodyOf(answer(web, "SRV=one"))).isEqualTo("one");
            assertThat(bodyOf(answer(web, ""))).isEqualTo("two");
            assertThat(bodyOf(answer(web, ""))).isEqualTo("two");
            backend.want(backend.servers().getFirst(), Administrative.MAINTENANCE);
            String moved = answer(web, "SRV=one");
            assertThat(bodyOf(moved)).isEqualTo("two");
            assertThat(cookieIn(moved)).isEqualTo("SRV=two");
            backend.want(backend.servers().getLast(), Administrative.DRAIN);
            assertThat(bodyOf(answer(web, "SRV=two"))).isEqualTo("two");
            assertThat(answer(web, "")).startsWith("HTTP/1.1 503 ");
        }
    }

    @Test
    void whoWaitsForItsOwnServerHoldsUpNobody() throws Exception {
        var goOn = new CountDownLatch(1);
        one.behave(
                talk -> {
                    talk.head();
                    goOn.await(50, TimeUnit.SECONDS);
                    talk.send("HTTP/1.1 200 OK|Content-Length: 3||one");
                    talk.head();
                    talk.send("HTTP/1.1 200 OK|Content-Length: 3||one");
                });
        try (var web = web(1);
                var first = web.client();
                var second = web.client()) {
            String request = "GET / HTTP/1.1|Host: a|Cookie: SRV=one||";
            first.send(request);
            one.nextHead();
            second.send(request);
            Backend backend = web.backends().get("web");
            await().atMost(Duration.ofSeconds(30)).until(() -> backend.queued() == 1);
            assertThat(bodyOf(answer(web, ""))).isEqualTo("two");
            assertThat(bodyOf(answer(web, "SRV=two"))).isEqualTo("two");
            goOn.countDown();
            assertThat(bodyOf(first.answer())).isEqualTo("one");
            assertThat(bodyOf(second.answer())).isEqualTo("one");
        }
    }

    /** A kept connection must not lead to where the server was. */
    @Test
    void whoIsMovedGetsNothingAtItsFormerAddress() throws Exception {
        try (var web = new WebUnderTest(directory, "backend: web", one.port());
                var client = web.client()) {
            assertThat(client.send("GET / HTTP/1.1|Host: a||").answer()).contains("one");
            Backend backend = web.backends().get("web");
            backend.move(
                    backend.server("one").orElseThrow(),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), two.port()));
            assertThat(client.send("GET / HTTP/1.1|Host: a||").answer()).contains("two");
        }
    }
}
