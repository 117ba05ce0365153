package io.shoestring.node;

import java.util.Optional;

/**
 * The newest term of a conductor that this node has heard of. INVARIANT: who speaks for a lower one
 * is refused, whatever it asks; before this node has asked consensus once, everybody is.
 *
 * <p>Thread-safe.
 */
public final class Terms {
    private static final long UNKNOWN = -1;

    private long newest = UNKNOWN;

    /** Consensus, or a conductor that was let in, named this term; 0: there was none. */
    public synchronized void saw(long term) {
        newest = Math.max(newest, term);
    }

    /** Lets a conductor of this term in, and nobody of a lower one after it; or says why not. */
    public synchronized Optional<String> refusal(long term) {
        if (newest == UNKNOWN) {
            return Optional.of("This node has not heard from the cluster's memory yet.");
        }
        if (term < newest) {
            return Optional.of(
                    "An order of term "
                            + term
                            + " is too old: this node knows term "
                            + newest
                            + ".");
        }
        newest = term;
        return Optional.empty();
    }
}
