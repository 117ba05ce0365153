package io.shoestring.secrets.acme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpServer;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.AcmeConfig;
import io.shoestring.consensus.LocalStore;
import io.shoestring.network.tls.IssuedCertificates;
import io.shoestring.secrets.Seal;
import io.shoestring.secrets.Vault;
import io.shoestring.secrets.acme.CertificateKeeper.Wanted;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.Pebble;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/** Certificates from a real ACME server, for two nodes that share one memory. */
@Timeout(120)
class CertificateKeeperTest {
    private static final String NAME = "shop.example.com";
    private static final Duration CADENCE = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir(factory = InMemory.class)
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    private final Published<IssuedCertificates> one = new Published<>(IssuedCertificates.NONE);
    private final Published<IssuedCertificates> two = new Published<>(IssuedCertificates.NONE);
    private LocalStore store;
    private Vault vault;
    private HttpServer web;
    private Pebble pebble;

    @BeforeEach
    void start() throws Exception {
        store = LocalStore.open(directory.resolve("store"), "one", Clock.system());
        vault = new Vault(store, Seal.of("secret".getBytes(StandardCharsets.US_ASCII)));
        // The proof is asked of node two, whichever orders.
        web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext(
                "/.well-known/acme-challenge/",
                exchange -> {
                    String path = exchange.getRequestURI().getPath();
                    String host =
                            exchange.getRequestHeaders().getFirst("Host").replaceFirst(":.*", "");
                    Optional<String> answer =
                            two.get().answer(host, path.substring(path.lastIndexOf('/') + 1));
                    byte[] body = answer.orElse("").getBytes(StandardCharsets.US_ASCII);
                    exchange.sendResponseHeaders(answer.isPresent() ? 200 : 404, 0);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        web.start();
        pebble = new Pebble(directory.resolve("pebble"), web.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        pebble.close();
        web.stop(0);
        store.close();
    }

    private CertificateKeeper node(
            String name, Published<IssuedCertificates> issued, Optional<AcmeConfig> authority) {
        return CertificateKeeper.start(
                name,
                vault,
                issued,
                new CertificateKeeper.Chronicle() {
                    @Override
                    public void issued(String text) {
                        told.add(text);
                    }

                    @Override
                    public void failed(String text) {
                        told.add(text);
                    }
                },
                // Time goes on, and can be set forward.
                () -> {
                    now.updateAndGet(before -> before.plusMillis(50));
                    return now.get();
                },
                CADENCE,
                new Wanted(authority, Set.of(NAME)));
    }

    private Optional<AcmeConfig> authority() {
        return Optional.of(
                new AcmeConfig(
                        pebble.directory(),
                        Optional.of("operations@example.com"),
                        Optional.of(pebble.authority())));
    }

    private static X509Certificate of(Published<IssuedCertificates> node) {
        return requireNonNull(node.get().byName().get(NAME)).chain().getFirst();
    }

    private void awaitCertificates() {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            assertThat(one.get().byName()).as("%s", told).containsKey(NAME);
                            assertThat(two.get().byName()).containsKey(NAME);
                        });
    }

    @Test
    void oneNodeOrdersAllShowItAndItIsRenewedInTime() throws Exception {
        try (var _ = node("one", one, authority());
                var _ = node("two", two, authority())) {
            awaitCertificates();
            X509Certificate before = of(one);
            assertThat(of(two)).isEqualTo(before);
            assertThat(before.getSubjectAlternativeNames()).containsExactly(List.of(2, NAME));
            assertThat(told).singleElement().asString().contains("certificate for " + NAME);

            now.set(RenewalRule.renewalOf(before).plusSeconds(1));
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> {
                                assertThat(of(one)).as("%s", told).isNotEqualTo(before);
                                assertThat(of(two)).isEqualTo(of(one));
                            });
        }
        // A node that comes back has it at once, also while nobody can be asked.
        pebble.close();
        var third = new Published<>(IssuedCertificates.NONE);
        X509Certificate last = of(one);
        now.set(last.getNotBefore().toInstant().plusSeconds(60));
        try (var _ = node("three", third, authority())) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(third.get().byName()).containsKey(NAME));
            assertThat(of(third)).isEqualTo(last);
        }
    }

    @Test
    void aProofThatIsNotFoundIsToldOnceAndTriedAgainLater() throws Exception {
        try (var _ = node("one", one, authority())) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(told).isNotEmpty());
            assertThat(told.peek())
                    .contains("no certificate for " + NAME, "404", "tried again in 5 min");
            Thread.sleep(CADENCE.multipliedBy(5));
            assertThat(told).hasSize(1);
            try (var _ = node("two", two, authority())) {
                now.updateAndGet(before -> before.plus(Duration.ofMinutes(6)));
                awaitCertificates();
            }
        }
    }
}
