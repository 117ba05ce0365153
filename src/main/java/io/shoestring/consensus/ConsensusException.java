package io.shoestring.consensus;

/**
 * The store could not answer: no quorum, a full or broken disk, a time-out. Nothing is known of the
 * call's effect.
 */
public final class ConsensusException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConsensusException(String message) {
        super(message);
    }

    public ConsensusException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What happened, and what to do about it. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
