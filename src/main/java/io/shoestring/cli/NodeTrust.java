package io.shoestring.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Which node is believed to be the one that is meant: the one whose very certificate stands in the
 * configuration, by whatever address it was reached; or one whose certificate is for that address
 * and signed by an authority.
 */
final class NodeTrust extends X509ExtendedTrustManager {
    private static final Pattern CERTIFICATE =
            Pattern.compile(
                    "-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL);

    private final Set<X509Certificate> known;
    private final X509ExtendedTrustManager authorities;

    private NodeTrust(Set<X509Certificate> known, X509ExtendedTrustManager authorities) {
        this.known = known;
        this.authorities = authorities;
    }

    /**
     * Reads the files.
     *
     * @param certificates files and directories of the configuration; those that cannot be read,
     *     because they hold the node's key, are passed over
     * @param authorities empty: those of Java
     * @throws CommandFailure if the authorities cannot be used
     */
    static NodeTrust of(List<Path> certificates, Optional<Path> authorities) {
        Set<X509Certificate> known =
                certificates.stream()
                        .flatMap(NodeTrust::files)
                        .flatMap(NodeTrust::readIfPossible)
                        .collect(Collectors.toSet());
        try {
            return new NodeTrust(known, managerOf(authorities));
        } catch (IOException | GeneralSecurityException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "The certificates of authorities in "
                            + authorities.map(Path::toString).orElse("Java's own store")
                            + " cannot be used: "
                            + e.getMessage()
                            + ".");
        }
    }

    /** For a client. */
    SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {this}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK speaks TLS", e);
        }
    }

    private static Stream<Path> files(Path path) {
        if (!Files.isDirectory(path)) {
            return Stream.of(path);
        }
        try (Stream<Path> inside = Files.list(path)) {
            return inside.toList().stream();
        } catch (IOException _) {
            return Stream.empty();
        }
    }

    private static Stream<X509Certificate> readIfPossible(Path file) {
        try {
            return read(file).stream();
        } catch (IOException | CertificateException _) {
            return Stream.empty();
        }
    }

    private static List<X509Certificate> read(Path file) throws IOException, CertificateException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> found = new ArrayList<>();
        for (var each : CERTIFICATE.matcher(Files.readString(file)).results().toList()) {
            byte[] text = each.group().getBytes(StandardCharsets.US_ASCII);
            found.add(
                    (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(text)));
        }
        return found;
    }

    private static X509ExtendedTrustManager managerOf(Optional<Path> file)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        List<X509Certificate> found = file.isPresent() ? read(file.get()) : List.of();
        if (file.isPresent() && found.isEmpty()) {
            throw new IOException("there is no certificate in it");
        }
        for (X509Certificate each : found) {
            store.setCertificateEntry("authority-" + store.size(), each);
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(file.isPresent() ? store : null);
        return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    private boolean isKnown(X509Certificate[] chain) throws CertificateException {
        if (!known.contains(chain[0])) {
            return false;
        }
        chain[0].checkValidity();
        return true;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        if (!isKnown(chain)) {
            authorities.checkServerTrusted(chain, type, engine);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        if (!isKnown(chain)) {
            authorities.checkServerTrusted(chain, type, socket);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("a node is asked over a connection only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("a command has no clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.getAcceptedIssuers();
    }
}
