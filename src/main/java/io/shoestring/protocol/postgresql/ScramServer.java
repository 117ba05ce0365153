package io.shoestring.protocol.postgresql;

import io.shoestring.base.Check;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/**
 * The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), without channel binding.
 * Used once, by one thread:
 *
 * <pre>
 *   client-first  ─► {@link #first}  ─► server-first (AuthenticationSASLContinue)
 *   client-final  ─► {@link #last}   ─► {@link Accepted}: server-final (AuthenticationSASLFinal)
 *                                       {@link Refused}: the password is wrong
 * </pre>
 *
 * <p>Needs microseconds, so it may run on an event loop. Like PostgreSQL, it ignores the user name
 * inside the exchange: the startup packet's counts.
 */
public final class ScramServer {
    /** The mechanism's name in SASL messages. */
    public static final String MECHANISM = "SCRAM-SHA-256";

    private static final int SALT_BYTES = 16;

    private final ScramVerifier verifier;
    private final boolean isKnownUser;
    private final String serverNonce;

    private String channelBinding = "";
    private String clientFirstBare = "";
    private String serverFirst = "";
    private String nonce = "";

    /** How an exchange ended. */
    public sealed interface Verdict {}

    /**
     * The client knows the password.
     *
     * @param serverFinal for AuthenticationSASLFinal
     * @param keys log in with them, by {@link ScramClient}, to servers with the same verifier
     */
    public record Accepted(String serverFinal, ScramKeys keys) implements Verdict {
        /** The bytes for AuthenticationSASLFinal. */
        public byte[] serverFinalBytes() {
            return serverFinal.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** The password is wrong, or nobody has this name: the client must not learn which. */
    public record Refused() implements Verdict {}

    ScramServer(ScramVerifier verifier, boolean isKnownUser, String serverNonce) {
        this.verifier = verifier;
        this.isKnownUser = isKnownUser;
        this.serverNonce = serverNonce;
    }

    /** An exchange with a user whose verifier is known. */
    public static ScramServer of(ScramVerifier verifier, SecureRandom random) {
        return new ScramServer(verifier, true, ScramNonce.next(random));
    }

    /**
     * An exchange that looks like every other and always ends in {@link Refused}.
     *
     * @param processSecret random bytes that stay the same for the life of the process, so that a
     *     name is offered the same salt each time, as a real user is
     */
    public static ScramServer ofUnknownUser(
            String user, byte[] processSecret, SecureRandom random) {
        byte[] seed = ScramCrypto.hmac(processSecret, user);
        byte[] salt = Arrays.copyOf(seed, SALT_BYTES);
        byte[] key = ScramCrypto.hmac(seed, "key");
        var mock = new ScramVerifier(ScramVerifier.DEFAULT_ITERATIONS, salt, key, key);
        return new ScramServer(mock, false, ScramNonce.next(random));
    }

    /**
     * Answers the client's first message.
     *
     * @return the data for AuthenticationSASLContinue
     * @throws ProtocolViolation if the message is malformed, or wants what is not supported
     */
    public byte[] first(byte[] clientFirst) {
        Check.that(serverFirst.isEmpty(), "a SCRAM exchange is used once");
        var message = ScramMessage.decode("client-first-message", clientFirst);
        channelBinding = channelBinding(message);
        clientFirstBare = message.text().substring(message.index());
        message.nextAttribute('n');
        String clientNonce = message.nextAttribute('r');
        if (!ScramNonce.isValid(clientNonce)) {
            throw message.violation("has a nonce with characters that are not printable");
        }
        nonce = clientNonce + serverNonce;
        serverFirst =
                "r=%s,s=%s,i=%d".formatted(nonce, base64(verifier.salt()), verifier.iterations());
        return serverFirst.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads the GS2 header; returns the value of 'c' that the client must send later. */
    private static String channelBinding(ScramMessage message) {
        String flag = message.nextField();
        if (flag.startsWith("p=")) {
            throw message.violation("requires channel binding, which was not offered");
        }
        if (!flag.equals("n") && !flag.equals("y")) {
            throw message.violation("has an unknown channel-binding flag");
        }
        if (message.peek() == 'a') {
            throw new ProtocolViolation(
                    SqlState.FEATURE_NOT_SUPPORTED,
                    "the client uses an authorization identity, which is not supported");
        }
        if (!message.nextField().isEmpty()) {
            throw message.violation("has an unexpected attribute in its GS2 header");
        }
        return base64((flag + ",,").getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Judges the client's last message.
     *
     * @throws ProtocolViolation if the message is malformed or belongs to another exchange
     */
    public Verdict last(byte[] clientFinal) {
        Check.that(!serverFirst.isEmpty(), "a SCRAM exchange begins with the first message");
        var message = ScramMessage.decode("client-final-message", clientFinal);
        if (!message.nextAttribute('c').equals(channelBinding)) {
            throw message.violation("does not repeat the channel binding of the first message");
        }
        if (!message.nextAttribute('r').equals(nonce)) {
            throw message.violation("does not repeat the nonce");
        }
        return judge(proof(message), withoutProof(message.text()));
    }

    /** Extensions may stand between nonce and proof; the proof is the last attribute. */
    private static byte[] proof(ScramMessage message) {
        while (message.peek() != 'p' && !message.isAtEnd()) {
            message.nextField();
        }
        byte[] proof = message.nextBase64('p');
        if (proof.length != ScramCrypto.KEY_BYTES || !message.isAtEnd()) {
            throw message.violation("has a malformed proof");
        }
        return proof;
    }

    private static String withoutProof(String clientFinal) {
        return clientFinal.substring(0, clientFinal.lastIndexOf(",p="));
    }

    private Verdict judge(byte[] proof, String clientFinalWithoutProof) {
        String authMessage = clientFirstBare + "," + serverFirst + "," + clientFinalWithoutProof;
        byte[] signature = ScramCrypto.hmac(verifier.storedKey(), authMessage);
        byte[] clientKey = ScramCrypto.xor(proof, signature);
        boolean matches = ScramCrypto.areEqual(ScramCrypto.hash(clientKey), verifier.storedKey());
        byte[] serverSignature = ScramCrypto.hmac(verifier.serverKey(), authMessage);
        if (!(matches && isKnownUser)) {
            return new Refused();
        }
        var keys = new ScramKeys(clientKey, verifier.serverKey());
        return new Accepted("v=" + base64(serverSignature), keys);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
