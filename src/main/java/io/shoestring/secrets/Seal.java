package io.shoestring.secrets;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Makes texts unreadable and unalterable for everybody who does not know the cluster's own secret:
 * AES-256 in GCM, by a key that is derived (HKDF, RFC 5869) from it. Thread-safe.
 */
public final class Seal {
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int KEY_BYTES = 32;
    private static final byte[] PURPOSE =
            "shoestring: values in consensus".getBytes(StandardCharsets.US_ASCII);

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    private Seal(byte[] secret) {
        try {
            this.key =
                    KDF.getInstance("HKDF-SHA256")
                            .deriveKey(
                                    "AES",
                                    HKDFParameterSpec.ofExtract()
                                            .addIKM(secret)
                                            .thenExpand(PURPOSE, KEY_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java derives no keys", e);
        }
    }

    /** That of the cluster whose authority has this key. */
    public static Seal of(PrivateKey authority) {
        return new Seal(authority.getEncoded());
    }

    /** That of whoever knows these bytes. */
    public static Seal of(byte[] secret) {
        return new Seal(secret);
    }

    /**
     * Seals a text.
     *
     * @param place where it will stand; it can be opened nowhere else
     */
    String close(String place, String text) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, place, nonce)
                            .doFinal(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder()
                    .encodeToString(
                            ByteBuffer.allocate(nonce.length + sealed.length)
                                    .put(nonce)
                                    .put(sealed)
                                    .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java does not encrypt", e);
        }
    }

    /** Empty if another cluster has sealed it, or somebody has changed it. */
    Optional<String> open(String place, String sealed) {
        try {
            ByteBuffer all = ByteBuffer.wrap(Base64.getDecoder().decode(sealed));
            byte[] nonce = new byte[Math.min(NONCE_BYTES, all.remaining())];
            all.get(nonce);
            byte[] rest = new byte[all.remaining()];
            all.get(rest);
            byte[] plain = cipher(Cipher.DECRYPT_MODE, place, nonce).doFinal(rest);
            return Optional.of(new String(plain, StandardCharsets.UTF_8));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Cipher cipher(int mode, String place, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
