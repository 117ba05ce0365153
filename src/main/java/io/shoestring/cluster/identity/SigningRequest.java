package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;

/**
 * A wish for a certificate (PKCS#10, RFC 2986): a public key, signed by its private key. What else
 * stands in it counts for nothing; the authority decides what it certifies.
 */
public final class SigningRequest {
    private static final String LABEL = "CERTIFICATE REQUEST";
    private static final int FIELD_BITS = 256;

    private final PublicKey key;

    private SigningRequest(PublicKey key) {
        this.key = requireNonNull(key, "key is null");
    }

    PublicKey key() {
        return key;
    }

    /** The text of a request for that key. */
    public static String write(KeyPair keys) {
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            var request =
                    new JcaPKCS10CertificationRequestBuilder(
                                    new X500Name("CN=shoestring node"), keys.getPublic())
                            .build(signer);
            return Pem.write(LABEL, request.getEncoded());
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException("cannot sign a request with a key of our own", e);
        }
    }

    /**
     * Reads a request and checks that its sender has the private key.
     *
     * @throws IdentityException if it is no such request
     */
    public static SigningRequest read(String text) throws IdentityException {
        try {
            var request = new JcaPKCS10CertificationRequest(Pem.read(LABEL, text));
            PublicKey key = request.getPublicKey();
            if (!(key instanceof ECPublicKey curve)
                    || curve.getParams().getCurve().getField().getFieldSize() != FIELD_BITS) {
                throw new IdentityException("the signing request's key is not on P-256");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new IdentityException("the signing request is not signed by its own key");
            }
            return new SigningRequest(key);
        } catch (IdentityException e) {
            throw e;
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException
                | IllegalArgumentException e) {
            throw new IdentityException("the signing request cannot be read", e);
        }
    }
}
