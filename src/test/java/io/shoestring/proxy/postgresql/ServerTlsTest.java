package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.ServerTls;
import io.shoestring.config.ServerTls.Mode;
import io.shoestring.database.postgresql.RolePasswords;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Protection;
import io.shoestring.model.Topology;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.InMemory;

import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Servers that are spoken to by TLS, and those that are not believed. */
@Timeout(120)
class ServerTlsTest {
    private static final String ENCRYPTED =
            "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

    @TempDir(factory = InMemory.class)
    private static Path directory;

    private static PostgresPair pair;
    private static Certificates certificates;
    private static Certificates others;
    private @Nullable ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        pair = PostgresPair.start();
        certificates = new Certificates(directory.resolve("ours"));
        others = new Certificates(directory.resolve("others"));
        certificates.sign("server", "elsewhere");
        try (var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute("create role trusted superuser login");
        }
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @BeforeEach
    void encrypt() throws Exception {
        Path ours = directory.resolve("ours");
        pair.encrypt(ours.resolve("server.crt"), ours.resolve("server.key"));
        Files.copy(certificates.authority(), authorities(), StandardCopyOption.REPLACE_EXISTING);
    }

    @AfterEach
    void end() {
        proxy().close();
    }

    private static Path authorities() {
        return directory.resolve("believed.pem");
    }

