package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Published;
import io.shoestring.network.tls.IssuedCertificates;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.network.tls.TicketSecrets;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** OpenSSL takes a TLS session from one balancer to the next. */
@Timeout(120)
class SessionTicketsTest {
    @TempDir(factory = InMemory.class)
    static Path directory;

    @BeforeAll
    static void sign() throws Exception {
        var certificates = new Certificates(directory);
        certificates.sign("shop", "shop.example");
        certificates.sign("anna", "anna.example");
    }

    private static SharedTls with(int... secrets) {
        List<byte[]> all = new ArrayList<>();
        for (int each : secrets) {
            byte[] secret = new byte[TicketSecrets.BYTES];
            Arrays.fill(secret, (byte) each);
            all.add(secret);
        }
        return new SharedTls(
                new Published<>(new TicketSecrets(all)), new Published<>(IssuedCertificates.NONE));
    }

    private static WebUnderTest web(String tls, SharedTls shared) throws Exception {
        String keys =
                "redirects: [{ to: \"https://there/\" }]\ntls: { certificates: [shop.pem]%s }"
                        .formatted(tls);
        return new WebUnderTest(
                directory, keys, "none: { servers: { one: \"127.0.0.1:9\" } }", shared);
    }

    /** What OpenSSL says of a request on a connection of its own. */
    private static String ask(WebUnderTest web, String... options) {
        List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-CAfile", "ca.pem"));
        command.addAll(List.of("-connect", "127.0.0.1:" + web.port(), "-ign_eof"));
        command.addAll(List.of(options));
        String request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        Program seen = Program.run(directory, command, request);
        assertThat(seen.output()).contains("HTTP/1.1 30");
        return seen.output();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void aSessionGoesOnAtAnotherBalancer(String version) throws Exception {
        try (var first = web("", with(1, 2));
                var second = web("", with(1, 2));
                var stranger = web("", with(3))) {
            assertThat(ask(first, version, "-sess_out", "session")).contains("New, TLSv1");
            assertThat(ask(second, version, "-sess_in", "session")).contains("Reused, TLSv1");
            assertThat(ask(stranger, version, "-sess_in", "session")).contains("New, TLSv1");
        }
    }

    @Test
    void aTicketOutlivesATurnOfTheSecretsAndNotTwo() throws Exception {
        SharedTls shared = with(1, 2);
        try (var web = web("", shared)) {
            ask(web, "-tls1_3", "-sess_out", "turning");
            shared.tickets().publish(with(2, 3, 1).tickets().get());
            assertThat(ask(web, "-tls1_3", "-sess_in", "turning")).contains("Reused");
            shared.tickets().publish(with(3, 4, 2).tickets().get());
            assertThat(ask(web, "-tls1_3", "-sess_in", "turning")).contains("New,");
        }
    }

    /** Else who proved nothing at one listener would be let in at another. */
    @Test
    void whereMoreIsAskedOfClientsATicketFromElsewhereIsWorthNothing() throws Exception {
        String asks = ", client-ca-file: ca.pem, client-certificate-required: no";
        try (var open = web("", with(1));
                var asking = web(asks, with(1));
                var alike = web(asks, with(1))) {
            ask(open, "-tls1_3", "-sess_out", "unproven");
            assertThat(ask(asking, "-tls1_3", "-sess_in", "unproven")).contains("New,");
            ask(asking, "-tls1_3", "-cert", "anna.pem", "-sess_out", "proven");
            assertThat(ask(alike, "-tls1_3", "-sess_in", "proven")).contains("Reused");
            assertThat(ask(open, "-tls1_3", "-sess_in", "proven")).contains("New,");
        }
    }
}
