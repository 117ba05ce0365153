package io.shoestring.proxy.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/** Tells the other end that nothing more will come, when everything is written; it may go on. */
final class HalfClose {
    private HalfClose() {}

    static void of(Channel channel) {
        lastWrite(channel)
                .addListener(
                        written -> {
                            if (written.isSuccess() && channel instanceof DuplexChannel duplex) {
                                duplex.shutdownOutput();
                            }
                        });
    }

    /** Done when all is written; with TLS, its farewell too. */
    private static ChannelFuture lastWrite(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls == null ? channel.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    }
}
