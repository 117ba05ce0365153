package io.shoestring.protocol.http;

/**
 * A peer's bytes break the protocol, or a limit. The message is a sentence without a full stop, and
 * is fit to be shown to the peer.
 *
 * <p>Has no stack trace: it describes the peer's mistake, not a place in our code, and must stay
 * cheap when somebody sends garbage on purpose.
 */
public final class HttpViolation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** A request that is answered with this status; what a server sent is a 502 whatever it is. */
    public HttpViolation(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    /** The status for the client whose request it was. */
    public int status() {
        return status;
    }

    static HttpViolation malformed(String message) {
        return new HttpViolation(400, message);
    }

    static HttpViolation malformed(String message, int at) {
        return new HttpViolation(400, message + ", at byte " + at);
    }
}
