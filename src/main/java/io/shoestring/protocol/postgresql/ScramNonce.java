package io.shoestring.protocol.postgresql;

import java.security.SecureRandom;
import java.util.Base64;

/** Nonces of SCRAM exchanges: as many random bytes as PostgreSQL uses, in printable form. */
final class ScramNonce {
    private static final int RANDOM_BYTES = 18;

    private ScramNonce() {}

    static String next(SecureRandom random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Whether a peer's nonce is allowed: printable ASCII without comma (RFC 5802, section 7). */
    static boolean isValid(String nonce) {
        return !nonce.isEmpty()
                && nonce.chars()
                        .allMatch(
                                character ->
                                        character > ' ' && character < 0x7f && character != ',');
    }
}
