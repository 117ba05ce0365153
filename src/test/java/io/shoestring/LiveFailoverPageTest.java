package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.Browser;
import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;
import io.shoestring.sandbox.NodeRunner.RunningNode;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxOptions;
import io.shoestring.sandbox.Surroundings;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** A real primary is killed while the page is open in a real browser. */
@Tag("alone")
@Timeout(180)
class LiveFailoverPageTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SHOWN_WITHIN_MILLIS = 1000;

    /** Notes when each sentence, and each picture of who is what, was first to be seen. */
    private static final String WATCH =
            """
            (() => {
              window.seen = {};
              const look = () => {
                const label = document.querySelector('svg.topology')?.ariaLabel ?? '';
                const roles = /[ab] is primary/.exec(label)?.[0] ?? 'nobody is primary';
                const texts = [...document.querySelectorAll('.events li .what')];
                for (const text of [roles, ...texts.map(each => each.textContent)]) {
                  window.seen[text] ??= Date.now();
                }
              };
              look();
              window.seen = {...window.seen, [/[ab] is primary/.exec(
                document.querySelector('svg.topology').ariaLabel)[0]]: 0};
              new MutationObserver(look).observe(document.querySelector('main'),
                {subtree: true, childList: true, characterData: true, attributes: true});
            })()
            """;

    private final AtomicReference<RunningNode> node = new AtomicReference<>();

    private RunningNode start(Path file) throws Exception {
        RunningNode started = Main.runNode(file);
        node.set(started);
        return started;
    }

    @Test
    void thePageTellsEachStepWithinASecondOfItsHappening() throws Exception {
        assumeTrue(Browser.isInstalled(), "skipped: there is no /usr/bin/chromium");
        try (Sandbox sandbox =
                        Sandbox.start(
                                SandboxOptions.DEFAULT,
                                new Surroundings(
                                        this::start, line -> {}, log -> {}, Clock.system()));
                Browser browser = new Browser()) {
            awaitHealthy(sandbox);
            open(browser, sandbox);
            String first = sandbox.primary().orElseThrow();
            List<Event> before = events();
            browser.evaluate(WATCH);

            ProcessHandle.of(sandbox.postmaster(first).orElseThrow())
                    .orElseThrow()
                    .destroyForcibly();
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> !sandbox.primary().equals(Optional.of(first)));
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> sandbox.primary().isPresent());
            Instant taken = Instant.now();
            awaitHealthy(sandbox);

            List<Event> told = events().stream().filter(each -> !before.contains(each)).toList();
            browser.photograph("live-failover-light");
            await().atMost(Duration.ofSeconds(5)).until(() -> allShown(browser, told));
            Map<String, Long> late = lateness(seen(browser), told);
            String roles = sandbox.primary().orElseThrow() + " is primary";
            long shown = requireNonNull(seen(browser).get(roles), roles);
            late.put(roles, shown - taken.toEpochMilli());
            assertThat(late).hasSizeGreaterThan(4);
            assertThat(late)
                    .allSatisfy((_, millis) -> assertThat(millis).isLessThan(SHOWN_WITHIN_MILLIS));
        }
    }

    private static void open(Browser browser, Sandbox sandbox) throws Exception {
        JsonNode sheet = JsonMapper.shared().readTree(sandbox.sheet().json());
        String token = sheet.at("/token").asString();
        browser.resize(1400, 1400);
        browser.open(sheet.at("/admin").asString().replaceAll("/$", "") + "/login#token=" + token);
        browser.await("document.querySelector('svg.topology') !== null");
        browser.await("document.querySelectorAll('.events li').length > 0");
    }

    private List<Event> events() {
        return requireNonNull(node.get()).events().since(0, 500);
    }

    private static Map<String, Long> seen(Browser browser) {
        Map<String, Long> all = new LinkedHashMap<>();
        JsonMapper.shared()
                .readTree(browser.evaluate("JSON.stringify(window.seen)"))
                .properties()
                .forEach(each -> all.put(each.getKey(), each.getValue().asLong()));
        return all;
    }

    private static boolean allShown(Browser browser, List<Event> told) {
        return seen(browser).keySet().containsAll(told.stream().map(Event::text).toList());
    }

    private static Map<String, Long> lateness(Map<String, Long> seen, List<Event> told) {
        Map<String, Long> late = new LinkedHashMap<>();
        for (Event each : told) {
            long shown = requireNonNull(seen.get(each.text()), each.text());
            late.put(each.text(), shown - each.at().toEpochMilli());
        }
        return late;
    }

    private static void awaitHealthy(Sandbox sandbox) {
        await().atMost(PATIENCE)
                .until(() -> sandbox.database().filter(DatabaseStatus::healthy).isPresent());
    }
}
