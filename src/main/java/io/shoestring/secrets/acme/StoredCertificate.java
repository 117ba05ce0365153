package io.shoestring.secrets.acme;

import io.shoestring.network.tls.IssuedCertificates.Issued;

import org.bouncycastle.openssl.jcajce.JcaPEMWriter;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate and its key, as consensus has them.
 *
 * @param directory of the authority that issued it
 * @param chain as PEM, the certificate first
 */
record StoredCertificate(String directory, String chain, KeyText key) {
    static StoredCertificate of(String directory, Issued issued) throws IOException {
        var chain = new StringWriter();
        try (var pem = new JcaPEMWriter(chain)) {
            for (X509Certificate each : issued.chain()) {
                pem.writeObject(each);
            }
        }
        var keys = new KeyPair(issued.chain().getFirst().getPublicKey(), issued.key());
        return new StoredCertificate(directory, chain.toString(), KeyText.of(keys));
    }

    Issued issued() throws GeneralSecurityException, IOException {
        var bytes = new ByteArrayInputStream(chain.getBytes(StandardCharsets.US_ASCII));
        List<X509Certificate> all =
                CertificateFactory.getInstance("X.509").generateCertificates(bytes).stream()
                        .map(X509Certificate.class::cast)
                        .toList();
        return new Issued(key.keys().getPrivate(), all);
    }

    /** The key is in no log. */
    @Override
    public String toString() {
        return "certificate of " + directory;
    }
}
