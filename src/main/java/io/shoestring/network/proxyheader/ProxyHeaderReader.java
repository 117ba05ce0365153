package io.shoestring.network.proxyheader;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Stands first in the pipeline of a connection that must begin with a PROXY header: notes whom it
 * speaks for, tells those behind by the header as a user event, and goes away. A connection that
 * begins otherwise is closed.
 */
public final class ProxyHeaderReader extends ByteToMessageDecoder {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Consumer<String> failed;
    private @Nullable Future<?> deadline;

    /**
     * @param failed is told in a clause why the connection is closed
     */
    public ProxyHeaderReader(Consumer<String> failed) {
        this.failed = requireNonNull(failed, "failed is null");
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        deadline =
                context.executor()
                        .schedule(
                                () -> fail(context, "no PROXY header came within 10 s"),
                                PATIENCE.toMillis(),
                                TimeUnit.MILLISECONDS);
        super.channelActive(context);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        try {
            Optional<ProxyHeader> header = ProxyHeader.read(in);
            if (header.isPresent()) {
                stopWaiting();
                header.get()
                        .addresses()
                        .ifPresent(addresses -> ClientAddress.set(context.channel(), addresses));
                context.fireUserEventTriggered(header.get());
                context.pipeline().remove(this);
            }
        } catch (ProxyHeaderException e) {
            in.skipBytes(in.readableBytes());
            fail(context, String.valueOf(e.getMessage()));
        }
    }

    private void fail(ChannelHandlerContext context, String why) {
        if (context.channel().isOpen()) {
            failed.accept(why);
            context.close();
        }
    }

    private void stopWaiting() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        stopWaiting();
        super.channelInactive(context);
    }
}
