package io.shoestring.protocol.postgresql;

import io.shoestring.base.Check;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), with channel binding
 * ({@code tls-server-end-point}, RFC 5929) where the connection is encrypted. Used once, by one
 * thread:
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

    /** The same with channel binding. */
    public static final String MECHANISM_PLUS = "SCRAM-SHA-256-PLUS";

    private static final byte[] NO_BINDING = {};
    private static final String END_POINT = "p=tls-server-end-point";

    private static final int SALT_BYTES = 16;

    private final ScramVerifier verifier;
    private final boolean isKnownUser;
    private final String serverNonce;
    private final byte[] endPoint;

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

    ScramServer(ScramVerifier verifier, boolean isKnownUser, String serverNonce, byte[] endPoint) {
        this.endPoint = endPoint.clone();
        this.verifier = verifier;
        this.isKnownUser = isKnownUser;
        this.serverNonce = serverNonce;
    }

    /** An exchange without channel binding, with a user whose verifier is known. */
    public static ScramServer of(ScramVerifier verifier, SecureRandom random) {
        return of(verifier, random, NO_BINDING);
    }

    /**
     * An exchange with a user whose verifier is known.
     *
     * @param endPoint the hash of the certificate that the client was shown (RFC 5929, section 4);
     *     empty: channel binding is not offered
     */
    public static ScramServer of(ScramVerifier verifier, SecureRandom random, byte[] endPoint) {
        return new ScramServer(verifier, true, ScramNonce.next(random), endPoint);
    }

    /**
     * An exchange that looks like every other and always ends in {@link Refused}.
     *
     * @param processSecret random bytes that stay the same for the life of the process, so that a
     *     name is offered the same salt each time, as a real user is
     */
    public static ScramServer ofUnknownUser(
            String user, byte[] processSecret, SecureRandom random, byte[] endPoint) {
        byte[] seed = ScramCrypto.hmac(processSecret, user);
        byte[] salt = Arrays.copyOf(seed, SALT_BYTES);
        byte[] key = ScramCrypto.hmac(seed, "key");
        var mock = new ScramVerifier(ScramVerifier.DEFAULT_ITERATIONS, salt, key, key);
        return new ScramServer(mock, false, ScramNonce.next(random), endPoint);
    }

    /** The mechanisms to offer, the better one first. */
    public List<String> mechanisms() {
        return endPoint.length > 0 ? List.of(MECHANISM_PLUS, MECHANISM) : List.of(MECHANISM);
    }

    /**
     * Answers the client's first message.
     *
     * @param mechanism one of {@link #mechanisms}
     * @return the data for AuthenticationSASLContinue
     * @throws ProtocolViolation if the message is malformed, or wants what is not supported
     */
    public byte[] first(String mechanism, byte[] clientFirst) {
        Check.that(serverFirst.isEmpty(), "a SCRAM exchange is used once");
        var message = ScramMessage.decode("client-first-message", clientFirst);
        channelBinding = channelBinding(message, mechanism.equals(MECHANISM_PLUS));
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
    private String channelBinding(ScramMessage message, boolean plus) {
        String flag = message.nextField();
        checkFlag(message, flag, plus);
        if (message.peek() == 'a') {
            throw new ProtocolViolation(
                    SqlState.FEATURE_NOT_SUPPORTED,
                    "the client uses an authorization identity, which is not supported");
        }
        if (!message.nextField().isEmpty()) {
            throw message.violation("has an unexpected attribute in its GS2 header");
        }
        byte[] header = (flag + ",,").getBytes(StandardCharsets.US_ASCII);
        if (!plus) {
            return base64(header);
        }
        byte[] bound = Arrays.copyOf(header, header.length + endPoint.length);
        System.arraycopy(endPoint, 0, bound, header.length, endPoint.length);
        return base64(bound);
    }

    private void checkFlag(ScramMessage message, String flag, boolean plus) {
        if (flag.startsWith("p=") != plus) {
            throw message.violation(
                    plus
                            ? "has no channel binding, which its mechanism requires"
                            : "requires channel binding, which its mechanism has not");
        }
        if (plus && !flag.equals(END_POINT)) {
            throw message.violation("wants another channel binding than tls-server-end-point");
        }
        if (flag.equals("y") && endPoint.length > 0) {
            // Somebody between us took the better mechanism out of the offer.
            throw message.violation("takes the server for one without channel binding");
        }
        if (!plus && !flag.equals("n") && !flag.equals("y")) {
            throw message.violation("has an unknown channel-binding flag");
        }
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
