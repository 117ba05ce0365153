package io.shoestring.database;

import io.shoestring.model.Action;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;

/**
 * One member of a database on this machine. All methods may block and may be called from any
 * thread; {@link #perform} is called for one action at a time, but for a {@code Fence}, which may
 * come at any moment and waits for nothing; {@link #observe} may run beside it.
 */
public interface LocalMember extends AutoCloseable {
    /** Its name in the configuration. */
    MemberName name();

    /**
     * Looks, for at most two seconds, and says what it saw. Never throws: what goes wrong is part
     * of the answer.
     */
    MemberFacts observe();

    /**
     * Does it, verifies by reading back that it is done, and says so. Can be repeated after being
     * cut off anywhere.
     */
    Outcome perform(Action.OnMember action);

    /**
     * Sets who is called, on a thread of the member, at once when the server process ends by
     * whatever reason.
     */
    void onExit(Runnable callback);

    /** Lets go of the server; it goes on running. */
    @Override
    void close();
}
