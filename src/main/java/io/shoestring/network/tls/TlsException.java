package io.shoestring.network.tls;

/** Certificates or keys that cannot be used; the message says which, why, and what would help. */
public final class TlsException extends Exception {
    private static final long serialVersionUID = 1L;

    TlsException(String message) {
        super(message);
    }

    TlsException(String message, Throwable cause) {
        super(message, cause);
    }
}
