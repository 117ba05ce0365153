package io.shoestring.sandbox.bench;

/**
 * What is asked for over HTTP, and through what.
 *
 * @param http whether the contenders understand the requests, or carry bytes
 * @param tls whether clients speak TLS with them
 * @param bytes of an answer's body
 * @param connections at a time
 * @param closes whether each request has a connection of its own
 */
record WebShape(boolean http, boolean tls, int bytes, int connections, boolean closes) {
    private static final int BULK_LEAST = 1 << 20;

    /** Whether few large answers are carried rather than many requests. */
    boolean isBulk() {
        return bytes >= BULK_LEAST;
    }
}
