package io.shoestring.network.tls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A certificate with the key that goes with it.
 *
 * @param source the file that the certificate is in
 * @param chain the certificate first, then those that signed it
 */
record ServerCertificate(Path source, PrivateKey key, List<X509Certificate> chain) {
    private static final int DNS_NAME = 2;

    ServerCertificate {
        chain = List.copyOf(chain);
    }

    /**
     * Reads a certificate and its key, from the same file or from one beside it: {@code
     * privkey.pem} for {@code fullchain.pem}, else the same name with {@code .key} in the place of
     * its ending or behind it. Blocks on the file system.
     */
    static ServerCertificate read(Path path) throws TlsException {
        PemFile file = PemFile.read(path);
        return of(file, file.key().isPresent() ? file.key().get() : keyBeside(path));
    }

    /** Reads a certificate and its key from two files. Blocks on the file system. */
    static ServerCertificate read(Path path, Path key) throws TlsException {
        return of(PemFile.read(path), keyIn(key));
    }

    /** One that the cluster was issued for a name. */
    static ServerCertificate issued(String name, IssuedCertificates.Issued from) {
        return new ServerCertificate(Path.of("issued for " + name), from.key(), from.chain());
    }

    private static ServerCertificate of(PemFile file, PrivateKey key) throws TlsException {
        if (file.certificates().isEmpty()) {
            throw new TlsException("there is no certificate in " + file.path());
        }
        if (!belongTogether(key, file.certificates().getFirst())) {
            throw new TlsException(
                    "the key of " + file.path() + " does not belong to its (first) certificate");
        }
        return new ServerCertificate(file.path(), key, file.certificates());
    }

    private static PrivateKey keyIn(Path path) throws TlsException {
        return PemFile.read(path)
                .key()
                .orElseThrow(() -> new TlsException("there is no key in " + path));
    }

    private static PrivateKey keyBeside(Path path) throws TlsException {
        for (Path each : placesOfKey(path)) {
            if (Files.exists(each)) {
                return keyIn(each);
            }
        }
        throw new TlsException(
                "there is no key in %s, nor in %s".formatted(path, placesOfKey(path).getFirst()));
    }

    /** Where the key may be, if it is not in the file itself; the usual place first. */
    static List<Path> placesOfKey(Path path) {
        String name = path.getFileName().toString();
        if (name.equals("fullchain.pem")) {
            return List.of(path.resolveSibling("privkey.pem"));
        }
        int dot = name.lastIndexOf('.');
        String stem = dot <= 0 ? name : name.substring(0, dot);
        return List.of(path.resolveSibling(stem + ".key"), path.resolveSibling(name + ".key"));
    }

    private static boolean belongTogether(PrivateKey key, X509Certificate certificate)
            throws TlsException {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC", "ECDSA" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        byte[] probe = {1};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    X509Certificate certificate() {
        return chain.getFirst();
    }

    /** The names that it is good for, in lower case; a wildcard as {@code *.example.com}. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        try {
            Collection<List<?>> alternatives = certificate().getSubjectAlternativeNames();
            for (List<?> each : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (each.get(0).equals(DNS_NAME)) {
                    names.add(each.get(1).toString().toLowerCase(Locale.ROOT));
                }
            }
        } catch (CertificateParsingException _) {
            // Then it can only be the one for everybody else.
        }
        return names;
    }
}
