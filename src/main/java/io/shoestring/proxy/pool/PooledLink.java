package io.shoestring.proxy.pool;

import io.netty.channel.EventLoop;

import java.util.Optional;

/**
 * A server connection that may go from client to client. All calls come on its event loop.
 *
 * @param <L> its own type
 * @param <O> who uses it
 */
public interface PooledLink<L extends PooledLink<L, O>, O> {
    /** What it has in common with those that may stand for it. */
    LinkKey key();

    /** When it was ready for its first request, by the node's clock. */
    long readyAtNanos();

    /** Whether it is logged in, and there. */
    boolean isUsable();

    /** Whether it may be used by somebody else now: nothing is open or on its way on it. */
    boolean isFit();

    /** From now on somebody else uses it. */
    void lendTo(O next);

    /** Whether what the server says is read. */
    void setReading(boolean reading);

    /**
     * Moves it, while nothing is on its way, to another event loop.
     *
     * @param arrived runs there when it has arrived, also if it was closed meanwhile
     */
    void moveTo(EventLoop loop, Runnable arrived);

    /** Says goodbye: nobody needs it any more. */
    void end();

    /**
     * It counts in a limit.
     *
     * @param uncount what to do, once, when it is closed or could not be opened
     */
    void countsIn(PoolShare<L> counted, Runnable uncount);

    /** Where it counts. */
    Optional<PoolShare<L>> countedIn();
}
