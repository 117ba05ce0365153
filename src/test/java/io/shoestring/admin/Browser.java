package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import org.awaitility.Awaitility;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real Chromium without a window, with one page, driven through its own debugging protocol.
 * Methods wait for Chromium's answer, for ten seconds at most.
 */
public final class Browser implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path directory;
    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();

    public Browser() throws IOException, InterruptedException {
        directory = Files.createTempDirectory("shoestring-browser");
        process =
                new ProcessBuilder(
                                PROGRAM.toString(),
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--hide-scrollbars",
                                "--remote-debugging-port=0",
                                "--user-data-dir=" + directory,
                                "about:blank")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        socket = http.newWebSocketBuilder().buildAsync(pageSocket(), new Answers()).join();
        send("Page.enable", Map.of());
    }

    public static boolean isInstalled() {
        return Files.isExecutable(PROGRAM);
    }

    /** Opens an address; the page may not be loaded yet when this returns. */
    public void open(String address) {
        send("Page.navigate", Map.of("url", address));
    }

    /** Sizes the window, in CSS pixels. */
    public void resize(int width, int height) {
        send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** Pretends that the person prefers something, like {@code prefers-color-scheme: dark}. */
    public void prefer(String feature, String value) {
        send(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", feature, "value", value))));
    }

    /** The value of an expression in the page, as text. */
    public String evaluate(String expression) {
        JsonNode result =
                send(
                        "Runtime.evaluate",
                        Map.of("expression", "String(" + expression + ")", "awaitPromise", true));
        return result.path("result").path("value").asString("");
    }

    /** Everything that can be read on the page. */
    public String text() {
        return evaluate("document.body.innerText + document.querySelector('svg')?.textContent");
    }

    /** Waits until the expression is true in the page. */
    public void await(String expression) {
        Awaitility.await(expression)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> evaluate(expression).equals("true"));
    }

    /** Presses and lets go of a key, like {@code Tab}, {@code Enter}, {@code Escape}. */
    public void press(String key) {
        int code =
                Map.of("Tab", 9, "Enter", 13, "Escape", 27, "ArrowLeft", 37).getOrDefault(key, 0);
        String text = key.equals("Enter") ? "\r" : "";
        for (String type : List.of("keyDown", "keyUp")) {
            send(
                    "Input.dispatchKeyEvent",
                    Map.of(
                            "type",
                            type,
                            "key",
                            key,
                            "code",
                            key,
                            "windowsVirtualKeyCode",
                            code,
                            "text",
                            type.equals("keyDown") ? text : ""));
        }
    }

    /** Keeps what the page looks like, below {@code target/screenshots}. */
    public void photograph(String name) throws IOException {
        JsonNode picture = send("Page.captureScreenshot", Map.of("captureBeyondViewport", true));
        Path file = Path.of("target", "screenshots", name + ".png");
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.write(file, Base64.getDecoder().decode(picture.path("data").asString()));
    }

    private JsonNode send(String method, Map<String, Object> parameters) {
        int id = lastId.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        String command =
                JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters));
        socket.sendText(command, true).join();
        return answer.orTimeout(10, TimeUnit.SECONDS).join().path("result");
    }

    private URI pageSocket() throws IOException, InterruptedException {
        Path portFile = directory.resolve("DevToolsActivePort");
        Awaitility.await("Chromium starts")
                .atMost(Duration.ofSeconds(20))
                .until(() -> Files.exists(portFile) && Files.size(portFile) > 0);
        String port = Files.readAllLines(portFile).getFirst();
        URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
        String targets =
                http.send(
                                HttpRequest.newBuilder(list).build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
        return URI.create(JSON.readTree(targets).get(0).path("webSocketDebuggerUrl").asString());
    }

    @Override
    public void close() throws IOException {
        socket.abort();
        http.close();
        process.destroy();
        process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join();
        process.destroyForcibly().onExit().join();
        Awaitility.await("Chromium's helpers let go of its files")
                .ignoreExceptions()
                .until(this::deleteDirectory);
    }

    private boolean deleteDirectory() throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
        return true;
    }

    private final class Answers implements WebSocket.Listener {
        private final StringBuilder parts = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            parts.append(data);
            if (last) {
                JsonNode message = JSON.readTree(parts.toString());
                parts.setLength(0);
                CompletableFuture<JsonNode> answer = waiting.remove(message.path("id").asInt(0));
                if (answer != null) {
                    answer.complete(message);
                }
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }
}
