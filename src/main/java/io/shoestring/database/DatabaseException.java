package io.shoestring.database;

import static java.util.Objects.requireNonNull;

/**
 * Something about a server, its directory or its programs is not as it must be. The message is one
 * sentence for an operator: what happened, to what, and what to do.
 */
public final class DatabaseException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String sentence;

    public DatabaseException(String sentence) {
        super(sentence);
        this.sentence = requireNonNull(sentence, "sentence is null");
    }

    public DatabaseException(String sentence, Throwable cause) {
        super(sentence, cause);
        this.sentence = requireNonNull(sentence, "sentence is null");
    }

    /** The same as the message. */
    public String sentence() {
        return sentence;
    }
}
