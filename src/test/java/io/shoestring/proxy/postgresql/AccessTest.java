package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import io.shoestring.config.AccessConfig;
import io.shoestring.config.AccessConfig.Failures;
import io.shoestring.config.AccessConfig.Rule;
import io.shoestring.config.AccessConfig.Way;
import io.shoestring.config.IpNetwork;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresTls;
import io.shoestring.config.TlsConfig;
import io.shoestring.config.TlsConfig.Version;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.InMemory;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Who is let in, from where, as whom, and how. */
@Timeout(120)
class AccessTest {
    @TempDir(factory = InMemory.class)
    private static Path directory;

    private static PostgresPair pair;
    private static Certificates certificates;
    private @Nullable ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws Exception {
        pair = PostgresPair.start();
        certificates = new Certificates(directory);
        certificates.sign("shop", "localhost");
        certificates.sign("client", "trusted");
        try (var direct = pair.direct(pair.primary());
                var statement = direct.createStatement()) {
            statement.execute("create role trusted superuser login");
            statement.execute("create role other superuser login password 'else'");
        }
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @AfterEach
    void end() {
        proxy().close();
    }

    private ProxyUnderTest proxy() {
        return requireNonNull(proxy, "nobody listens");
    }

    private void listen(TrialListener trial) throws Exception {
        proxy = new ProxyUnderTest(pair, trial);
        proxy().publish(1, Optional.of(pair.primary()), false);
    }

    private static AccessConfig rules(Rule... rules) {
        return new AccessConfig(Authentication.PASSWORD, List.of(rules), Optional.empty());
    }

    private static Rule rule(Way way, String... users) {
        return new Rule(List.of(), List.of(users), List.of(), Optional.empty(), way);
    }

    private static TrialListener encrypted() {
        var tls =
                new TlsConfig(
                        List.of(directory.resolve("shop.pem")),
                        Version.TLS_1_2,
                        Optional.of(new TlsConfig.Clients(certificates.authority(), false)));
        return new TrialListener().tls(new PostgresTls(tls, false));
    }

    @Test
    void theFirstRuleThatFitsDecidesAndNoneIsNo() throws Exception {
        listen(
                new TrialListener()
                        .access(
                                rules(
                                        new Rule(
                                                List.of(),
                                                List.of("trusted"),
                                                List.of("template1"),
                                                Optional.empty(),
                                                Way.REFUSE),
                                        rule(Way.TRUST, "trusted"),
                                        rule(Way.PASSWORD, "postgres"))));
        RawClient.connect(proxy().port()).close();
        assertThat(refusal("trusted", "template1")).contains("28000", "no access rule of listener");
        proxy().connect().close();
        assertThatThrownBy(
                        () ->
                                DriverManager.getConnection(
                                        proxy().url(""), PostgresPair.SUPERUSER, "wrong"))
                .hasMessageContaining("password authentication failed");
        assertThatThrownBy(() -> DriverManager.getConnection(proxy().url(""), "other", "else"))
                .hasMessageContaining(
                        "no access rule of listener sql lets in host \"127.0.0.1\", user"
                                + " \"other\", database \"postgres\", no encryption");
    }

    private String refusal(String user, String database) throws IOException {
        try (RawClient client = RawClient.open(proxy().port())) {
            client.send(Wire.startup(Map.of("user", user, "database", database))).until('E');
            return String.join(" ", client.heard());
        }
    }

    @Test
    void encryptionDecidesToo() throws Exception {
        listen(
                encrypted()
                        .access(
                                rules(
                                        new Rule(
                                                List.of(),
                                                List.of(),
                                                List.of(),
                                                Optional.of(true),
                                                Way.PASSWORD))));
        proxy().connect("sslmode=require").close();
        assertThatThrownBy(() -> proxy().connect("sslmode=disable"))
                .hasMessageContaining("no encryption");
    }

    @Test
    void aCertificateIsForOneUser() throws Exception {
        listen(encrypted().access(rules(rule(Way.CERTIFICATE))));
        String certificate =
                " sslcert=" + directory.resolve("client.crt") + " sslkey=" + key().toString();
        assertThat(psql("user=trusted" + certificate)).isEqualTo("trusted\n");
        assertThat(psql("user=other" + certificate))
                .contains("certificate authentication failed for user \"other\"")
                .contains("the certificate is for \"trusted\"");
        assertThat(psql("user=trusted sslcert=/nowhere")).contains("no certificate was shown");
    }

    private static Path key() throws IOException {
        Path key = directory.resolve("client.key");
        java.nio.file.Files.setPosixFilePermissions(
                key, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        return key;
    }

    private String psql(String options) throws Exception {
        Process process =
                new ProcessBuilder(
                                pair.program("psql").toString(),
                                "-XAtc",
                                "select current_user",
                                "host=127.0.0.1 port=%d dbname=postgres sslmode=require %s"
                                        .formatted(proxy().port(), options))
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), US_ASCII);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    @Test
    void whoGuessesTooOftenHasToWait() throws Exception {
        listen(
                new TrialListener()
                        .access(
                                new AccessConfig(
                                        Authentication.PASSWORD,
                                        List.of(),
                                        Optional.of(new Failures(2, Duration.ofMinutes(5))))));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(
                            () ->
                                    DriverManager.getConnection(
                                            proxy().url(""), PostgresPair.SUPERUSER, "guess"))
                    .hasMessageContaining("password authentication failed");
        }
        assertThatThrownBy(() -> proxy().connect())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("2 log-ins from 127.0.0.1 have failed; try again in")
                .hasMessageContaining("failed-logins");
    }

    @Test
    void aProxyInFrontTellsWhereTheClientIs() throws Exception {
        InetAddress shop = InetAddress.ofLiteral("10.1.2.0");
        listen(
                new TrialListener()
                        .proxiesHere()
                        .access(
                                rules(
                                        new Rule(
                                                List.of(IpNetwork.of(shop, 24)),
                                                List.of(),
                                                List.of(),
                                                Optional.empty(),
                                                Way.TRUST))));
        try (RawClient client = RawClient.open(proxy().port())) {
            client.send(header("10.1.2.3"), startup("trusted", "postgres")).ready();
            assertThat(client.value("select 5")).isEqualTo("5");
            try (RawClient console = RawClient.open(proxy().port())) {
                console.send(header("10.1.2.4"), startup("postgres", "pgbouncer")).ready();
                assertThat(String.join(" ", console.ask("SHOW CLIENTS"))).contains("10.1.2.3");
            }
        }
        try (RawClient client = RawClient.open(proxy().port())) {
            client.send(header("10.9.9.9"), startup("trusted", "postgres")).until('E');
            assertThat(String.join(" ", client.heard())).contains("host \"10.9.9.9\"");
        }
        try (RawClient client = RawClient.open(proxy().port())) {
            client.send(startup("trusted", "postgres")).untilEnd();
            assertThat(client.heard()).containsExactly(RawClient.END);
        }
    }

    private static byte[] header(String from) {
        return ("PROXY TCP4 " + from + " 10.0.0.1 40000 6432\r\n").getBytes(US_ASCII);
    }

    private static byte[] startup(String user, String database) {
        return Wire.startup(Map.of("user", user, "database", database));
    }
}
