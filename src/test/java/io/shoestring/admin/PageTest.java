package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shoestring.config.AdminConfig;
import io.shoestring.config.AdminConfig.Role;
import io.shoestring.config.AdminConfig.User;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event.Severity;
import io.shoestring.node.Operations.Reply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The page in a real browser. Each test leaves a picture below {@code target/screenshots}. */
@Tag("alone")
@Timeout(90)
class PageTest {
    private final FakeNode node = new FakeNode(Situations.good());
    @TempDir private Path directory;
    private AdminServer server;
    private Browser browser;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        assumeTrue(Browser.isInstalled(), "skipped: there is no /usr/bin/chromium");
        node.beginAt(Instant.now().minusSeconds(75));
        Situations.tell(node);
        server = serve(new Endpoint("127.0.0.1", 0));
        browser = new Browser();
        browser.resize(1280, 1400);
    }

    private AdminServer serve(Endpoint bind) throws IOException {
        AdminConfig config = new AdminConfig(bind, directory.resolve("admin.token"));
        AdminServer made =
                new AdminServer(
                        config,
                        new AdminServer.Served(
                                node, Balancers.NONE, new InventedFigures(), Configurations.FIXED),
                        node,
                        "0.1.0");
        made.start();
        return made;
    }

    @AfterEach
    void stop() throws IOException {
        if (browser != null) {
            browser.close();
            server.close();
        }
    }

    @Test
    void showsRolesEpochPositionsAndEvents() throws IOException {
        openPage();
        assertThat(browser.text())
                .contains("a is primary, b follows and is synchronous.")
                .contains("If a dies now, b takes over at once")
                .contains("epoch 7", "1.2 kB behind", "✓ synchronous", "3:0/5A21C40")
                .contains("127.0.0.1:6432", "127.0.0.1:5434")
                .contains("b is promoted in epoch 8, because a is dead");
        assertThat(browser.evaluate("document.querySelector('svg').getAttribute('aria-label')"))
                .contains("a is primary, b is replica");
        assertThat(browser.evaluate("document.querySelector('.events li .what').textContent"))
                .as("newest first")
                .isEqualTo("b takes writes. They were held for 640 ms.");
        assertThat(browser.evaluate("document.title")).isEqualTo("shop – Shoestring");
    }

    @Test
    void showsHowMuchFlowsWithoutReloading() throws IOException {
        openPage();
        long begin = System.nanoTime();
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(100))
                .until(
                        () -> {
                            long tenths = (System.nanoTime() - begin) / 100_000_000;
                            node.show(Situations.good(tenths * 32, tenths * 95));
                            return shownRate("write") > 250 && shownRate("read") > 750;
                        });
        assertThat(shownRate("write")).isLessThan(420);
        assertThat(shownRate("read")).isLessThan(1200);
        browser.photograph("good-light");
        browser.prefer("prefers-color-scheme", "dark");
        browser.photograph("good-dark");
    }

    private double shownRate(String kind) {
        String text =
                browser.evaluate("document.querySelector('.amount." + kind + "').lastChild.data");
        return Double.parseDouble(text.replace("/s", "").replace(",", ""));
    }

    @Test
    void showsListenersThatBalance() throws IOException {
        openPage();
        show("traffic");
        node.show(Situations.balancing());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> browser.text().contains("12,345 (67/s)"));
        String cells =
                "[...document.querySelectorAll('table')].find(each => each.caption.innerText =="
                        + " 'Balancing listeners').tBodies[0].innerText";
        assertThat(browser.evaluate(cells).replaceAll("\\s+", " "))
                .contains("cache 127.0.0.1:8080 servers 7 0 100")
                .contains("12,345 (67/s) 321 24 12");
        assertThat(browser.evaluate("document.body.innerHTML"))
                .contains("5 malformed, 4 without a server, 3 broken off by the server");
    }

    @Test
    void showsAFailoverWithinASecond() throws IOException {
        openPage();
        node.show(Situations.failingOver());
        node.add(Severity.ERROR, Optional.of("shop"), 8, "Seen just now.");
        await().atMost(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () ->
                                browser.text().contains("The primary a died; b is being promoted.")
                                        && browser.text().contains("Seen just now."));
        assertThat(browser.text())
                .contains("not well", "stopped", "being promoted in epoch 8", "16 waiting");
        assertThat(browser.evaluate("document.title")).startsWith("⚠");
        browser.photograph("failover-light");
        node.show(Situations.alone());
        browser.prefer("prefers-color-scheme", "dark");
        browser.await("document.body.innerText.includes('rewinding to b')");
        browser.photograph("alone-dark");
    }

    @Test
    void canBeShownOnceWithoutFollowing() {
        browser.open(server.loginLink().replace("/login#", "/login?once=1#"));
        browser.await("document.querySelectorAll('.events li').length === 5");
        assertThat(browser.evaluate("location.search")).isEqualTo("?once=1");
        assertThat(browser.text()).contains("as of now", "a is primary, b follows");
    }

    @Test
    void putsWhatIsWrongFirst() throws IOException {
        openPage();
        node.show(Situations.large());
        browser.await("document.querySelectorAll('.database').length === 2");
        assertThat(browser.evaluate("document.querySelector('.database h2').textContent"))
                .isEqualTo("reports not well");
        assertThat(browser.text())
                .contains("10.0.0.100/24", "refused Another machine has it: 02:00:00:00:00:09");
        browser.photograph("large-light");
        browser.resize(360, 1600);
        browser.await("document.querySelector('svg').clientWidth < 360");
        browser.photograph("large-phone");
    }

    @Test
    void fitsOnAPhone() throws IOException {
        browser.resize(360, 1800);
        openPage();
        browser.await("document.querySelector('svg').clientWidth < 360");
        assertThat(browser.evaluate("document.documentElement.scrollWidth")).isEqualTo("360");
        browser.photograph("good-phone");
        node.show(Situations.failingOver());
        browser.await(
                "document.body.innerText.includes('16 waiting') ||"
                        + " document.querySelector('.waiting') !== null");
        assertThat(browser.evaluate("document.documentElement.scrollWidth")).isEqualTo("360");
        browser.photograph("failover-phone");
    }

    @Test
    void asksBeforeASwitchoverAndWorksByKeyboardAlone() throws IOException {
        openPage();
        browser.evaluate("document.querySelector('[data-command=switchover]').focus()");
        browser.press("Enter");
        browser.await("document.getElementById('dialog').open");
        assertThat(browser.text())
                .contains("Make another member the primary of shop?")
                .contains("If they do not, it is given up and nothing has changed.");
        assertThat(node.asked).isEmpty();
        browser.photograph("switchover-light");
        browser.press("Tab");
        browser.evaluate("document.activeElement.value = 'new kernel, ünd more & more'");
        browser.press("Enter");
        await().until(() -> node.asked.contains("switchover shop best"));
        assertThat(node.since(0, 100).getLast().text())
                .endsWith("asked for 'switchover' of shop (new kernel, ünd more & more).");
        browser.await("document.getElementById('said').textContent === 'It is written down.'");
        browser.await("!document.getElementById('dialog').open");
    }

    @Test
    void aPersonLogsInByNameAndSeesWhatHeMayDo() throws IOException {
        String hash = PasswordHash.make("correct horse battery", new SecureRandom()).text();
        User vera = new User(Role.VIEWER, Optional.of(hash), Optional.empty());
        server.become(Map.of("vera", vera));
        browser.open("http://" + server.address() + "/login");
        browser.await("document.activeElement.id === 'user'");
        browser.photograph("login-by-name-light");
        browser.evaluate("document.getElementById('user').value = 'vera'");
        browser.evaluate("document.getElementById('token').value = 'correct horse'");
        browser.evaluate("document.querySelector('form button').click()");
        browser.await("document.getElementById('problem').textContent.includes('do not match')");
        browser.evaluate("document.getElementById('user').value = 'vera'");
        browser.evaluate("document.getElementById('token').value = 'correct horse battery'");
        browser.evaluate("document.getElementById('token').focus()");
        browser.press("Enter");
        browser.await("document.getElementById('user').textContent === 'vera'");
        browser.await("document.querySelector('[data-command=switchover]') !== null");
        browser.photograph("viewer-light");
        assertThat(
                        browser.evaluate(
                                "getComputedStyle(document.querySelector("
                                        + "'[data-command=switchover]')).display"))
                .isEqualTo("none");
    }

    @Test
    void escapeLeavesEverythingAsItIs() throws IOException {
        openPage();
        browser.evaluate("document.querySelector('[data-command=pause]').click()");
        browser.await("document.getElementById('dialog').open");
        browser.press("Escape");
        browser.await("!document.getElementById('dialog').open");
        assertThat(node.asked).isEmpty();
    }

    @Test
    void saysWhyACommandWasRefused() throws IOException {
        node.answer(new Reply(false, "b is not synchronous: wait until it is.", ""));
        openPage();
        browser.evaluate("document.querySelector('[data-command=switchover]').click()");
        browser.evaluate("document.getElementById('to').value = 'b'");
        browser.evaluate("document.querySelector('dialog .main').click()");
        browser.await(
                "document.querySelector('dialog .problem').textContent ==="
                        + " 'b is not synchronous: wait until it is.'");
        assertThat(node.asked).containsExactly("switchover shop b");
    }

    @Test
    void tellsThatTheConnectionIsLostAndComesBackByItself() throws IOException {
        openPage();
        Endpoint address = server.address();
        server.close();
        browser.await("!document.getElementById('lost').hidden");
        assertThat(browser.text()).contains("Connection lost, trying again.");
        browser.photograph("lost-light");
        server = serve(address);
        // The new process does not know the old session: the page asks for the token again.
        browser.await("location.pathname === '/login'");
        browser.photograph("login-light");
        browser.open(server.loginLink());
        browser.await("document.getElementById('connection')?.textContent === 'live'");
    }

    @Test
    void showsTextOfOthersAsTextOnly() throws IOException {
        node.add(Severity.INFO, Optional.of("shop"), 7, "<img src=x onerror=document.title='hit'>");
        openPage();
        assertThat(browser.text()).contains("<img src=x onerror");
        assertThat(browser.evaluate("document.title")).isEqualTo("shop – Shoestring");
    }

    @Test
    void staysStillForThosePeopleWhoAskForIt() throws IOException {
        browser.prefer("prefers-reduced-motion", "reduce");
        openPage();
        assertThat(
                        browser.evaluate(
                                "getComputedStyle(document.querySelector('.flow')).animationName"))
                .isEqualTo("none");
    }

    @ParameterizedTest
    @MethodSource("views")
    void explainsEveryNumber(String view) throws IOException {
        openPage();
        node.show(view.equals("overview") ? Situations.large() : Situations.everything());
        show(view);
        browser.await("document.querySelectorAll('main .card').length > 0");
        browser.await("!document.querySelector('main').innerText.includes('Asking')");
        assertThat(
                        browser.evaluate(
                                """
                                [...document.querySelectorAll('main td, main th, main svg text,'
                                    + ' main .chip, main .meter, main dd, main figcaption')]
                                  .filter(cell => /[0-9]/.test(cell.textContent))
                                  .filter(cell => !cell.closest('[title]')
                                    && !cell.querySelector('title, [title]')
                                    && !cell.matches('.mono, .text, .tick, th[scope=row]'))
                                  .map(cell => cell.textContent).join('|')
                                """))
                .as("numbers without a title")
                .isEqualTo("");
    }

    static List<String> views() {
        return List.of(
                "overview",
                "databases",
                "statements",
                "urls",
                "traffic",
                "machines",
                "events",
                "changes");
    }

    @Test
    void graphsTellThePastWithTheEventsAndCanBeMovedByKeyboard() {
        openPage();
        show("machines");
        browser.await("document.querySelectorAll('svg.graph').length === 10");
        assertThat(browser.text()).contains("It does not answer: it is not connected.");
        assertThat(browser.evaluate("document.querySelector('svg.graph .mark.error').textContent"))
                .contains("The server process of the primary a ended: signal 9.");
        assertThat(browser.evaluate("document.querySelector('svg.graph').ariaLabel"))
                .contains("Processors: db0 now", "highest 78 %");
        String reading = "document.querySelector('figure.graph figcaption').innerText";
        String before = browser.evaluate(reading);
        browser.evaluate("document.querySelector('svg.graph').focus()");
        browser.press("ArrowLeft");
        browser.await(reading + " !== " + quoted(before));
        browser.evaluate("document.querySelector('[data-graph=\"86400\"]').click()");
        browser.await(
                "document.querySelector('[data-graph=\"86400\"]').getAttribute('aria-pressed') ==="
                        + " 'true'");
        browser.evaluate("document.querySelector('[data-graph=earlier]').click()");
        browser.await("document.querySelector('[data-graph=now]') !== null");
    }

    @Test
    void aPartOfAGraphThatIsDraggedOverIsAllThatIsShown() {
        openPage();
        show("machines");
        browser.await("document.querySelectorAll('svg.graph').length === 10");
        String range = "document.querySelector('.ranges span').innerText";
        String before = browser.evaluate(range);
        browser.evaluate(
                """
                (() => {
                  const graph = document.querySelector('svg.graph');
                  const {left, top, width} = graph.getBoundingClientRect();
                  for (const [type, share] of [['down', 0.5], ['move', 0.9], ['up', 0.9]]) {
                    graph.dispatchEvent(new PointerEvent(`pointer${type}`,
                      {bubbles: true, clientX: left + width * share, clientY: top + 50}));
                  }
                })()
                """);
        browser.await(range + " !== " + quoted(before));
        browser.await("document.querySelector('[data-graph=now]') !== null");
        // Nothing is pointed at any more: the legend tells the newest values, and of no moment.
        browser.await("document.querySelector('svg.graph .cursor') === null");
        assertThat(browser.evaluate("document.querySelector('figure.graph figcaption').innerText"))
                .doesNotContainPattern("\\d:\\d\\d");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'";
    }

    @ParameterizedTest
    @CsvSource({"1400,dark", "1400,light", "400,dark", "400,light"})
    void eachViewFits(int width, String scheme) throws IOException {
        browser.resize(width, 1400);
        browser.prefer("prefers-color-scheme", scheme);
        openPage();
        for (String view :
                List.of(
                        "databases",
                        "statements",
                        "urls",
                        "traffic",
                        "machines",
                        "events",
                        "overview")) {
            show(view);
            assertThat(browser.evaluate("document.documentElement.scrollWidth"))
                    .as(view)
                    .isEqualTo(String.valueOf(width));
            browser.photograph(view + "-" + width + "-" + scheme);
        }
        browser.await("document.querySelectorAll('svg.graph').length > 0");
    }

    private void show(String view) {
        browser.evaluate("location.hash = '#" + view + "'");
        browser.await(
                "document.querySelector('#views a[aria-current]').hash === '#%s'".formatted(view));
        browser.await("document.querySelector('main .card') !== null");
    }

    private void openPage() {
        browser.open(server.loginLink());
        browser.await("document.querySelector('svg.topology') !== null");
        browser.await("document.querySelectorAll('.events li').length >= 5");
    }
}
