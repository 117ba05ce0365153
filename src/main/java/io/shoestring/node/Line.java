package io.shoestring.node;

import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import java.util.function.LongConsumer;

/**
 * How the conductor of one term reaches the agent of one member, on this machine or on another.
 * Methods may block and may be called from any thread; {@link #perform} is called for one action at
 * a time, {@link #look} may run beside it.
 */
interface Line extends AutoCloseable {
    /** The member at its other end. */
    MemberName name();

    /**
     * Asks what the member is. Never throws: {@code Unreachable} is an answer too. The instants in
     * it are of this node's clock.
     */
    MemberLook look();

    /**
     * Has it done, and waits for the outcome, for hours if need be. If the connection breaks it is
     * asked for again under the same {@code number}; if the agent stays away the outcome is that it
     * is unknown.
     */
    Ending perform(long number, Action.ByAgent action) throws InterruptedException;

    /**
     * Sets who is called, within milliseconds, when the member's server process ends, with how
     * often it has.
     */
    void onExit(LongConsumer callback);

    /** Ends the waiting; the agent goes on with what it does. */
    @Override
    void close();
}
