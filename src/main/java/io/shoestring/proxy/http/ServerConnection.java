package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.protocol.http.BodyReader;
import io.shoestring.protocol.http.FieldSink;
import io.shoestring.protocol.http.Framing;
import io.shoestring.protocol.http.HttpViolation;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;

/**
 * The socket of one server: used for one exchange at a time, and then, if both messages ended
 * exactly, for the next. On the client's loop.
 */
final class ServerConnection extends ChannelInboundHandlerAdapter implements ServerLink {
    private static final Logger LOG = LoggerFactory.getLogger(ServerConnection.class);

    private enum Phase {
        CONNECTING,
        IDLE,
        HEAD,
        BODY,
        TUNNEL,
        CLOSED
    }

    private final Server server;
    private final Optional<TlsCaller> tls;
    private final LoopState state;
    private final BodyReader body = new BodyReader();
    private Phase phase = Phase.CONNECTING;
    private @Nullable Channel channel;
    private @Nullable Outgoing out;
    private @Nullable Exchange exchange;
    private @Nullable Asker unflushed;
    private @Nullable ByteBuf rest;
    private boolean broken;
    private long idleSinceNanos;

    ServerConnection(Server server, LoopState state, Exchange exchange) {
        this.server = server;
        this.tls = server.backend().tls();
        this.state = state;
        this.exchange = exchange;
    }

    @Override
    public Server server() {
        return server;
    }

    /** Whether it leads to where its server is now, and speaks as is spoken with it now. */
    boolean isCurrent() {
        return server.backend().tls().equals(tls)
                && channel != null
                && server.address().equals(channel.remoteAddress());
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    @Override
    public @Nullable Exchange exchange() {
        return exchange;
    }

    /** The connection stands; its first exchange waits for that. */
    void connected(Channel opened) {
        channel = opened;
        out = new Outgoing(opened, server.counters().bytesIn);
        phase = Phase.IDLE;
    }

    @Override
    public void begin(Exchange next) {
        exchange = next;
        phase = Phase.HEAD;
    }

    @Override
    public boolean isOpen() {
        return phase == Phase.HEAD || phase == Phase.BODY || phase == Phase.TUNNEL;
    }

    @Override
    public boolean isWritable() {
        return channel != null && channel.isWritable();
    }

    @Override
    public Outgoing out() {
        if (out == null) {
            throw new IllegalStateException("not connected");
        }
        return out;
    }

    @Override
    public void flush() {
        if (out != null) {
            out.flush();
        }
    }

    @Override
    public boolean hasRest() {
        return rest != null;
    }

    @Override
    public boolean isRefused() {
        return false;
    }

    @Override
    public Framing framing() {
        return body.framing();
    }

    @Override
    public void tellTrailers(FieldSink sink) {
        body.tellTrailers(sink);
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    @Override
    public void setReading(boolean reading) {
        if (channel != null && channel.config().isAutoRead() != reading) {
            channel.config().setAutoRead(reading);
        }
    }

    // ------------------------------------------------------------------ bytes in

    @Override
    public void channelRead(ChannelHandlerContext handler, Object message) {
        ByteBuf in = (ByteBuf) message;
        Exchange current = exchange;
        if (current == null) {
            // Nobody has asked: whatever it is, it would be the answer to somebody else.
            in.release();
            close();
            return;
        }
        unflushed = current.client();
        server.counters().bytesOut.add(in.readableBytes());
        current.touch();
        if (rest != null) {
            in = Appended.to(rest, in, handler.alloc());
            rest = null;
        }
        try {
            readAll(current, in);
        } catch (HttpViolation violation) {
            current.answerViolated(this, violation);
        } finally {
            keep(in);
        }
        pauseIfClientIsSlow();
    }

    private void keep(ByteBuf in) {
        if (in.isReadable() && exchange != null && phase == Phase.HEAD) {
            rest = in;
        } else {
            in.release();
        }
    }

    private void readAll(Exchange current, ByteBuf in) {
        while (in.isReadable() && exchange == current) {
            switch (phase) {
                case HEAD -> {
                    if (!state.response().read(in)) {
                        return;
                    }
                    current.answerHead(this, state.response(), in.readableBytes());
                    endIfDone(current, in);
                }
                case BODY -> {
                    body.read(in, current.answer());
                    endIfDone(current, in);
                }
                case TUNNEL -> {
                    current.answer().take(in, in.readerIndex(), in.readableBytes());
                    in.skipBytes(in.readableBytes());
                }
                case CONNECTING, IDLE, CLOSED -> {
                    return;
                }
            }
        }
        if (exchange == current) {
            current.answer().endPiece();
        }
    }

    private void endIfDone(Exchange current, ByteBuf in) {
        if (exchange == current && phase == Phase.BODY && body.isDone()) {
            // More than was announced: what else it says cannot be trusted either.
            current.answered(this, !in.isReadable());
        }
    }

    @Override
    public void beginBody(Framing framing, long length, boolean unwraps) {
        body.begin(framing, length, unwraps);
        phase = Phase.BODY;
    }

    @Override
    public void tunnel() {
        phase = Phase.TUNNEL;
    }

    @Override
    public void endTunnelled() {
        if (channel != null) {
            flush();
            HalfClose.of(channel);
        }
    }

    private void pauseIfClientIsSlow() {
        Exchange current = exchange;
        if (current != null && !current.client().isWritable()) {
            setReading(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext handler) {
        Asker client = unflushed;
        if (client != null) {
            unflushed = null;
            client.flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext handler) {
        Exchange current = exchange;
        if (current != null && handler.channel().isWritable()) {
            current.touch();
            current.client().resume();
        }
    }

    // ------------------------------------------------------------------ the end

    @Override
    public void release(long now) {
        exchange = null;
        phase = Phase.IDLE;
        idleSinceNanos = now;
        setReading(true);
        state.idleServers().put(this);
    }

    @Override
    public void close() {
        if (phase == Phase.IDLE) {
            state.idleServers().remove(this);
        }
        exchange = null;
        phase = Phase.CLOSED;
        dropRest();
        if (out != null) {
            out.drop();
        }
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    public void finish() {
        exchange = null;
        phase = Phase.CLOSED;
        dropRest();
        if (channel != null) {
            flush();
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void dropRest() {
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }

    /** An end that TLS does not know of may be anybody's: what ends with it is not whole. */
    @Override
    public void userEventTriggered(ChannelHandlerContext handler, Object event) {
        if (event instanceof SslCloseCompletionEvent end) {
            broken |= !end.isSuccess();
            handler.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext handler) {
        Phase before = phase;
        phase = Phase.CLOSED;
        Exchange current = exchange;
        if (current != null && before != Phase.CONNECTING) {
            current.serverGone(this);
            current.client().flush();
        } else if (before == Phase.IDLE) {
            state.idleServers().remove(this);
        }
        exchange = null;
        dropRest();
        if (out != null) {
            out.drop();
        }
        unflushed = null;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
        broken = true;
        if (cause instanceof CodecException) {
            // What is not TLS any more, or was changed on the way.
            LOG.debug("{}: {}", server, cause.toString());
            handler.close();
            return;
        }
        if (cause instanceof IOException) {
            // A write that failed does not end it: the server may have answered before it closed.
            LOG.debug("{}: {}", server, cause.toString());
            return;
        }
        LOG.error("the connection to {} is closed because of a defect", server, cause);
        handler.close();
    }
}
