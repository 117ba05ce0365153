package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Published;
import io.shoestring.network.tls.IssuedCertificates;
import io.shoestring.network.tls.IssuedCertificates.Issued;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.network.tls.TicketSecrets;
import io.shoestring.testing.Certificates;
import io.shoestring.testing.InMemory;
import io.shoestring.testing.Program;

import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a listener does with certificates that are issued to the cluster. */
@Timeout(60)
class IssuedTest {
    private static final String NAME = "shop.example.com";
    private static final String PROOF = "/.well-known/acme-challenge/abc_DEF-1";

    @TempDir(factory = InMemory.class)
    Path directory;

    private final SharedTls shared =
            new SharedTls(
                    new Published<>(TicketSecrets.random()),
                    new Published<>(IssuedCertificates.NONE));

    private WebUnderTest web(String tls) throws Exception {
        String keys = "redirects: [{ to: \"https://{host}{target}\" }]\n" + tls;
        return new WebUnderTest(
                directory, keys, "none: { servers: { one: \"127.0.0.1:9\" } }", shared);
    }

    private void publish(Map<String, Issued> there) {
        shared.issued()
                .publish(new IssuedCertificates(there, Set.of(NAME), Optional.of("thumbprint")));
    }

    private Issued sign() throws Exception {
        var certificates = new Certificates(directory);
        Path signed = certificates.sign("issued", NAME);
        byte[] pem = Files.readAllBytes(signed);
        var chain =
                (X509Certificate)
                        CertificateFactory.getInstance("X.509")
                                .generateCertificate(new ByteArrayInputStream(pem));
        try (var parser = new PEMParser(Files.newBufferedReader(directory.resolve("issued.key")))) {
            PrivateKey key =
                    new JcaPEMKeyConverter().getPrivateKey((PrivateKeyInfo) parser.readObject());
            return new Issued(key, List.of(chain));
        }
    }

    @Test
    void theAuthorityIsAnsweredBeforeAnythingElse() throws Exception {
        try (var web = web("")) {
            String host = "Host: " + NAME;
            assertThat(web.curl("http://127.0.0.1:PORT" + PROOF, "-i", "-H", host).sound())
                    .contains("HTTP/1.1 30");
            publish(Map.of());
            assertThat(web.curl("http://127.0.0.1:PORT" + PROOF, "-H", host).sound())
                    .isEqualTo("abc_DEF-1.thumbprint");
            assertThat(
                            web.curl(
                                            "http://127.0.0.1:PORT" + PROOF,
                                            "-H",
                                            host.toUpperCase(Locale.ROOT))
                                    .sound())
                    .isEqualTo("abc_DEF-1.thumbprint");
            for (String other : List.of(PROOF + "/", PROOF + "%0d%0a", "/" + PROOF)) {
                assertThat(web.curl("http://127.0.0.1:PORT" + other, "-i", "-H", host).sound())
                        .contains("HTTP/1.1 30");
            }
            assertThat(web.curl("http://127.0.0.1:PORT" + PROOF, "-i", "-H", "Host: x").sound())
                    .contains("HTTP/1.1 30");
        }
    }

    @Test
    void aListenerWaitsForItsFirstCertificateWithOneThatNobodyBelieves() throws Exception {
        try (var web = web("tls: { acme: [" + NAME + "] }")) {
            assertThat(subject(web)).contains("CN = no certificate yet");
            publish(Map.of(NAME, sign()));
            await().untilAsserted(() -> assertThat(subject(web)).contains("CN = " + NAME));
        }
    }

    private String subject(WebUnderTest web) {
        List<String> command =
                List.of(
                        "openssl",
                        "s_client",
                        "-connect",
                        "127.0.0.1:" + web.port(),
                        "-servername",
                        NAME);
        return Program.run(directory, command).output();
    }
}
