package io.shoestring.protocol.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.random.RandomGenerator;

/**
 * By what a server of HTTP/1.1 proves that it has understood a request for WebSocket (RFC 6455
 * section 4). No secret: it only tells such a server from one that repeats anything.
 */
public final class WebSocketKey {
    private static final int BYTES = 16;
    private static final String APPENDED = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private WebSocketKey() {}

    /** One that nobody has used. */
    public static String random(RandomGenerator random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** What the server must say to it. */
    public static String answerTo(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest(Octets.bytes(key + APPENDED));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }
}
