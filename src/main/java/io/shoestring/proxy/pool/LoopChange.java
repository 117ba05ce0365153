package io.shoestring.proxy.pool;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/** A connection goes from one event loop to another, while nothing is on its way on it. */
public final class LoopChange {
    private LoopChange() {}

    /**
     * Moves it.
     *
     * @param lost runs on the new loop if it could not arrive, and is closed for that
     * @param arrived runs there afterwards in any case
     */
    public static void move(Channel moving, EventLoop to, Runnable lost, Runnable arrived) {
        // So that no further read is due on the loop that it leaves; whoever uses it next reads.
        moving.config().setAutoRead(false);
        moving.eventLoop()
                .execute(
                        () ->
                                moving.deregister()
                                        .addListener(left -> register(moving, to, lost, arrived)));
    }

    private static void register(Channel moving, EventLoop to, Runnable lost, Runnable arrived) {
        to.register(moving)
                .addListener(
                        done -> {
                            if (!done.isSuccess()) {
                                moving.unsafe().closeForcibly();
                                lost.run();
                            }
                            arrived.run();
                        });
    }
}
