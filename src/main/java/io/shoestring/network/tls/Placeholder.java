package io.shoestring.network.tls;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * A certificate that nobody believes, for a listener whose first one is still on its way: it can
 * listen, and a client is told by TLS itself that something is missing.
 */
final class Placeholder {
    private static final Duration LIFETIME = Duration.ofDays(3650);
    private static final int SERIAL_BITS = 64;

    private Placeholder() {}

    static ServerCertificate make(String name) throws TlsException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            var self = new X500Name("CN=no certificate yet");
            var builder =
                    new JcaX509v3CertificateBuilder(
                            self,
                            new BigInteger(SERIAL_BITS, new SecureRandom()),
                            Date.from(Instant.EPOCH),
                            Date.from(Instant.EPOCH.plus(LIFETIME)),
                            self,
                            keys.getPublic());
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            return new ServerCertificate(
                    Path.of("a placeholder for " + name),
                    keys.getPrivate(),
                    List.of(
                            new JcaX509CertificateConverter()
                                    .getCertificate(builder.build(signer))));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new TlsException("no placeholder for " + name + ": " + e.getMessage(), e);
        }
    }
}
