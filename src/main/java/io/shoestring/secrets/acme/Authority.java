package io.shoestring.secrets.acme;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.AcmeConfig;
import io.shoestring.network.tls.IssuedCertificates.Issued;

import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.provider.GenericAcmeProvider;
import org.shredzone.acme4j.toolbox.AcmeUtils;
import org.shredzone.acme4j.toolbox.JoseUtils;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Optional;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What is asked of the one who issues certificates. Every call blocks, for minutes at most. */
final class Authority {
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final Duration PROOF = Duration.ofMinutes(2);
    private static final Duration ISSUE = Duration.ofMinutes(1);

    private final AcmeConfig config;

    Authority(AcmeConfig config) {
        this.config = requireNonNull(config, "config is null");
    }

    /** The address by which accounts and certificates remember who gave them. */
    String directory() {
        return config.directory().toString();
    }

    /**
     * What a node needs to answer for an account (RFC 8555 section 8.1).
     *
     * @throws IOException if the key cannot be used
     */
    static String thumbprint(StoredAccount account) throws IOException {
        return AcmeUtils.base64UrlEncode(JoseUtils.thumbprint(account.key().keys().getPublic()));
    }

    /**
     * Where a new account is, for that key.
     *
     * @throws IOException if the authority gives none; the message says why
     */
    String register(KeyPair key) throws IOException {
        try {
            var builder = new AccountBuilder().agreeToTermsOfService().useKeyPair(key);
            config.email().ifPresent(builder::addEmail);
            return builder.createLogin(session()).getAccountLocation().toString();
        } catch (AcmeException | RuntimeException e) {
            throw new IOException(reason(e), e);
        }
    }

    /**
     * Has a certificate issued for one name.
     *
     * @throws IOException if there is none; the message says why
     */
    Issued order(StoredAccount account, String name) throws IOException, InterruptedException {
        try {
            Login login =
                    session().login(URI.create(account.location()).toURL(), account.key().keys());
            Order order = login.newOrder().domain(name).create();
            for (Authorization each : order.getAuthorizations()) {
                prove(each, name);
            }
            order.waitUntilReady(ISSUE);
            KeyPair key = KeyText.make();
            order.execute(key);
            if (order.waitForCompletion(ISSUE) != Status.VALID) {
                throw new IOException(
                        "the order is " + order.getStatus() + detail(order.getError()));
            }
            return new Issued(key.getPrivate(), order.getCertificate().getCertificateChain());
        } catch (AcmeException | RuntimeException e) {
            throw new IOException(reason(e), e);
        }
    }

    /** The authority asks for the answer of {@code IssuedCertificates#answer}. */
    private static void prove(Authorization wanted, String name)
            throws AcmeException, IOException, InterruptedException {
        if (wanted.getStatus() == Status.VALID) {
            return;
        }
        Http01Challenge challenge =
                wanted.findChallenge(Http01Challenge.class)
                        .orElseThrow(
                                () -> new IOException("it does not offer the proof by http-01"));
        challenge.trigger();
        if (wanted.waitForCompletion(PROOF) != Status.VALID) {
            challenge.fetch();
            throw new IOException(
                    "it did not find the proof at http://%s/.well-known/acme-challenge/%s"
                            .formatted(name, detail(challenge.getError())));
        }
    }

    private static String detail(Optional<Problem> problem) {
        return problem.flatMap(Problem::getDetail).map(detail -> ": " + detail).orElse("");
    }

    private static String reason(Exception e) {
        Throwable plain = e.getCause() instanceof IOException cause ? cause : e;
        String message = plain.getMessage();
        return message == null ? plain.getClass().getSimpleName() : message;
    }

    private Session session() throws IOException {
        Session session =
                config.authorities().isPresent()
                        ? new Session(
                                config.directory(), new Private(trust(config.authorities().get())))
                        : new Session(config.directory());
        session.networkSettings().setTimeout(ANSWER);
        return session;
    }

    private static SSLContext trust(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (Certificate each :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + count++, each);
            }
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("acme.ca-file " + file + ": " + e.getMessage(), e);
        }
    }

    /** Speaks with an authority whose own certificate no public one has signed. */
    private static final class Private extends GenericAcmeProvider {
        private final SSLContext trust;

        Private(SSLContext trust) {
            this.trust = trust;
        }

        @Override
        public HttpClient createHttpClient(NetworkSettings settings) {
            return HttpClient.newBuilder()
                    .connectTimeout(settings.getTimeout())
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .sslContext(trust)
                    .build();
        }
    }
}
