package io.shoestring.cluster.channel;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** A question to another node has no answer; the message is a sentence with the node's name. */
public final class PeerException extends IOException {
    private static final long serialVersionUID = 1;

    /** What is known of the question. */
    public enum Outcome {
        /** It did not leave this node: the peer has certainly not acted on it. */
        NOT_SENT,
        /** It left: the peer may have acted on it, or may do so still. */
        UNKNOWN,
        /** The peer answered that it will not. */
        REFUSED
    }

    private final Outcome outcome;

    public PeerException(Outcome outcome, String sentence) {
        super(sentence);
        this.outcome = requireNonNull(outcome, "outcome is null");
    }

    /** What is known of the question. */
    public Outcome outcome() {
        return outcome;
    }
}
