package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A connection to a server that speaks HTTP/2 (RFC 9113), for many requests at the same time. Netty
 * reads and writes the frames and keeps the windows; each stream is a {@link ServerStream}.
 */
final class Http2Server extends Http2ConnectionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Server.class);

    private final Server server;
    private final LoopState state;
    private final Channel channel;
    private final Optional<TlsCaller> tls;
    private final Http2Connection.PropertyKey key;
    private final Set<Asker> unflushed = new LinkedHashSet<>();
    private @Nullable ChannelHandlerContext handler;
    private boolean reading;
    private boolean flushing;
    private boolean fresh = true;
    private boolean retired;
    private boolean gone;
    private int streams;
    private int lastTaken = Integer.MAX_VALUE;
    private long idleSinceNanos;
    private long readAtNanos;

    /** Made by {@link Http2ServerBuilder}. */
    Http2Server(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            Server server,
            LoopState state,
            Channel channel) {
        super(decoder, encoder, settings);
        this.server = server;
        this.state = state;
        this.channel = channel;
        this.tls = server.backend().tls();
        this.key = connection().newKey();
        idleSinceNanos = state.now();
        readAtNanos = idleSinceNanos;
        // Not only once the server has acknowledged our settings, which may be never.
        connection().local().allowPushTo(false);
        connection().addListener(new Ends());
        encoder.flowController().listener(this::writable);
    }

    Server server() {
        return server;
    }

    LoopState state() {
        return state;
    }

    /** By which the server is spoken to. */
    String scheme() {
        return tls.isPresent() ? "https" : "http";
    }

    Channel channel() {
        return channel;
    }

    private ChannelHandlerContext handler() {
        if (handler == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return handler;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) throws Exception {
        handler = added;
        super.handlerAdded(added);
        Http2Stream all = connection().connectionStream();
        int more = Http2Limits.SERVER_WINDOW_BYTES - Http2Limits.WINDOW_BYTES_AT_FIRST;
        decoder().flowController().incrementWindowSize(all, more);
        flushSoon();
    }

    // ------------------------------------------------------------------ streams

    /** Whether no request was ever sent by it. */
    boolean isFresh() {
        return fresh;
    }

    boolean hasRoom() {
        return !retired
                && !gone
                && streams < Http2Limits.SERVER_STREAMS
                && !connection().goAwayReceived()
                && connection().local().canOpenStream()
                && isCurrent();
    }

    /** Whether it leads to where its server is now, and speaks to it as it should. */
    private boolean isCurrent() {
        return server.address().equals(channel.remoteAddress())
                && server.backend().tls().equals(tls);
    }

    /** A place for one request; it becomes a stream when the request is sent. */
    ServerStream newStream() {
        fresh = false;
        streams++;
        return new ServerStream(this);
    }

    /** The place is free again. */
    void left() {
        streams--;
        if (streams == 0) {
            idleSinceNanos = state.now();
            if (retired) {
                channel.close();
            }
        }
    }

    /** No further requests; it ends with the last one that is on its way. */
    void retire() {
        retired = true;
        if (streams == 0) {
            channel.close();
        }
    }

    /** A request was given up: if nothing at all came since it began, nobody may be there. */
    void doubt(long beganNanos) {
        if (readAtNanos - beganNanos < 0) {
            retire();
        }
    }

    void sweep(long now, long idleNanosMax) {
        boolean wanted = server.state().isWanted() && isCurrent();
        boolean old = streams == 0 && now - idleSinceNanos > idleNanosMax;
        if (!wanted || old || connection().goAwayReceived()) {
            retire();
        }
    }

    /** Sends the head of a request: the stream begins; empty if the connection takes none. */
    Optional<Http2Stream> open(ServerStream wanted, Http2Headers headers, boolean ends) {
        int id = connection().local().incrementAndGetNextStreamId();
        if (gone || id < 0 || connection().goAwayReceived()) {
            return Optional.empty();
        }
        encoder().writeHeaders(handler(), id, headers, 0, ends, handler().newPromise());
        Http2Stream stream = connection().stream(id);
        if (stream == null) {
            return Optional.empty();
        }
        stream.setProperty(key, wanted);
        return Optional.of(stream);
    }

    void writeData(Http2Stream stream, ByteBuf data, boolean ends) {
        encoder().writeData(handler(), stream.id(), data, 0, ends, handler().newPromise());
    }

    void writeTrailers(Http2Stream stream, Http2Headers trailers) {
        encoder().writeHeaders(handler(), stream.id(), trailers, 0, true, handler().newPromise());
    }

    void reset(Http2Stream stream, Http2Error error) {
        if (!gone && stream.state() != Http2Stream.State.CLOSED) {
            resetStream(handler(), stream.id(), error.code(), handler().newPromise());
            flushSoon();
        }
    }

    boolean isWritable(Http2Stream stream) {
        return encoder().flowController().isWritable(stream);
    }

    /** The server may send so many bytes more. */
    void consumed(Http2Stream stream, int count) {
        try {
            if (!gone && decoder().flowController().consumeBytes(stream, count)) {
                flushSoon();
            }
        } catch (Http2Exception e) {
            onError(handler(), true, e);
        }
    }

    private void writable(Http2Stream stream) {
        ServerStream of = stream.getProperty(key);
        if (of != null) {
            of.writable();
        }
    }

    /** When all that has come is read. */
    void flushLater(Asker client) {
        if (reading) {
            unflushed.add(client);
        } else {
            client.flush();
        }
    }

    /** Once for all that is written in this turn of the loop. */
    void flushSoon() {
        if (!flushing && !reading) {
            flushing = true;
            channel.eventLoop().execute(this::flushNow);
        }
    }

    private void flushNow() {
        flushing = false;
        if (!gone) {
            flush(handler());
        }
    }

    // ------------------------------------------------------------------ frames in

    /** What comes with streams. */
    private final class Frames extends Http2EventAdapter {
        @Override
        public void onHeadersRead(
                ChannelHandlerContext context,
                int id,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean ends) {
            headersRead(id, headers, ends);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context,
                int id,
                Http2Headers headers,
                int padding,
                boolean ends) {
            headersRead(id, headers, ends);
        }

        @Override
        public int onDataRead(
                ChannelHandlerContext context, int id, ByteBuf data, int padding, boolean ends) {
            ServerStream stream = streamOf(connection().stream(id));
            int length = data.readableBytes();
            return padding + (stream == null ? length : stream.data(data, ends));
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext context, int id, long error) {
            ServerStream stream = streamOf(connection().stream(id));
            if (stream != null && error == Http2Error.REFUSED_STREAM.code()) {
                stream.refused();
            }
        }
    }

    /** What ends. */
    private final class Ends extends Http2ConnectionAdapter {
        @Override
        public void onStreamClosed(Http2Stream stream) {
            ServerStream of = streamOf(stream);
            if (of != null) {
                if (stream.id() > lastTaken) {
                    of.refused();
                }
                of.gone();
            }
        }

        @Override
        public void onGoAwayReceived(int lastStreamId, long error, ByteBuf why) {
            lastTaken = lastStreamId;
        }
    }

    /** For the decoder. */
    Http2EventAdapter frames() {
        return new Frames();
    }

    private @Nullable ServerStream streamOf(@Nullable Http2Stream stream) {
        return stream == null ? null : stream.getProperty(key);
    }

    private void headersRead(int id, Http2Headers headers, boolean ends) {
        ServerStream stream = streamOf(connection().stream(id));
        if (stream != null) {
            stream.headers(headers, ends);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        reading = true;
        readAtNanos = state.now();
        server.counters().bytesOut.add(((ByteBuf) message).readableBytes());
        super.channelRead(context, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        reading = false;
        List<Asker> waiting = List.copyOf(unflushed);
        unflushed.clear();
        waiting.forEach(Asker::flush);
        super.channelReadComplete(context);
    }

    // ------------------------------------------------------------------ the end

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        gone = true;
        state.http2Servers().gone(this);
        super.channelInactive(context);
        List<Asker> waiting = List.copyOf(unflushed);
        unflushed.clear();
        waiting.forEach(Asker::flush);
    }

    @Override
    protected void onStreamError(
            ChannelHandlerContext context,
            boolean outbound,
            Throwable cause,
            Http2Exception.StreamException error) {
        ServerStream stream = streamOf(connection().stream(error.streamId()));
        if (stream != null && !outbound) {
            stream.violated(String.valueOf(error.getMessage()));
        }
        super.onStreamError(context, outbound, cause, error);
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext context,
            boolean outbound,
            Throwable cause,
            @Nullable Http2Exception error) {
        retired = true;
        if (cause instanceof IOException || error != null) {
            LOG.debug("{}: {}", server, cause.toString());
        } else {
            LOG.error("the connection to {} is closed because of a defect", server, cause);
        }
        super.onConnectionError(context, outbound, cause, error);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        onError(context, false, cause);
    }
}
