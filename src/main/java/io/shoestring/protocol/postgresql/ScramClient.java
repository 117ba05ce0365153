package io.shoestring.protocol.postgresql;

import io.shoestring.base.Check;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The client's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), without channel binding.
 * Used once, by one thread:
 *
 * <pre>
 *   {@link #first}  ─► client-first (SASLInitialResponse)  ─► server
 *   server-first (AuthenticationSASLContinue)  ─► {@link #last}  ─► client-final (SASLResponse)
 *   server-final (AuthenticationSASLFinal)  ─► {@link #verify}
 * </pre>
 *
 * <p>A server that cannot prove that it knows the verifier is refused by {@link #verify}; whoever
 * sees AuthenticationOk before that call must not trust it, see {@link #isVerified}.
 */
public final class ScramClient {
    /** More would let a server keep one of our processors busy for seconds. */
    static final int ITERATIONS_MAX = 1_000_000;

    private static final String GS2_HEADER = "n,,";
    private static final String CHANNEL_BINDING = "biws";

    /** Gives the keys once salt and iteration count are known. */
    private interface KeySource {
        ScramKeys keys(byte[] salt, int iterations);
    }

    private final KeySource source;
    private final String clientNonce;
    private byte[] expectedSignature = {};
    private boolean verified;

    private ScramClient(KeySource source, String clientNonce) {
        this.source = source;
        this.clientNonce = clientNonce;
    }

    /**
     * Logs in with a password. {@link #last} then takes milliseconds of CPU (4096 iterations are
     * usual, a million the most that is accepted), so never on an event loop.
     */
    public static ScramClient ofPassword(String password, SecureRandom random) {
        return ofPassword(password, ScramNonce.next(random));
    }

    static ScramClient ofPassword(String password, String clientNonce) {
        byte[] prepared = SaslPrep.prepare(password);
        return new ScramClient(
                (salt, iterations) -> keys(ScramCrypto.saltedPassword(prepared, salt, iterations)),
                clientNonce);
    }

    /** Logs in with keys that a client's own login gave away; needs microseconds. */
    public static ScramClient ofKeys(ScramKeys keys, SecureRandom random) {
        return new ScramClient((salt, iterations) -> keys, ScramNonce.next(random));
    }

    static ScramKeys keys(byte[] saltedPassword) {
        return new ScramKeys(
                ScramCrypto.hmac(saltedPassword, "Client Key"),
                ScramCrypto.hmac(saltedPassword, "Server Key"));
    }

    /** The data for SASLInitialResponse. */
    public byte[] first() {
        return (GS2_HEADER + clientFirstBare()).getBytes(StandardCharsets.UTF_8);
    }

    /** PostgreSQL takes the user's name from the startup packet, so libpq sends none here. */
    private String clientFirstBare() {
        return "n=,r=" + clientNonce;
    }

    /**
     * Answers the server's challenge.
     *
     * @return the data for SASLResponse
     * @throws ProtocolViolation if the challenge is malformed or weak
     */
    public byte[] last(String serverFirst) {
        Check.that(expectedSignature.length == 0, "a SCRAM exchange is used once");
        var message = new ScramMessage("server-first-message", serverFirst);
        String nonce = message.nextAttribute('r');
        if (!nonce.startsWith(clientNonce) || nonce.length() == clientNonce.length()) {
            throw message.violation("does not extend the client's nonce");
        }
        byte[] salt = message.nextBase64('s');
        ScramKeys keys = source.keys(salt, iterations(message));
        return prove(keys, serverFirst, "c=" + CHANNEL_BINDING + ",r=" + nonce);
    }

    private static int iterations(ScramMessage message) {
        String value = message.nextAttribute('i');
        int iterations = parseIterations(value);
        if (iterations < 1 || iterations > ITERATIONS_MAX) {
            throw message.violation(
                    "wants an iteration count that is not from 1 to " + ITERATIONS_MAX);
        }
        return iterations;
    }

    private static int parseIterations(String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private byte[] prove(ScramKeys keys, String serverFirst, String withoutProof) {
        String authMessage = clientFirstBare() + "," + serverFirst + "," + withoutProof;
        byte[] storedKey = ScramCrypto.hash(keys.clientKey());
        byte[] signature = ScramCrypto.hmac(storedKey, authMessage);
        byte[] proof = ScramCrypto.xor(keys.clientKey(), signature);
        expectedSignature = ScramCrypto.hmac(keys.serverKey(), authMessage);
        String base64 = Base64.getEncoder().encodeToString(proof);
        return (withoutProof + ",p=" + base64).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Checks the server's proof.
     *
     * @throws ProtocolViolation if the message is malformed, or the server does not know the
     *     verifier and so may be somebody else
     */
    public void verify(String serverFinal) {
        Check.that(expectedSignature.length > 0, "a SCRAM exchange begins with the first message");
        var message = new ScramMessage("server-final-message", serverFinal);
        if (message.peek() == 'e') {
            throw new ProtocolViolation(
                    SqlState.INVALID_PASSWORD, "the server refused the SCRAM exchange");
        }
        if (!ScramCrypto.areEqual(message.nextBase64('v'), expectedSignature)) {
            throw new ProtocolViolation(
                    SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                    "the server could not prove that it knows the password's verifier");
        }
        verified = true;
    }

    /** Whether {@link #verify} succeeded: only then does AuthenticationOk mean anything. */
    public boolean isVerified() {
        return verified;
    }
}
