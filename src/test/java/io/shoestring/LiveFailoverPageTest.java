package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.Browser;
import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.cli.Console;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;
import io.shoestring.sandbox.NodeRunner.RunningNode;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxOptions;
import io.shoestring.sandbox.Surroundings;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What an operator meets on a running system: each command's JSON, a failover that he forces, and a
 * real primary that is killed while the page is open in a real browser.
 */
@Tag("alone")
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
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

    /** They make machines and servers of their own, or keys: other tests run them. */
    private static final Set<String> ELSEWHERE =
            Set.of("sandbox", "demo", "fault", "bench", "init", "token", "join", "adopt");

    private final AtomicReference<RunningNode> node = new AtomicReference<>();
    private final AtomicReference<Path> configuration = new AtomicReference<>(Path.of(""));
    private @Nullable Sandbox running;
    private JsonNode sheet = MissingNode.getInstance();

    private RunningNode start(Path file) throws Exception {
        configuration.set(file);
        RunningNode started = Main.runNode(file);
        node.set(started);
        return started;
    }

    @BeforeAll
    void start() throws Exception {
        running =
                Sandbox.start(
                        SandboxOptions.DEFAULT,
                        new Surroundings(this::start, line -> {}, log -> {}, Clock.system()));
        sheet = JsonMapper.shared().readTree(sandbox().sheet().json());
        awaitHealthy(sandbox());
    }

    @AfterAll
    void stop() {
        sandbox().close();
    }

    private Sandbox sandbox() {
        return requireNonNull(running);
    }

    /** What a command said. */
    private record Said(int code, String out, String err) {}

    private Said run(String... arguments) {
        return run(sheet, arguments);
    }

    private static Said run(JsonNode sheet, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Map<String, String> environment =
                Map.of(
                        "SHOESTRING_ADMIN", sheet.at("/admin").asString(),
                        "SHOESTRING_TOKEN", sheet.at("/token").asString());
        int code =
                Main.commands(
                                new Console(
                                        new PrintWriter(out),
                                        new PrintWriter(err),
                                        false,
                                        environment,
                                        Path.of("target"),
                                        Clock.system(),
                                        WallClock.system(),
                                        ZoneOffset.UTC))
                        .execute(arguments);
        return new Said(code, out.toString(), err.toString());
    }

    @Test
    @Order(1)
    void everyCommandThatKnowsJsonPrintsNothingElse() {
        String name = sandbox().database().orElseThrow().name();
        String file = configuration.get().toString();
        List<String> calls =
                List.of(
                        "status",
                        "why",
                        "why " + name,
                        "top",
                        "sizes " + name,
                        "statements",
                        "urls",
                        "changes 1m",
                        "events --since 10m",
                        "check " + file,
                        "doctor -c " + file,
                        "password --token",
                        "pause " + name,
                        "resume " + name,
                        "member offline " + name + "/b",
                        "member online " + name + "/b",
                        "server drain web/web1",
                        "address move writer local",
                        "apply " + file,
                        "switchover " + name + " --check",
                        "restart " + name + " --check",
                        "failover " + name + " --to b --check");
        Set<String> tried = new HashSet<>(ELSEWHERE);
        // What the servers tell is asked for every few seconds, and was not while they started.
        await().atMost(PATIENCE).until(() -> run("top").code() == 0);
        for (String call : calls) {
            tried.add(call.replaceAll(" .*", ""));
            Said said = run((call + " --json").split(" "));
            try (var values =
                    JsonMapper.shared().readerFor(JsonNode.class).readValues(said.out())) {
                List<Object> all = values.readAll();
                assertThat(all).as("%s: %s", call, said).isNotEmpty();
                assertThat(said.err()).as("%s: %s", call, said).isEmpty();
                assertThat(said.code()).as("%s: %s", call, said).isIn(codes(call));
            }
        }
        assertThat(Main.commands(silent()).names())
                .filteredOn(command -> run(command, "--help").out().contains("--json"))
                .isSubsetOf(tried);
        awaitHealthy(sandbox());
    }

    /**
     * There are no servers and no addresses here, and who refuses says so in JSON. The doctor tells
     * by its code how bad the worst is, and a small machine has hints.
     */
    private static List<Integer> codes(String call) {
        return switch (call.replaceAll(" .*", "")) {
            case "server", "address" -> List.of(1);
            case "doctor" -> List.of(0, 4, 5);
            default -> List.of(0);
        };
    }

    private static Console silent() {
        return new Console(
                new PrintWriter(Writer.nullWriter()),
                new PrintWriter(Writer.nullWriter()),
                false,
                Map.of(),
                Path.of("target"),
                Clock.system(),
                WallClock.system(),
                ZoneOffset.UTC);
    }

    /** It works and is stopped all the same; nothing is lost, because commits waited for b. */
    @Test
    @Order(2)
    void anOperatorForcesAFailoverAndIsToldWhatBecameOfIt() {
        awaitHealthy(sandbox());
        DatabaseStatus before = sandbox().database().orElseThrow();
        String to = before.primary().orElseThrow().equals("a") ? "b" : "a";
        Said said = run("failover", before.name(), "--to", to, "--reason", "the disk of it");
        assertThat(said.code()).as("%s", said).isZero();
        assertThat(said.out())
                .contains(
                        " is forced: " + to + " has every acknowledged commit.",
                        "Done: " + to + " is the primary of " + before.name());
        awaitHealthy(sandbox());
        String why = run("why", before.name()).out();
        assertThat(why)
                .contains(
                        "Failover s-",
                        "asked for 'failover' of " + before.name() + " (the disk of it).",
                        "was chosen by an operator",
                        "writes were held for",
                        "is back as a replica")
                .doesNotContain("noted by");
    }

    @Test
    @Order(3)
    void thePageTellsEachStepWithinASecondOfItsHappening() throws Exception {
        assumeTrue(Browser.isInstalled(), "skipped: there is no /usr/bin/chromium");
        Sandbox sandbox = sandbox();
        try (Browser browser = new Browser()) {
            open(browser);
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

    private void open(Browser browser) {
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
