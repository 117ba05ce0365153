package io.shoestring.proxy.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.shoestring.network.Abrupt;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * One socket of a session. What is read here is written to the other side as it is: in one flush
 * for what was read at once, and no faster than the other side takes it.
 */
abstract class Side extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Side.class);

    private final Deque<ByteBuf> early = new ArrayDeque<>(0);
    private boolean inputEnded;
    private boolean outputEnded;
    private @Nullable DuplexChannel channel;
    private @Nullable Side other;

    /** How long the peer may take nothing. */
    abstract long patienceMillis();

    /** So many bytes were read here. */
    abstract void moved(int bytes);

    /** The socket is gone, after its regular end or a failure. */
    abstract void gone();

    /** Something went wrong with it; it will be gone. */
    abstract void failed(Throwable cause);

    final void open(DuplexChannel opened) {
        channel = opened;
    }

    final @Nullable Channel channel() {
        return channel;
    }

    /** From now on bytes go over; what came before goes first. */
    final void join(Side joined) {
        other = joined;
        boolean any = !early.isEmpty();
        while (!early.isEmpty()) {
            joined.write(early.removeFirst());
        }
        if (any) {
            joined.flush();
        }
        if (inputEnded) {
            joined.endOutput();
        }
    }

    /**
     * The other side has said everything: so has this one, when it is written. Netty drops what is
     * still queued at the moment of {@code shutdownOutput}, so that has to wait for the last byte.
     */
    private void endOutput() {
        DuplexChannel mine = channel;
        if (mine == null || outputEnded) {
            return;
        }
        outputEnded = true;
        ChannelFuture written = mine.writeAndFlush(Unpooled.EMPTY_BUFFER);
        written.addListener(
                done -> {
                    if (done.isSuccess() && mine.isOpen()) {
                        endWritten(mine);
                    }
                });
        if (!written.isDone()) {
            resetIfStuck(mine, pending(mine));
        }
    }

    private void endWritten(DuplexChannel mine) {
        if (inputEnded && !isEncrypted(mine)) {
            // The end of this direction goes with the end of the connection.
            mine.close();
        } else {
            shutdownOutput(mine);
            closeIfBothEnded();
        }
    }

    private static boolean isEncrypted(DuplexChannel mine) {
        return mine.pipeline().get(SslHandler.class) != null;
    }

    /** With TLS the peer hears it from TLS, and may go on by version 1.3 (RFC 8446 section 6.1). */
    private static void shutdownOutput(DuplexChannel mine) {
        SslHandler tls = mine.pipeline().get(SslHandler.class);
        if (tls == null) {
            mine.shutdownOutput();
        } else {
            tls.closeOutbound();
        }
    }

    private void closeIfBothEnded() {
        if (inputEnded && channel != null && channel.isOutputShutdown()) {
            channel.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownReadComplete && !inputEnded) {
            // Everything that came before the end has been read.
            inputEnded = true;
            if (other != null) {
                other.endOutput();
            }
            closeIfBothEnded();
        }
    }

    /** Reads as long as the other side takes what is read. */
    final void read() {
        if (channel != null && other != null) {
            channel.config().setAutoRead(other.isWritable());
        }
    }

    final void write(ByteBuf bytes) {
        if (channel == null) {
            bytes.release();
        } else {
            channel.write(bytes, channel.voidPromise());
        }
    }

    final void flush() {
        if (channel != null) {
            channel.flush();
        }
    }

    private boolean isWritable() {
        return channel != null && channel.isWritable();
    }

    /** Closes when everything is written, or when the peer does not take it. */
    final void finish() {
        DuplexChannel mine = channel;
        if (mine != null) {
            ChannelFuture written = mine.writeAndFlush(Unpooled.EMPTY_BUFFER);
            written.addListener(ChannelFutureListener.CLOSE);
            if (!written.isDone()) {
                resetIfStuck(mine, pending(mine));
            }
        }
        dropEarly();
    }

    /** A peer that takes nothing for a while is given up; one that is only slow is not. */
    private void resetIfStuck(DuplexChannel mine, long before) {
        Runnable look =
                () -> {
                    long now = pending(mine);
                    if (mine.isOpen() && now > 0 && now >= before) {
                        reset();
                    } else if (mine.isOpen() && now > 0) {
                        resetIfStuck(mine, now);
                    }
                };
        mine.eventLoop().schedule(look, patienceMillis(), TimeUnit.MILLISECONDS);
    }

    private static long pending(DuplexChannel mine) {
        ChannelOutboundBuffer buffer = mine.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    /** Closes at once, with a reset: the peer must not take it for a regular end. */
    final void reset() {
        if (channel != null) {
            Abrupt.close(channel);
        }
        dropEarly();
    }

    private void dropEarly() {
        while (!early.isEmpty()) {
            early.removeFirst().release();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        moved(bytes.readableBytes());
        if (other != null) {
            other.write(bytes);
        } else {
            // The kernel reports the end of a stream together with what came before it, whether
            // or not we wanted to read: at most what its buffer holds.
            early.add(bytes);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (other != null) {
            other.flush();
            read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        moved(0);
        if (other != null) {
            other.read();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        dropEarly();
        gone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (isDefect(cause)) {
            LOG.error("{}: closed because of a defect", context.channel(), cause);
        }
        failed(cause);
    }

    /** Not what a peer did: that says the side that knows who it is. */
    private static boolean isDefect(Throwable cause) {
        return !(cause instanceof IOException || cause instanceof CodecException);
    }
}
