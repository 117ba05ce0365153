package io.shoestring.protocol.postgresql;

import java.util.Base64;
import java.util.Optional;

/**
 * What PostgreSQL stores in {@code pg_authid.rolpassword} for a SCRAM password: {@code
 * SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>}.
 */
public final class ScramVerifier {
    /** PostgreSQL's default of {@code scram_iterations}. */
    public static final int DEFAULT_ITERATIONS = 4096;

    private static final String PREFIX = ScramServer.MECHANISM + "$";

    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.iterations = iterations;
        this.salt = salt.clone();
        this.storedKey = ScramCrypto.requireKey(storedKey).clone();
        this.serverKey = ScramCrypto.requireKey(serverKey).clone();
    }

    /** The verifier in a stored password, or empty if that is not one (an MD5 hash, say). */
    public static Optional<ScramVerifier> parse(String stored) {
        if (!stored.startsWith(PREFIX)) {
            return Optional.empty();
        }
        int colon = stored.indexOf(':', PREFIX.length());
        int dollar = stored.indexOf('$', PREFIX.length());
        int lastColon = stored.indexOf(':', dollar + 1);
        if (colon < 0 || dollar < colon || lastColon < 0) {
            return Optional.empty();
        }
        try {
            int iterations = Integer.parseInt(stored.substring(PREFIX.length(), colon));
            byte[] salt = decode(stored.substring(colon + 1, dollar));
            byte[] storedKey = decode(stored.substring(dollar + 1, lastColon));
            byte[] serverKey = decode(stored.substring(lastColon + 1));
            return checked(iterations, salt, storedKey, serverKey);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<ScramVerifier> checked(
            int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        boolean valid =
                iterations > 0
                        && salt.length > 0
                        && storedKey.length == ScramCrypto.KEY_BYTES
                        && serverKey.length == ScramCrypto.KEY_BYTES;
        return valid
                ? Optional.of(new ScramVerifier(iterations, salt, storedKey, serverKey))
                : Optional.empty();
    }

    private static byte[] decode(String base64) {
        return Base64.getDecoder().decode(base64);
    }

    /** A verifier for a password; takes milliseconds of CPU, so never on an event loop. */
    public static ScramVerifier of(String password, int iterations, byte[] salt) {
        byte[] salted = ScramCrypto.saltedPassword(SaslPrep.prepare(password), salt, iterations);
        ScramKeys keys = ScramClient.keys(salted);
        return new ScramVerifier(
                iterations, salt, ScramCrypto.hash(keys.clientKey()), keys.serverKey());
    }

    int iterations() {
        return iterations;
    }

    byte[] salt() {
        return salt;
    }

    byte[] storedKey() {
        return storedKey;
    }

    byte[] serverKey() {
        return serverKey;
    }

    /** Whether these keys belong to this verifier. */
    public boolean accepts(ScramKeys keys) {
        return ScramCrypto.areEqual(storedKey, ScramCrypto.hash(keys.clientKey()))
                && ScramCrypto.areEqual(serverKey, keys.serverKey());
    }

    /** The form in which PostgreSQL stores it; as secret as a password's hash. */
    public String toStored() {
        Base64.Encoder base64 = Base64.getEncoder();
        return PREFIX
                + iterations
                + ":"
                + base64.encodeToString(salt)
                + "$"
                + base64.encodeToString(storedKey)
                + ":"
                + base64.encodeToString(serverKey);
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "ScramVerifier[iterations=" + iterations + "]";
    }
}
