package io.shoestring.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.consensus.LocalStore;
import io.shoestring.network.tls.TicketSecrets;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Nodes agree on the secrets of session tickets, and change them in time. */
@Timeout(60)
class TicketKeeperTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir(factory = InMemory.class)
    Path directory;

    private static Seal seal(String secret) {
        return Seal.of(secret.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void twoNodesHaveTheSameSecretsAndConsensusShowsThemToNobody() throws Exception {
        try (var store = LocalStore.open(directory, "one", Clock.system())) {
            var vault = new Vault(store, seal("cluster"));
            var one = new Published<>(TicketSecrets.random());
            var two = new Published<>(TicketSecrets.random());
            try (var _ = TicketKeeper.start(vault, one, WallClock.system());
                    var _ = TicketKeeper.start(vault, two, WallClock.system())) {
                await().until(() -> ring(vault).isPresent());
                await().untilAsserted(
                                () -> {
                                    TicketRing ring = ring(vault).orElseThrow();
                                    assertThat(one.get()).isEqualTo(ring.inUse());
                                    assertThat(two.get()).isEqualTo(ring.inUse());
                                });
                String stored = store.get("tls/tickets").orElseThrow().value();
                String secret = ring(vault).orElseThrow().secrets().getFirst().bytes();
                assertThat(stored).doesNotContain(secret);
                assertThat(ring(new Vault(store, seal("others")))).isEmpty();
            }
        }
    }

    private static Optional<TicketRing> ring(Vault vault) throws Exception {
        return vault.read("tls/tickets", TicketRing.class).value();
    }

    @Test
    void theNextSecretIsKnownBeforeItIsUsedAndTheLastOneForAWhileAfterwards() {
        TicketRing first = TicketRing.begin(NOON);
        assertThat(first.isDue(NOON.plus(TicketRing.TURN).minusSeconds(1))).isFalse();
        assertThat(first.isDue(NOON.plus(TicketRing.TURN))).isTrue();

        TicketRing second = first.turned(NOON.plus(TicketRing.TURN));
        byte[] next = first.secrets().get(0).decoded();
        byte[] used = first.secrets().get(1).decoded();
        assertThat(first.inUse()).isEqualTo(new TicketSecrets(List.of(used, next)));
        byte[] newest = second.secrets().getFirst().decoded();
        assertThat(second.inUse()).isEqualTo(new TicketSecrets(List.of(next, used, newest)));
        assertThat(second.turned(NOON).secrets()).hasSize(3).doesNotContain(first.secrets().get(1));
    }

    @Test
    void whatWasSealedForOnePlaceCannotBeReadAtAnother() {
        Seal seal = seal("cluster");
        String sealed = seal.close("here", "text");
        assertThat(seal.open("here", sealed)).contains("text");
        assertThat(seal.open("there", sealed)).isEmpty();
        assertThat(seal.open("here", "A" + sealed.substring(1)).filter("text"::equals))
                .isEqualTo(sealed.startsWith("A") ? Optional.of("text") : Optional.empty());
        assertThat(seal.open("here", "")).isEmpty();
    }
}
