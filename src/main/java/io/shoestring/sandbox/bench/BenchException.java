package io.shoestring.sandbox.bench;

/** A measurement is not possible. The message is for a person: what happened, and what to do. */
final class BenchException extends Exception {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }

    BenchException(String message, Throwable cause) {
        super(message, cause);
    }
}
