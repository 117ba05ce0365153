package io.shoestring.cluster.identity;

import java.io.IOException;

/** A node's identity cannot be used or made; the message is a sentence that says what to do. */
public final class IdentityException extends IOException {
    private static final long serialVersionUID = 1;

    public IdentityException(String sentence) {
        super(sentence);
    }

    public IdentityException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
