package io.shoestring.consensus.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore.Transaction;
import io.shoestring.consensus.Pki;
import io.shoestring.consensus.TlsFiles;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

@Timeout(60)
class EtcdAccessTest {
    @TempDir private Path directory;

    @Test
    void aUserGetsInWithItsPasswordAndATokenThatRanOutIsRenewed() throws Exception {
        Etcd etcd = Etcd.start(directory.resolve("etcd"), 1, "http", List.of("--auth-token-ttl=1"));
        try {
            requirePasswords(etcd);
            Path password = Files.writeString(directory.resolve("password"), "secret\n");
            var login = Optional.of(new EtcdSettings.Login("root", password));
            try (EtcdStore store = open(etcd.endpoints(), login)) {
                assertThat(put(store, "1")).isTrue();
                Thread.sleep(2_500);
                assertThat(put(store, "2")).isTrue();
                assertThat(store.get("k").orElseThrow().value()).isEqualTo("2");
                // All tokens are forgotten with the process.
                etcd.kill("e0");
                etcd.start("e0");
                await().atMost(Duration.ofSeconds(15))
                        .ignoreExceptionsInstanceOf(ConsensusException.class)
                        .until(() -> put(store, "3"));
            }
            Files.writeString(password, "wrong\n");
            try (EtcdStore store = open(etcd.endpoints(), login)) {
                assertThatThrownBy(() -> store.get("k"))
                        .isInstanceOf(ConsensusException.class)
                        .hasMessageContaining("does not let user root in")
                        .hasMessageContaining(password.toString());
            }
        } finally {
            etcd.close();
        }
    }

    private static void requirePasswords(Etcd etcd) throws Exception {
        etcd.leader();
        etcd.post("e0", "/v3/auth/user/add", "{\"name\":\"root\",\"password\":\"secret\"}");
        etcd.post("e0", "/v3/auth/role/add", "{\"name\":\"root\"}");
        etcd.post("e0", "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
        etcd.post("e0", "/v3/auth/enable", "{}");
    }

    @Test
    void bothSidesProveThemselvesByCertificates() throws Exception {
        Pki pki = Pki.in(directory.resolve("pki"));
        TlsFiles server = pki.issue("server");
        TlsFiles client = pki.issue("client");
        Etcd etcd =
                Etcd.start(
                        directory.resolve("etcd"),
                        1,
                        "https",
                        List.of(
                                "--cert-file=" + server.certificate(),
                                "--key-file=" + server.key(),
                                "--client-cert-auth",
                                "--trusted-ca-file=" + server.authority()));
        try {
            var identity = new EtcdSettings.Identity(client.certificate(), client.key());
            try (EtcdStore store = secure(etcd, pki.authority(), Optional.of(identity))) {
                assertThat(put(store, "1")).isTrue();
            }
            try (EtcdStore store = secure(etcd, pki.authority(), Optional.empty())) {
                assertThatThrownBy(() -> store.get("k")).isInstanceOf(ConsensusException.class);
            }
            Path foreign = Pki.in(directory.resolve("foreign")).authority();
            try (EtcdStore store = secure(etcd, foreign, Optional.of(identity))) {
                assertThatThrownBy(() -> store.get("k")).isInstanceOf(ConsensusException.class);
            }
        } finally {
            etcd.close();
        }
    }

    @Test
    void anEtcdThatIsNotThereIsNamedInTime() throws Exception {
        URI nowhere = URI.create("http://127.0.0.1:" + FreePort.find());
        try (EtcdStore store = open(List.of(nowhere), Optional.empty())) {
            assertThatThrownBy(() -> store.get("k"))
                    .isInstanceOf(ConsensusException.class)
                    .hasMessageContaining(nowhere + " does not answer");
        }
    }

    private static boolean put(EtcdStore store, String value) throws ConsensusException {
        return store.commit(new Transaction(Map.of(), Map.of("k", value)));
    }

    private static EtcdStore open(List<URI> endpoints, Optional<EtcdSettings.Login> login)
            throws ConsensusException {
        return open(endpoints, login, Optional.empty(), Optional.empty());
    }

    private static EtcdStore secure(
            Etcd etcd, Path authority, Optional<EtcdSettings.Identity> identity)
            throws ConsensusException {
        return open(etcd.endpoints(), Optional.empty(), Optional.of(authority), identity);
    }

    private static EtcdStore open(
            List<URI> endpoints,
            Optional<EtcdSettings.Login> login,
            Optional<Path> authority,
            Optional<EtcdSettings.Identity> identity)
            throws ConsensusException {
        return EtcdStore.open(
                new EtcdSettings(
                        endpoints, "test", login, authority, identity, Duration.ofSeconds(6)),
                Clock.system());
    }
}
