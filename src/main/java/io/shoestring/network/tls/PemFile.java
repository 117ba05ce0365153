package io.shoestring.network.tls;

import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a PEM file has, as OpenSSL writes it: certificates in their order, and a key (PKCS#8,
 * PKCS#1, or SEC1).
 */
record PemFile(Path path, List<X509Certificate> certificates, Optional<PrivateKey> key) {
    PemFile {
        certificates = List.copyOf(certificates);
    }

    /** Blocks on the file system. */
    static PemFile read(Path path) throws TlsException {
        List<X509Certificate> certificates = new ArrayList<>();
        Optional<PrivateKey> key = Optional.empty();
        try (Reader text = Files.newBufferedReader(path);
                PEMParser parser = new PEMParser(text)) {
            for (Object each = parser.readObject(); each != null; each = parser.readObject()) {
                if (each instanceof X509CertificateHolder holder) {
                    certificates.add(new JcaX509CertificateConverter().getCertificate(holder));
                } else if (key.isEmpty()) {
                    key = key(path, each);
                }
            }
        } catch (NoSuchFileException e) {
            throw new TlsException(path + " does not exist", e);
        } catch (IOException | CertificateException e) {
            throw new TlsException(path + " cannot be read: " + e.getMessage(), e);
        }
        return new PemFile(path, certificates, key);
    }

    private static Optional<PrivateKey> key(Path path, Object found)
            throws TlsException, IOException {
        var converter = new JcaPEMKeyConverter();
        return switch (found) {
            case PEMKeyPair pair -> Optional.of(converter.getPrivateKey(pair.getPrivateKeyInfo()));
            case PrivateKeyInfo info -> Optional.of(converter.getPrivateKey(info));
            case PEMEncryptedKeyPair _, PKCS8EncryptedPrivateKeyInfo _ ->
                    throw new TlsException(
                            "the key in %s is encrypted; nobody is there to be asked for the password. Write it without: openssl pkey -in %s -out NEW"
                                    .formatted(path, path));
            default -> Optional.empty();
        };
    }
}
