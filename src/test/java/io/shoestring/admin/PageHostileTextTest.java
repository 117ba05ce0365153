package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shoestring.admin.api.Json;
import io.shoestring.config.AdminConfig;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event.Severity;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Whatever others named, sent or asked for is shown as text: every text that the API tells carries
 * code here, on every view of the page.
 */
@Tag("alone")
@Timeout(120)
class PageHostileTextTest {
    private static final String CODE =
            "</td></script><img src=x onerror=\"document.title='hit'\">\"'--><script>"
                    + "document.title='hit'</script>";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir private Path directory;

    @Test
    void isTextOnEveryView() throws Exception {
        assumeTrue(Browser.isInstalled(), "skipped: there is no /usr/bin/chromium");
        FakeNode node = new FakeNode(hostile(Situations.everything(), ClusterStatus.class));
        node.beginAt(Instant.now().minusSeconds(75));
        node.add(Severity.ERROR, Optional.of("shop" + CODE), 7, "Something happened. " + CODE);
        AdminConfig config =
                new AdminConfig(new Endpoint("127.0.0.1", 0), directory.resolve("admin.token"));
        try (AdminServer server =
                        new AdminServer(
                                config,
                                new AdminServer.Served(
                                        node,
                                        Balancers.NONE,
                                        hostileFigures(),
                                        Configurations.FIXED),
                                node,
                                "0.1.0" + CODE);
                Browser browser = new Browser()) {
            server.start();
            browser.resize(1400, 1400);
            browser.open(server.loginLink());
            browser.await("document.querySelector('svg.topology') !== null");
            for (String view :
                    List.of(
                            "overview",
                            "databases",
                            "statements",
                            "urls",
                            "traffic",
                            "machines",
                            "changes",
                            "events")) {
                browser.evaluate("location.hash = '#" + view + "'");
                if (view.equals("changes")) {
                    browser.evaluate("document.querySelector('.choice input').value");
                    browser.evaluate(
                            "(() => { const all = document.querySelector('[data-change=event]');"
                                    + " all.selectedIndex = 1; all.dispatchEvent(new"
                                    + " Event('change', {bubbles: true})); })()");
                }
                // It is there, so what follows proves something.
                browser.await("document.querySelector('main').textContent.includes('onerror')");
                assertThat(browser.evaluate("document.title")).as(view).isNotEqualTo("hit");
                assertThat(
                                browser.evaluate(
                                        "document.querySelectorAll('main img, main"
                                                + " script').length"))
                        .as(view)
                        .isEqualTo("0");
            }
        }
    }

    /** The invented figures, with code in each text. */
    private static Measurements hostileFigures() {
        Measurements invented = new InventedFigures();
        return (Measurements)
                Proxy.newProxyInstance(
                        Measurements.class.getClassLoader(),
                        new Class<?>[] {Measurements.class},
                        (_, method, arguments) ->
                                hostileAnswer(method, method.invoke(invented, arguments)));
    }

    private static Object hostileAnswer(Method method, Object answer) {
        return answer instanceof List<?> list
                ? list.stream().map(each -> hostile(each, each.getClass())).toList()
                : hostile(answer, method.getReturnType());
    }

    private static <T> T hostile(Object value, Class<? extends T> type) {
        JsonNode tree = JSON.readTree(Json.write(value));
        return Json.read(infect(tree).toString(), type);
    }

    private static JsonNode infect(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> {
                for (String name : List.copyOf(object.propertyNames())) {
                    object.set(name, infect(object.get(name)));
                }
                yield object;
            }
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    array.set(i, infect(array.get(i)));
                }
                yield array;
            }
            // Times stay times.
            case StringNode text ->
                    text.stringValue().matches("\\d{4}-\\d\\d-.*")
                            ? text
                            : StringNode.valueOf(text.stringValue() + CODE);
            default -> node;
        };
    }
}
