package io.shoestring.protocol.mysql;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Optional;

import javax.crypto.Cipher;

/**
 * {@code caching_sha2_password}: who was here before proves that it knows SHA256(password)
 * ("fast"); who was not sends the password, inside of TLS or encrypted for the server's RSA key
 * ("full").
 */
public final class CachingSha2Password {
    /** Its name. */
    public static final String METHOD = "caching_sha2_password";

    /** AuthMoreData: the proof was right. */
    public static final int FAST_SUCCEEDED = 3;

    /** AuthMoreData: the password itself is wanted. */
    public static final int FULL_WANTED = 4;

    /** What a client sends to get the server's public key. */
    public static final int KEY_WANTED = 2;

    private static final int HASH_BYTES = 32;
    private static final String PADDING = "RSA/ECB/OAEPWithSHA-1AndMGF1Padding";

    private CachingSha2Password() {}

    /** SHA256(password): what a proof is made with. */
    public static byte[] key(byte[] password) {
        return sha256(password);
    }

    /** What is kept to judge proofs: SHA256(key). */
    public static byte[] verifier(byte[] key) {
        return sha256(key);
    }

    /** The proof for a challenge. */
    public static byte[] proof(byte[] key, byte[] challenge) {
        byte[] mask = sha256(verifier(key), challenge);
        byte[] proof = key.clone();
        for (int i = 0; i < HASH_BYTES; i++) {
            proof[i] ^= mask[i];
        }
        return proof;
    }

    /** The key of a client that has proven to know the password. */
    public static Optional<byte[]> keyFrom(byte[] proof, byte[] challenge, byte[] verifier) {
        if (proof.length != HASH_BYTES) {
            return Optional.empty();
        }
        byte[] key = sha256(verifier, challenge);
        for (int i = 0; i < HASH_BYTES; i++) {
            key[i] ^= proof[i];
        }
        return MessageDigest.isEqual(sha256(key), verifier) ? Optional.of(key) : Optional.empty();
    }

    /** A password for the owner of the key. */
    public static byte[] encrypt(byte[] password, byte[] challenge, PublicKey key)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(PADDING);
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return cipher.doFinal(masked(Arrays.copyOf(password, password.length + 1), challenge));
    }

    /**
     * The password that was encrypted for us.
     *
     * @throws MysqlViolation if it was not, or by another challenge
     */
    public static byte[] decrypt(byte[] encrypted, byte[] challenge, PrivateKey key) {
        try {
            Cipher cipher = Cipher.getInstance(PADDING);
            cipher.init(Cipher.DECRYPT_MODE, key);
            return withoutZero(masked(cipher.doFinal(encrypted), challenge));
        } catch (GeneralSecurityException e) {
            throw new MysqlViolation(
                    ErrorCode.BAD_HANDSHAKE, "the password is not encrypted for this server's key");
        }
    }

    /** The password of a packet that has it as it is, with a zero at its end. */
    public static byte[] withoutZero(byte[] sent) {
        if (sent.length == 0 || sent[sent.length - 1] != 0) {
            throw new MysqlViolation(ErrorCode.BAD_HANDSHAKE, "the password has no end");
        }
        return Arrays.copyOf(sent, sent.length - 1);
    }

    private static byte[] masked(byte[] bytes, byte[] challenge) {
        byte[] masked = bytes.clone();
        for (int i = 0; i < masked.length; i++) {
            masked[i] ^= challenge[i % challenge.length];
        }
        return masked;
    }

    private static byte[] sha256(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
