package io.shoestring.secrets.acme;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/**
 * A key on the curve P-256 as consensus has it.
 *
 * @param open the public half: X.509 in Base64
 * @param secret the private half: PKCS#8 in Base64
 */
record KeyText(String open, String secret) {
    private static final String ALGORITHM = "EC";

    static KeyPair make() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java knows the curve P-256", e);
        }
    }

    static KeyText of(KeyPair keys) {
        Base64.Encoder base64 = Base64.getEncoder();
        return new KeyText(
                base64.encodeToString(keys.getPublic().getEncoded()),
                base64.encodeToString(keys.getPrivate().getEncoded()));
    }

    /**
     * Both halves.
     *
     * @throws IOException if it is no such key
     */
    KeyPair keys() throws IOException {
        Base64.Decoder base64 = Base64.getDecoder();
        try {
            KeyFactory factory = KeyFactory.getInstance(ALGORITHM);
            return new KeyPair(
                    factory.generatePublic(new X509EncodedKeySpec(base64.decode(open))),
                    factory.generatePrivate(new PKCS8EncodedKeySpec(base64.decode(secret))));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("there is no key on an elliptic curve", e);
        }
    }

    /** It is in no log. */
    @Override
    public String toString() {
        return "key";
    }
}
