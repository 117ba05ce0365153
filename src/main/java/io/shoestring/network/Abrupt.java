package io.shoestring.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;

/** An end that nobody can take for a regular one. */
public final class Abrupt {
    private Abrupt() {}

    /** Closes at once, with a reset, and without TLS's farewell. On the channel's loop. */
    public static void close(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        ChannelHandlerContext first = channel.pipeline().firstContext();
        if (first == null) {
            channel.close();
        } else {
            // Before the first handler there is only the socket.
            first.close();
        }
    }
}
