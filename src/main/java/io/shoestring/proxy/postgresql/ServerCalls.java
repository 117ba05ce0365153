package io.shoestring.proxy.postgresql;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberSpec;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.proxy.Complaints;

import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Connects to servers, encrypted or not. Thread-safe. */
final class ServerCalls {
    private final EventLoops loops;
    private final Complaints complaints;
    private final Supplier<Optional<TlsCaller>> tls;

    /**
     * @param tls by which connections that are made from now on are encrypted; empty: not at all
     */
    ServerCalls(EventLoops loops, Complaints complaints, Supplier<Optional<TlsCaller>> tls) {
        this.loops = loops;
        this.complaints = complaints;
        this.tls = tls;
    }

    /** Opens the connection, on that loop from then on. */
    void connect(EventLoop loop, ServerLink link) {
        MemberSpec member = link.member();
        Endpoint address = member.endpoint();
        loops.connector(loop, encrypted(link, address, link::encryptionFailed))
                .connect(address.host(), address.port())
                .addListener(
                        (ChannelFutureListener)
                                done -> {
                                    if (!done.isSuccess()) {
                                        complain(member, done.cause());
                                        link.connectFailed();
                                    }
                                });
    }

    private ChannelHandler encrypted(
            ChannelHandler speaker, Endpoint address, Consumer<String> failed) {
        Optional<TlsCaller> caller = tls.get();
        if (caller.isEmpty()) {
            return speaker;
        }
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new TlsToServer(caller.get(), address, failed), speaker);
            }
        };
    }

    private void complain(MemberSpec member, Throwable cause) {
        if (cause instanceof ClosedChannelException) {
            // It was closed by us, who are going.
            return;
        }
        // Netty adds the address to the message of the cause, which says it plainly.
        Throwable plain = cause.getCause() == null ? cause : cause.getCause();
        String message = plain.getMessage();
        complaints.about(
                member,
                "cannot be reached: "
                        + (message == null ? plain.getClass().getSimpleName() : message));
    }

    /**
     * Asks the server to cancel what runs on {@code link}; as always nobody learns whether it did.
     */
    void cancel(EventLoop loop, ServerLink link) {
        int processId = link.login().processId();
        int secretKey = link.login().secretKey();
        var asks =
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext context) {
                        context.writeAndFlush(
                                        Requests.cancel(context.alloc(), processId, secretKey))
                                .addListener(ChannelFutureListener.CLOSE);
                    }
                };
        Endpoint address = link.member().endpoint();
        loops.connector(loop, encrypted(asks, address, clause -> {}))
                .connect(address.host(), address.port());
    }
}
