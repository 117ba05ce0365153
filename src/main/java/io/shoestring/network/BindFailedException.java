package io.shoestring.network;

import io.shoestring.model.Endpoint;

/** An address cannot be listened on. */
public final class BindFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    BindFailedException(Endpoint address, Throwable cause) {
        super("cannot listen on " + address + ": " + cause.getMessage(), cause);
    }
}
