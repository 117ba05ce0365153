package io.shoestring.sandbox;

/**
 * The sandbox cannot be made, or did not come to serve. The message is for a person: what happened,
 * and what to do.
 */
public final class SandboxException extends Exception {
    private static final long serialVersionUID = 1L;

    public SandboxException(String message) {
        super(message);
    }

    public SandboxException(String message, Throwable cause) {
        super(message, cause);
    }
}
