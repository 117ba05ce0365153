package io.shoestring.cluster.identity;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys and certificates as text (RFC 7468), as OpenSSL and everybody else reads them. */
public final class Pem {
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PRIVATE_KEY = "PRIVATE KEY";
    private static final Base64.Encoder LINES =
            Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private Pem() {}

    /** A certificate, public. */
    public static String write(X509Certificate certificate) {
        try {
            return write(CERTIFICATE, certificate.getEncoded());
        } catch (CertificateException e) {
            throw new IllegalStateException("a certificate that cannot be encoded", e);
        }
    }

    /** An unencrypted PKCS#8 key: secret. */
    public static String write(PrivateKey key) {
        return write(PRIVATE_KEY, key.getEncoded());
    }

    static String write(String label, byte[] content) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(label, LINES.encodeToString(content), label);
    }

    /**
     * The first certificate of the text.
     *
     * @throws GeneralSecurityException if there is none
     */
    public static X509Certificate readCertificate(String text) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(read(CERTIFICATE, text)));
    }

    /**
     * The first private key of the text, on an elliptic curve.
     *
     * @throws GeneralSecurityException if there is none
     */
    public static PrivateKey readPrivateKey(String text) throws GeneralSecurityException {
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(read(PRIVATE_KEY, text)));
    }

    static byte[] read(String label, String text) throws GeneralSecurityException {
        Pattern block =
                Pattern.compile(
                        "-----BEGIN %s-----([A-Za-z0-9+/=\\s]*)-----END %s-----"
                                .formatted(label, label));
        Matcher matcher = block.matcher(text);
        if (!matcher.find()) {
            throw new GeneralSecurityException("there is no " + label + " in it");
        }
        try {
            return Base64.getMimeDecoder().decode(matcher.group(1));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("its " + label + " is damaged", e);
        }
    }
}
