package io.shoestring.proxy.mysql;

import java.util.function.Consumer;

/** Where a session learns what became of a COMMIT whose answer never came. */
@FunctionalInterface
public interface CommitOutcomeSource {
    /**
     * Asks the present primary without blocking the caller; {@code answer} is called once, on any
     * thread.
     */
    void find(CommitMark mark, Consumer<Outcome> answer);

    /** What is proven. */
    enum Outcome {
        /** The primary has the transaction. */
        COMMITTED,
        /** The primary does not have it and never will. */
        ABSENT,
        /** Nothing can be proven. */
        UNKNOWN,
        /** Nobody could be asked now. */
        UNAVAILABLE
    }
}
