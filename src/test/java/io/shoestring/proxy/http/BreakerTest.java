package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** A server whose answers are errors, and what traffic makes of it. */
@Timeout(60)
class BreakerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir(factory = InMemory.class)
    private Path directory;

    private static String answer(WebUnderTest web) throws IOException {
        try (var client = web.client()) {
            return client.send("GET / HTTP/1.1|Host: a|Connection: close||").answer();
        }
    }

    @Test
    void aServerThatAnswersWithErrorsGetsNothingUntilItIsTriedAgain() throws Exception {
        var says = new AtomicReference<>("HTTP/1.1 500 Broken|Content-Length: 3||bad");
        try (var bad =
                        new ScriptedServer(
                                talk -> {
                                    while (true) {
                                        talk.head();
                                        talk.send(says.get());
                                    }
                                });
                var good = ScriptedServer.saying("HTTP/1.1 200 OK|Content-Length: 4||good");
                var web =
                        new WebUnderTest(
                                directory,
                                "backend: web",
                                """
                                web:
                                  breaker: { failures: 2, out: 500ms }
                                  servers: { bad: "127.0.0.1:%d", good: "127.0.0.1:%d" }
                                """
                                        .formatted(bad.port(), good.port()))) {
            var server = web.backends().get("web").server("bad").orElseThrow();
            for (int i = 0; i < 4; i++) {
                answer(web);
            }
            await().atMost(PATIENCE).until(() -> server.state().circuit().trips() == 1);
            assertThat(server.taken()).isEqualTo(2);
            says.set("HTTP/1.1 200 OK|Content-Length: 4||well");
            await().atMost(PATIENCE).until(() -> answer(web).endsWith("well"));
            await().atMost(PATIENCE).until(() -> server.state().circuit().trips() == 0);
        }
    }
}
