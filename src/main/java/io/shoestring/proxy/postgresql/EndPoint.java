package io.shoestring.proxy.postgresql;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import javax.net.ssl.SSLSession;

/** The channel binding {@code tls-server-end-point}: RFC 5929, section 4. */
final class EndPoint {
    /** MD5 and SHA-1 are replaced by SHA-256; what has no single hash has no such binding. */
    private static final Map<String, String> HASHES =
            Map.of(
                    "MD5", "SHA-256",
                    "SHA1", "SHA-256",
                    "SHA256", "SHA-256",
                    "SHA384", "SHA-384",
                    "SHA512", "SHA-512");

    private EndPoint() {}

    /** The hash of the certificate that the client was shown; empty if it is not defined. */
    static Optional<byte[]> of(SSLSession session) {
        Certificate[] shown = session.getLocalCertificates();
        return shown != null && shown.length > 0 && shown[0] instanceof X509Certificate certificate
                ? hash(certificate)
                : Optional.empty();
    }

    private static Optional<byte[]> hash(X509Certificate certificate) {
        String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        int with = signature.indexOf("WITH");
        String algorithm = with < 0 ? null : HASHES.get(signature.substring(0, with));
        if (algorithm == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            return Optional.empty();
        }
    }
}