    private ProxyUnderTest proxy() {
        return requireNonNull(proxy, "nobody listens");
    }

    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30)).ignoreExceptions();
    }

    private static ServerTls verified(Mode mode) {
        return new ServerTls(mode, Optional.of(authorities()));
    }

    private void listen(ServerTls tls, MemberSpec primary, TrialListener trial) throws Exception {
        proxy =
                new ProxyUnderTest(
                        pair,
                        trial.serverTls(tls)
                                .authentication(Authentication.TRUST)
                                .hold(Duration.ofSeconds(2)));
        proxy().publish(1, Optional.of(primary), false);
    }

    private void listen(ServerTls tls) throws Exception {
        listen(tls, pair.primary(), new TrialListener());
    }

    private String value(String sql) throws IOException {
        try (RawClient client = RawClient.connect(proxy().port())) {
            return client.value(sql);
        }
    }

    /** Under a name that its certificate is not for. */
    private static MemberSpec underAnotherName() {
        MemberSpec primary = pair.primary();
        return new MemberSpec(
                primary.name(),
                primary.node(),
                new Endpoint("localhost", primary.endpoint().port()),
                1);
    }

    @Test
    void aServerThatProvesWhoItIsIsSpokenToByTls() throws Exception {
        listen(verified(Mode.VERIFY_FULL));
        soon().until(() -> value(ENCRYPTED).equals("t"));
        // Longer than one record of TLS, and back again.
        assertThat(value("select length('" + "x".repeat(50_000) + "')")).isEqualTo("50000");
        assertThat(value("select repeat('y', 200000)")).hasSize(200_000);
    }

    @Test
    void whatIsNotBelievedIsToldToWhoeverWaits() throws Exception {
        listen(verified(Mode.VERIFY_FULL), underAnotherName(), new TrialListener());
        soon().until(() -> refusal().contains("was not believed: TLS"));
        proxy().close();
        listen(verified(Mode.VERIFY_CA), underAnotherName(), new TrialListener());
        assertThat(value(ENCRYPTED)).isEqualTo("t");
    }

    private String refusal() throws IOException {
        try (RawClient client = RawClient.open(proxy().port())) {
            // Longer than what waits is held; whoever is let in hears no error.
            client.patience(4_000);
            client.send(Wire.startup(Map.of("user", RawClient.ROLE, "database", "postgres")))
                    .until('E');
            return String.join(" ", client.heard());
        }
    }

    @Test
    void authoritiesAreReadAgainWhenTheyChange() throws Exception {
        listen(verified(Mode.VERIFY_CA));
        soon().until(() -> value(ENCRYPTED).equals("t"));
        Files.copy(others.authority(), authorities(), StandardCopyOption.REPLACE_EXISTING);
        soon().until(() -> refusal().contains("was not believed: TLS"));
        Files.copy(certificates.authority(), authorities(), StandardCopyOption.REPLACE_EXISTING);
        soon().until(() -> value(ENCRYPTED).equals("t"));
    }

    @Test
    void aServerWithoutTlsIsGoodEnoughOnlyWhereItIsOptional() throws Exception {
        pair.setOfPrimary("ssl", "off");
        listen(new ServerTls(Mode.REQUIRE, Optional.empty()));
        soon().until(() -> refusal().contains("does not speak TLS"));
        proxy().close();
        listen(new ServerTls(Mode.PREFER, Optional.empty()));
        assertThat(value(ENCRYPTED)).isEqualTo("f");
    }

    @Test
    void encryptedConnectionsGoFromLoopToLoopAndCancelsArrive() throws Exception {
        listen(
                verified(Mode.VERIFY_FULL),
                pair.primary(),
                new TrialListener().pool(ProxyUnderTest.shared(1)));
        soon().until(() -> value(ENCRYPTED).equals("t"));
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            clients.add(RawClient.connect(proxy().port()));
        }
        for (int i = 0; i < 30; i++) {
            assertThat(clients.get(i % 6).value("select " + i)).isEqualTo(String.valueOf(i));
        }
        RawClient sleeper = clients.getFirst();
        sleeper.send(Wire.query("select pg_sleep(100)"));
        soon().until(
                        () -> {
                            try (RawClient canceler = RawClient.open(proxy().port())) {
                                canceler.send(
                                        Wire.cancelRequest(
                                                sleeper.processId(), sleeper.secretKey()));
                            }
                            sleeper.patience(200);
                            sleeper.until('E');
                            return true;
                        });
        assertThat(String.join(" ", sleeper.heard())).contains("57014");
        for (RawClient each : clients) {
            each.close();
        }
    }

    @Test
    void whoLooksAfterTheMembersIsAsCareful() throws Exception {
        listen(verified(Mode.VERIFY_FULL));
        soon().until(() -> storedPassword(certificates.authority()).contains("Found"));
        assertThat(storedPassword(others.authority())).contains("Unavailable");
    }

    /** No password would help there. */
    @Test
    void aMemberThatAsksForACertificateGetsOurs() throws Exception {
        Path key = certificates.sign("ours", "certified").resolveSibling("ours.key");
        Path ours = directory.resolve("ours.pem");
        Files.copy(key.resolveSibling("ours.crt"), ours);
        pair.authorities(certificates.authority());
        try (var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute("create role certified superuser login");
        }
        pair.letInFirst("hostssl all certified 127.0.0.1/32 cert");
        ServerTls tls =
                new ServerTls(
                        Mode.VERIFY_FULL,
                        Optional.of(authorities()),
                        Optional.of(new ServerTls.Certificate(ours, key)));
        listen(tls);
        soon().until(() -> asCertified().equals("certified"));
        assertThat(storedPassword(new Superuser("certified", noPassword(), Optional.of(tls))))
                .contains("Found");

        proxy().close();
        listen(verified(Mode.VERIFY_FULL));
        assertThatThrownBy(this::asCertified).hasMessageContaining("certificate");

        // The same, with a certificate that another authority has signed.
        proxy().close();
        Path strange = others.sign("strange", "certified");
        listen(
                new ServerTls(
                        Mode.VERIFY_FULL,
                        Optional.of(authorities()),
                        Optional.of(
                                new ServerTls.Certificate(
                                        strange, strange.resolveSibling("strange.key")))));
        assertThatThrownBy(this::asCertified).isInstanceOf(SQLException.class);
    }

    private static Path noPassword() throws IOException {
        return Files.writeString(directory.resolve("no.password"), "none\n");
    }

    private String asCertified() throws SQLException {
        try (var connection =
                        DriverManager.getConnection(proxy().url(""), "certified", "not asked for");
                var statement = connection.createStatement();
                var answer = statement.executeQuery("select current_user")) {
            answer.next();
            return answer.getString(1);
        }
    }

    private static String storedPassword(Path believed) {
        return storedPassword(
                new Superuser(
                        PostgresPair.SUPERUSER,
                        pair.superuser().passwordFile(),
                        Optional.of(new ServerTls(Mode.VERIFY_FULL, Optional.of(believed)))));
    }

    private static String storedPassword(Superuser superuser) {
        var database =
                new DatabaseSpec(
                        new DatabaseName("shop"),
                        Protection.PERFORMANCE,
                        List.of(pair.primary()),
                        false);
        var nobodyKnown = new Published<>(new Topology(0, Map.of()));
        try (var passwords = new RolePasswords(database, nobodyKnown, superuser, Clock.system())) {
            return passwords.find(PostgresPair.SUPERUSER).toString();
        }
    }
}
