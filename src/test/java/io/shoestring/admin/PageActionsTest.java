package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shoestring.config.AdminConfig;
import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.Endpoint;
import io.shoestring.node.Operations.Reply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Every action of the page, and the comparison of before and after, in a real browser. */
@Tag("alone")
@Timeout(120)
class PageActionsTest {
    private final FakeNode node = new FakeNode(Situations.everything());
    private final List<String> balanced = new CopyOnWriteArrayList<>();
    @TempDir private Path directory;
    private AdminServer server;
    private Browser browser;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        assumeTrue(Browser.isInstalled(), "skipped: there is no /usr/bin/chromium");
        node.beginAt(Instant.now().minusSeconds(75));
        Situations.tell(node);
        AdminConfig config =
                new AdminConfig(new Endpoint("127.0.0.1", 0), directory.resolve("admin.token"));
        server =
                new AdminServer(
                        config,
                        new AdminServer.Served(
                                node, balancers(), new InventedFigures(), Configurations.FIXED),
                        node,
                        "0.1.0");
        server.start();
        browser = new Browser();
        browser.resize(1400, 1400);
        browser.open(server.loginLink());
        browser.await("document.querySelector('svg.topology') !== null");
        browser.await("document.querySelectorAll('.events li').length >= 5");
    }

    /** Writes down what it is asked for, and does it. */
    private Balancers balancers() {
        return (Balancers)
                Proxy.newProxyInstance(
                        Balancers.class.getClassLoader(),
                        new Class<?>[] {Balancers.class},
                        (_, method, arguments) -> {
                            if (method.getReturnType() == List.class) {
                                return Situations.everything().backends();
                            }
                            balanced.add(method.getName() + " " + Arrays.toString(arguments));
                            return new Reply(true, "It is done.", "");
                        });
    }

    @AfterEach
    void stop() throws IOException {
        if (browser != null) {
            browser.close();
            server.close();
        }
    }

    /**
     * One of the buttons.
     *
     * @param says a part of what is said before
     * @param done what the node is asked for then
     */
    private record Action(String view, String command, String says, String done) {}

    private static final List<String> VIEWS =
            List.of(
                    "overview",
                    "databases",
                    "statements",
                    "urls",
                    "traffic",
                    "machines",
                    "changes",
                    "events");

    private static final List<Action> ACTIONS =
            List.of(
                    new Action(
                            "databases",
                            "switchover",
                            "Clients notice nothing.",
                            "switchover shop best"),
                    new Action("databases", "pause", "no replica takes over", "pause shop"),
                    new Action(
                            "databases", "restart", "Replicas come first", "restart shop NOW []"),
                    new Action(
                            "databases",
                            "failover",
                            "a is stopped at once",
                            "failover shop b " + AcceptedLoss.NOTHING),
                    new Action(
                            "databases",
                            "offline",
                            "It is the primary: another member (b)",
                            "offline shop a"),
                    new Action("traffic", "drain", "go on to their end", "want [web, web1, DRAIN]"),
                    new Action(
                            "traffic",
                            "maintenance",
                            "Nobody is led to it any more",
                            "want [web, web1, MAINTENANCE]"),
                    new Action(
                            "traffic", "weight", "It has 10 of 10 now.", "weigh [web, web2, 10]"),
                    new Action(
                            "traffic",
                            "ready",
                            "as soon as its checks find it up",
                            "want [web, web2, READY]"),
                    new Action("traffic", "move", "clients connect anew", "move writer db1"),
                    new Action(
                            "traffic",
                            "balance",
                            "where it belongs by the configuration",
                            "move writer anywhere"));

    @Test
    void eachActionSaysWhatItWillDoAndThenDoesIt() throws IOException {
        for (Action action : ACTIONS) {
            show(action.view());
            String button = "document.querySelector('[data-command=" + action.command() + "]')";
            browser.await(button + " !== null");
            browser.evaluate(button + ".click()");
            browser.await("document.getElementById('dialog').open");
            assertThat(browser.text()).contains(action.says());
            assertThat(node.asked).doesNotContain(action.done());
            assertThat(balanced).doesNotContain(action.done());
            browser.photograph("action-" + action.command());

            String reason = "a new disk for " + action.command();
            browser.evaluate("document.getElementById('reason').value = '" + reason + "'");
            browser.evaluate("document.querySelector('dialog .main').click()");
            await().untilAsserted(
                            () ->
                                    assertThat(
                                                    Stream.concat(
                                                            node.asked.stream(), balanced.stream()))
                                            .as(() -> browser.text())
                                            .contains(action.done()));
            browser.await("!document.getElementById('dialog').open");
            assertThat(node.since(0, 100)).anyMatch(event -> event.text().contains(reason));
        }
    }

    @Test
    void whatAFailoverWouldCostIsSaidBeforeAndForEachChoice() throws IOException {
        show("databases");
        String foreseen = "document.querySelector('dialog .foreseen').";
        browser.await("document.querySelector('[data-command=failover]') !== null");
        browser.evaluate("document.querySelector('[data-command=failover]').click()");
        browser.await(foreseen + "textContent === 'Judged for b with 0'");
        browser.await(foreseen + "classList.contains('refused')");

        browser.evaluate("document.getElementById('loss').focus()");
        browser.evaluate(
                "document.getElementById('loss').value = '3MB',"
                        + " document.getElementById('loss')"
                        + ".dispatchEvent(new Event('change', {bubbles: true}))");
        browser.await(foreseen + "textContent === 'Judged for b with 3145728'");
        browser.await("!" + foreseen + "classList.contains('refused')");
        browser.photograph("failover-judged");
        browser.evaluate("document.querySelector('dialog .main').click()");
        await().untilAsserted(
                        () ->
                                assertThat(node.asked)
                                        .contains("failover shop b " + AcceptedLoss.parse("3MB")));
    }

    /** What can be reached at all, and what a person who does not see it is told that it is. */
    private static final String REACHABLE =
            "[...document.querySelectorAll('a[href], button, input, select, [tabindex=\"0\"]')]"
                    + ".filter(each => !each.disabled && each.getClientRects().length > 0)";

    private static final String FOCUSED =
            """
            (() => {
              const it = document.activeElement;
              window.walked.add(it);
              const name = it.ariaLabel ?? it.labels?.[0]?.textContent ?? it.textContent;
              const style = getComputedStyle(it);
              const visible = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
              return visible && /[A-Za-z0-9].*[A-Za-z0-9]/.test(name) ? '' : it.outerHTML.slice(0, 200);
            })()
            """;

    @Test
    void everyViewIsReachedAndToldWithoutAMouse() {
        for (String view : VIEWS) {
            browser.evaluate("document.querySelector('#views [href=\"#" + view + "\"]').focus()");
            browser.press("Enter");
            browser.await("location.hash === '#%s'".formatted(view));
            browser.await(
                    "document.querySelector('#views a[aria-current]').hash === location.hash");
            browser.await("document.querySelector('main .card') !== null");
            browser.evaluate("window.walked = new Set(), document.querySelector('.skip').focus()");
            int reachable = Integer.parseInt(browser.evaluate(REACHABLE + ".length"));
            // Fields for times have parts, and the walk may go on while something is added.
            for (int i = 0; i < reachable + 12; i++) {
                assertThat(browser.evaluate(FOCUSED)).as(view).isEmpty();
                browser.press("Tab");
                if (browser.evaluate("document.activeElement === document.body").equals("true")) {
                    break;
                }
            }
            String left = REACHABLE + ".filter(each => !window.walked.has(each))";
            assertThat(browser.evaluate(left + ".map(each => each.outerHTML.slice(0, 120))"))
                    .as(view)
                    .isEmpty();
        }
    }

    @Test
    void aQuestionIsLeftByEscapeAndTheFocusIsWhereItWas() {
        for (Action action : ACTIONS) {
            show(action.view());
            String button = "document.querySelector('[data-command=" + action.command() + "]')";
            browser.await(button + " !== null");
            browser.evaluate(button + ".focus()");
            browser.press("Enter");
            browser.await("document.getElementById('dialog').open");
            browser.await("document.getElementById('dialog').contains(document.activeElement)");
            for (int i = 0; i < 12; i++) {
                browser.press("Tab");
                // Beside it, only the browser's own bar can be reached, not what is behind it.
                assertThat(
                                browser.evaluate(
                                        "document.activeElement === document.body ||"
                                                + " document.getElementById('dialog')"
                                                + ".contains(document.activeElement)"))
                        .isEqualTo("true");
            }
            browser.press("Escape");
            browser.await("!document.getElementById('dialog').open");
            assertThat(browser.evaluate("document.activeElement === " + button))
                    .as(action.command())
                    .isEqualTo("true");
        }
        assertThat(node.asked)
                .as("but for what it would do")
                .allMatch(it -> it.contains(" CHECK "));
    }

    @Test
    void comparesWhatCameBeforeAnEventWithWhatCameAfterIt() throws IOException {
        browser.evaluate("document.querySelector('.events [data-moment]').click()");
        browser.await("location.hash === '#changes'");
        browser.await("document.querySelectorAll('.changes tbody tr').length === 4");
        assertThat(browser.evaluate("document.querySelector('.changes tbody').innerText"))
                .contains("57.8 times slower, 5.3 % fail", "GET /<b>new</b>/{n}", "gone", "+2.1 s");
        assertThat(browser.evaluate("document.querySelector('.changes tbody b')"))
                .isEqualTo("null");
        browser.evaluate("document.querySelector('[data-span=\"900\"]').click()");
        browser.await(
                "document.querySelector('[data-span=\"900\"]').getAttribute('aria-pressed') ==="
                        + " 'true'");
        for (String scheme : List.of("light", "dark")) {
            for (int width : List.of(1400, 400)) {
                browser.prefer("prefers-color-scheme", scheme);
                browser.resize(width, 1200);
                browser.await("document.documentElement.scrollWidth === " + width);
                browser.photograph("changes-" + width + "-" + scheme);
            }
        }
    }

    private void show(String view) {
        browser.evaluate("location.hash = '#" + view + "'");
        browser.await(
                "document.querySelector('#views a[aria-current]').hash === '#%s'".formatted(view));
        browser.await("document.querySelector('main .card') !== null");
    }
}
