package io.shoestring.protocol.mysql;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code mysql_native_password}: the server has SHA1(SHA1(password)); a client proves that it knows
 * SHA1(password), and thereby shows it to whoever has the former. So a proxy that has what the
 * server has stored can log in for the client.
 */
public final class NativePassword {
    /** Its name. */
    public static final String METHOD = "mysql_native_password";

    private static final int HASH_BYTES = 20;
    private static final String MARK = "*";

    private NativePassword() {}

    /** SHA1(password): what a proof is made with. */
    public static byte[] key(byte[] password) {
        return sha1(password);
    }

    /** The proof for a challenge; an empty password has an empty proof. */
    public static byte[] proof(byte[] key, byte[] challenge) {
        byte[] mask = sha1(challenge, sha1(key));
        byte[] proof = key.clone();
        for (int i = 0; i < HASH_BYTES; i++) {
            proof[i] ^= mask[i];
        }
        return proof;
    }

    /** What a server stores, {@code *} and 40 digits, as bytes. */
    public static Optional<byte[]> parseStored(String text) {
        if (!text.startsWith(MARK) || text.length() != 1 + 2 * HASH_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(HexFormat.of().parseHex(text.toLowerCase(Locale.ROOT), 1, 41));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * The key of a client that has proven to know the password.
     *
     * @param stored SHA1(SHA1(password))
     */
    public static Optional<byte[]> keyFrom(byte[] proof, byte[] challenge, byte[] stored) {
        if (proof.length != HASH_BYTES) {
            return Optional.empty();
        }
        byte[] key = sha1(challenge, stored);
        for (int i = 0; i < HASH_BYTES; i++) {
            key[i] ^= proof[i];
        }
        return MessageDigest.isEqual(sha1(key), stored) ? Optional.of(key) : Optional.empty();
    }

    private static byte[] sha1(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
