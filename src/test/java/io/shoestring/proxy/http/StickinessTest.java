package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.proxy.backend.Administrative;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
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

    @TempDir(factory = InMemory.class)
    private Path directory;

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
        return web(most, "SRV");
    }

    /**
     * @param cookie as it is configured
     */
    private WebUnderTest web(int most, String cookie) throws Exception {
        String server = "{ address: \"127.0.0.1:%d\", max-connections: %d }";
        String backends =
                """
                web:
                  sticky-cookie: %s
                  servers:
                    one: %s
                    two: %s
                """
                        .formatted(
                                cookie,
                                server.formatted(one.port(), most),
                                server.formatted(two.port(), most));
        return new WebUnderTest(directory, "backend: web\naccess-log: web.log", backends);
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

    private void allSetCookies() {
        String answer =
                "HTTP/1.1 200 OK|Set-Cookie: other=1|Set-Cookie: SRV=session;"
                        + " Path=/a|Content-Length: 3||";
        one.behave(talk -> sayEachTime(talk, answer + "one"));
        two.behave(talk -> sayEachTime(talk, answer + "two"));
    }

    private static void sayEachTime(ScriptedServer.Talk talk, String answer) throws Exception {
        while (true) {
            talk.head();
            talk.send(answer);
        }
    }

    private ScriptedServer named(String name) {
        return name.equals("one") ? one : two;
    }

    @Test
    void theApplicationsCookieHasTheServersNameBeforeItsValue() throws Exception {
        allSetCookies();
        try (var web = web(100, "{ name: SRV, mode: prefix }")) {
            String first = answer(web, "");
            String name = bodyOf(first);
            assertThat(first)
                    .contains("|Set-Cookie: other=1|")
                    .contains("|Set-Cookie: SRV=" + name + "~session; Path=/a|")
                    .contains("|Cache-Control: private|");
            for (int i = 0; i < 3; i++) {
                String again = answer(web, "SRV=" + name + "~session; c=d");
                assertThat(bodyOf(again)).isEqualTo(name);
                if (i == 0) {
                    named(name).nextHead();
                }
                assertThat(named(name).nextHead()).contains("|Cookie: SRV=session; c=d|");
            }
            assertThat(answer(web, "SRV=session")).contains("~session; Path=/a|");
        }
        assertThat(Files.readString(directory.resolve("web.log")))
                .contains(" --NR ", " --VR ", " --IR ");
    }

    @Test
    void theApplicationsCookieBecomesTheServersName() throws Exception {
        allSetCookies();
        try (var web = web(100, "{ name: SRV, mode: rewrite, no-cache: no }")) {
            String first = answer(web, "");
            String name = bodyOf(first);
            assertThat(first)
                    .contains("|Set-Cookie: SRV=" + name + "; Path=/a|")
                    .doesNotContain("Cache-Control");
            named(name).nextHead();
            for (int i = 0; i < 3; i++) {
                assertThat(bodyOf(answer(web, "SRV=" + name))).isEqualTo(name);
                assertThat(named(name).nextHead()).contains("|Cookie: SRV=" + name + "|");
            }
            one.behave(talk -> sayEachTime(talk, "HTTP/1.1 200 OK|Content-Length: 3||one"));
            two.behave(talk -> sayEachTime(talk, "HTTP/1.1 200 OK|Content-Length: 3||two"));
        }
    }

    @Test
    void aServersOwnCookieOfThatNameDoesNotReachTheClient() throws Exception {
        allSetCookies();
        try (var web = web(100, "{ name: SRV, indirect: no }")) {
            String first = answer(web, "");
            String name = bodyOf(first);
            assertThat(first)
                    .contains("|Set-Cookie: other=1|", "|Set-Cookie: SRV=" + name + ";")
                    .doesNotContain("session");
            named(name).nextHead();
            assertThat(answer(web, "SRV=" + name)).doesNotContain("SRV=").contains("other=1");
            assertThat(named(name).nextHead()).contains("|Cookie: SRV=" + name + "|");
            assertThat(answer(web, "SRV=gone")).contains("Set-Cookie: SRV=");
        }
        assertThat(Files.readString(directory.resolve("web.log")))
                .contains(" --NI ", " --VD ", " --II ");
    }

    @Test
    void aSignedCookieIsUnderstoodByAllBalancersAndCannotBeMade() throws Exception {
        Path keys = directory.resolve("keys");
        Files.writeString(keys, "0123456789abcdef0123456789abcdef\n");
        String cookie = "{ name: SRV, key-file: keys }";
        String signed;
        String name;
        try (var web = web(100, cookie);
                var other = web(100, cookie)) {
            String first = answer(web, "");
            name = bodyOf(first);
            signed = cookieIn(first);
            assertThat(signed).matches("SRV=" + name + "[.][A-Za-z0-9_-]{22}");
            for (int i = 0; i < 3; i++) {
                String again = answer(other, signed);
                assertThat(bodyOf(again)).isEqualTo(name);
                assertThat(again).doesNotContain("Set-Cookie");
            }
            String unlike = signed.replace("=" + name, name.equals("one") ? "=two" : "=one");
            for (String forged : new String[] {"SRV=" + name, unlike, signed + "x"}) {
                assertThat(answer(web, forged)).as(forged).contains("Set-Cookie: SRV=");
            }
        }
        // The next key signs, the one of before is still believed.
        Files.writeString(keys, "another-key-another-key-another-key\n" + Files.readString(keys));
        try (var web = web(100, cookie)) {
            String again = answer(web, signed);
            assertThat(bodyOf(again)).isEqualTo(name);
            assertThat(cookieIn(again)).startsWith("SRV=" + name + ".").isNotEqualTo(signed);
        }
        Files.writeString(keys, "short\n");
        assertThatThrownBy(() -> web(100, cookie))
                .hasMessageContaining("backend web: the key file " + keys + " must have")
                .hasMessageContaining("openssl rand -hex 32");
        Files.delete(keys);
        assertThatThrownBy(() -> web(100, cookie)).hasMessageContaining("does not exist");
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
