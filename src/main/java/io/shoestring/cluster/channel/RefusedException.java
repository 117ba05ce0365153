package io.shoestring.cluster.channel;

/** A handler will not do what it was asked; its sentence is the answer. Expected: not logged. */
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    public RefusedException(String sentence) {
        super(sentence, null, false, false);
    }
}
