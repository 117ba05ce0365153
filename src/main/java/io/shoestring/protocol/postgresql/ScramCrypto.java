package io.shoestring.protocol.postgresql;

import io.shoestring.base.Check;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The functions H, HMAC, Hi and XOR of RFC 5802, section 2.2, over SHA-256. */
final class ScramCrypto {
    static final int KEY_BYTES = 32;

    private static final String HMAC = "HmacSHA256";
    private static final byte[] FIRST_BLOCK = {0, 0, 0, 1};

    private ScramCrypto() {}

    static byte[] hash(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static byte[] hmac(byte[] key, byte[]... parts) {
        Mac mac = mac(key);
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    static byte[] hmac(byte[] key, String text) {
        return hmac(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** PBKDF2 with one block: {@code iterations} times HMAC, some milliseconds for 4096. */
    static byte[] saltedPassword(byte[] password, byte[] salt, int iterations) {
        Mac mac = mac(password);
        mac.update(salt);
        byte[] block = mac.doFinal(FIRST_BLOCK);
        byte[] result = block.clone();
        for (int i = 1; i < iterations; i++) {
            block = mac.doFinal(block);
            xorInto(result, block);
        }
        return result;
    }

    static byte[] xor(byte[] left, byte[] right) {
        byte[] result = left.clone();
        xorInto(result, right);
        return result;
    }

    private static void xorInto(byte[] target, byte[] other) {
        Check.that(target.length == other.length, "XOR needs operands of one length");
        for (int i = 0; i < target.length; i++) {
            target[i] ^= other[i];
        }
    }

    /** Compares in a time that does not depend on where the two differ. */
    static boolean areEqual(byte[] left, byte[] right) {
        return MessageDigest.isEqual(left, right);
    }

    static byte[] requireKey(byte[] key) {
        Check.that(key.length == KEY_BYTES, "a key of SCRAM-SHA-256 has 32 bytes");
        return key;
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            // An empty key is refused by SecretKeySpec; HMAC pads keys with zeros, so one is equal.
            mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, HMAC));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HMAC, e);
        }
    }
}
