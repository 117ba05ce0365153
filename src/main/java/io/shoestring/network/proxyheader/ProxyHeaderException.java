package io.shoestring.network.proxyheader;

/** What stands at the beginning of a connection is no PROXY header; the message says why. */
public final class ProxyHeaderException extends Exception {
    private static final long serialVersionUID = 1L;

    ProxyHeaderException(String message) {
        super(message);
    }
}
