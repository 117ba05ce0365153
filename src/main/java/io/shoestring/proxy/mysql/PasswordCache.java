package io.shoestring.proxy.mysql;

import io.shoestring.protocol.mysql.CachingSha2Password;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Passwords of clients that were let in by {@link CachingSha2Password}, so that they need not send
 * them again. Each is encrypted by SHA256 of itself, which is not kept: only a client that proves
 * to know it makes it readable. Thread-safe.
 */
final class PasswordCache {
    private static final int USERS_MAX = 10_000;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Kept(byte[] verifier, byte[] nonce, byte[] encrypted) {}

    private final SecureRandom random;
    private final Map<String, Kept> entries =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
                    return size() > USERS_MAX;
                }
            };

    PasswordCache(SecureRandom random) {
        this.random = random;
    }

    /** A server has let this user in. */
    void keep(String user, byte[] password) {
        byte[] key = CachingSha2Password.key(password);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] encrypted = crypt(Cipher.ENCRYPT_MODE, key, nonce, password);
        synchronized (entries) {
            entries.put(user, new Kept(CachingSha2Password.verifier(key), nonce, encrypted));
        }
    }

    /** It is not right any more. */
    void forget(String user) {
        synchronized (entries) {
            entries.remove(user);
        }
    }

    /** The password of a user who has proven to know it. */
    Optional<byte[]> find(String user, byte[] proof, byte[] challenge) {
        Kept entry;
        synchronized (entries) {
            entry = entries.get(user);
        }
        return entry == null
                ? Optional.empty()
                : CachingSha2Password.keyFrom(proof, challenge, entry.verifier())
                        .map(
                                key ->
                                        crypt(
                                                Cipher.DECRYPT_MODE,
                                                key,
                                                entry.nonce(),
                                                entry.encrypted()));
    }

    private static byte[] crypt(int mode, byte[] key, byte[] nonce, byte[] bytes) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
