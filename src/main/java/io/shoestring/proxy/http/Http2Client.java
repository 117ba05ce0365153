package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
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

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The socket of one client that speaks HTTP/2 (RFC 9113). Netty reads and writes the frames and
 * keeps the windows; each stream is a {@link Http2Request} of its own. What breaks the rules of a
 * stream ends that stream, what breaks those of the connection ends it with GOAWAY.
 */
final class Http2Client extends Http2ConnectionHandler implements ClientSocket {
    private static final Logger LOG = LoggerFactory.getLogger(Http2Client.class);

    private final Peer peer;
    private final HttpContext context;
    private final Http2Connection.PropertyKey key;
    private final Set<Http2Request> requests = new LinkedHashSet<>();
    private final List<Http2Request> unflushed = new ArrayList<>();
    private @Nullable ChannelHandlerContext handler;
    private boolean reading;
    private boolean flushing;
    private boolean fresh = true;
    private long idleSinceNanos;

    /** Made by {@link Http2ClientBuilder}. */
    Http2Client(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            Peer peer) {
        super(decoder, encoder, settings);
        this.peer = peer;
        this.context = peer.context();
        this.key = connection().newKey();
        idleSinceNanos = context.now();
        connection().addListener(new Closings());
        encoder.flowController().listener(this::writable);
    }

    Peer peer() {
        return peer;
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
        peer.state().add(this);
        super.handlerAdded(added);
        Http2Stream all = connection().connectionStream();
        int more = Http2Limits.CONNECTION_WINDOW_BYTES - Http2Limits.WINDOW_BYTES_AT_FIRST;
        decoder().flowController().incrementWindowSize(all, more);
    }

    // ------------------------------------------------------------------ frames in

    /** What comes with streams. */
    private final class Frames extends Http2EventAdapter {
        @Override
        public void onHeadersRead(
                ChannelHandlerContext handler,
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
                ChannelHandlerContext handler,
                int id,
                Http2Headers headers,
                int padding,
                boolean ends) {
            headersRead(id, headers, ends);
        }

        @Override
        public int onDataRead(
                ChannelHandlerContext handler, int id, ByteBuf data, int padding, boolean ends) {
            Http2Request request = requestOf(connection().stream(id));
            int length = data.readableBytes();
            return padding + (request == null ? length : request.data(data, ends));
        }
    }

    /** A stream is over. */
    private final class Closings extends Http2ConnectionAdapter {
        @Override
        public void onStreamClosed(Http2Stream stream) {
            Http2Request request = requestOf(stream);
            if (request != null) {
                requests.remove(request);
                idleSinceNanos = context.now();
                request.gone();
            }
        }
    }

    /** For the decoder. */
    Http2EventAdapter frames() {
        return new Frames();
    }

    private @Nullable Http2Request requestOf(@Nullable Http2Stream stream) {
        return stream == null ? null : stream.getProperty(key);
    }

    private void headersRead(int id, Http2Headers headers, boolean ends) {
        Http2Stream stream = connection().stream(id);
        Http2Request known = requestOf(stream);
        if (known != null) {
            known.trailers(headers);
            return;
        }
        fresh = false;
        if (requests.size() >= Http2Limits.STREAMS) {
            reset(stream, Http2Error.REFUSED_STREAM);
            return;
        }
        var request = new Http2Request(this, stream);
        stream.setProperty(key, request);
        requests.add(request);
        request.begin(headers, ends);
    }

    /** Reads what came before it was known to be HTTP/2; takes it over. */
    void begin(ByteBuf bytes) {
        try {
            channelRead(handler(), bytes);
        } catch (Exception e) {
            handler().fireExceptionCaught(e);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext handler, Object message) throws Exception {
        reading = true;
        context.counters().bytesIn.add(((ByteBuf) message).readableBytes());
        super.channelRead(handler, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext handler) throws Exception {
        reading = false;
        List.copyOf(unflushed).forEach(Http2Request::flushServer);
        unflushed.clear();
        super.channelReadComplete(handler);
    }

    /** Now, or when all that has come is read. */
    void flushServerOf(Http2Request request) {
        if (reading) {
            unflushed.add(request);
        } else {
            request.flushServer();
        }
    }

    /** The client may send so many bytes more. */
    void consumed(Http2Stream stream, int count) {
        try {
            decoder().flowController().consumeBytes(stream, count);
            flushSoon();
        } catch (Http2Exception e) {
            onError(handler(), true, e);
        }
    }

    // ------------------------------------------------------------------ frames out

    ChannelFuture writeHeaders(Http2Stream stream, Http2Headers headers, boolean ends) {
        return encoder()
                .writeHeaders(handler(), stream.id(), headers, 0, ends, handler().newPromise());
    }

    ChannelFuture writeData(Http2Stream stream, ByteBuf data, boolean ends) {
        return encoder().writeData(handler(), stream.id(), data, 0, ends, handler().newPromise());
    }

    void reset(Http2Stream stream, Http2Error error) {
        if (stream.state() != Http2Stream.State.CLOSED) {
            resetStream(handler(), stream.id(), error.code(), handler().newPromise());
            flushSoon();
        }
    }

    boolean isWritable(Http2Stream stream) {
        return encoder().flowController().isWritable(stream);
    }

    private void writable(Http2Stream stream) {
        Http2Request request = requestOf(stream);
        if (request != null) {
            request.writable();
        }
    }

    /** Once for all that is written in this turn of the loop. */
    void flushSoon() {
        if (!flushing && !reading) {
            flushing = true;
            peer.loop().execute(this::flushNow);
        }
    }

    private void flushNow() {
        flushing = false;
        flush(handler());
    }

    // ------------------------------------------------------------------ deadlines and the end

    @Override
    public void checkDeadlines(long now) {
        if (!requests.isEmpty()) {
            List.copyOf(requests).forEach(request -> request.checkDeadlines(now));
            return;
        }
        HttpSettings settings = context.settings();
        long patience = (fresh ? settings.head() : settings.keepAlive()).toNanos();
        if (now - idleSinceNanos > patience) {
            peer.channel().close();
        }
    }

    @Override
    public void count(List<Exchange> all) {
        requests.forEach(request -> request.count(all));
    }

    /** Takes no further streams; ends when those that are open have. */
    @Override
    public void shutDown() {
        List.copyOf(requests).forEach(Http2Request::shutDown);
        peer.channel().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) throws Exception {
        context.counters().clients.decrementAndGet();
        peer.state().remove(this);
        super.channelInactive(inactive);
    }

    @Override
    protected void onStreamError(
            ChannelHandlerContext handler,
            boolean outbound,
            Throwable cause,
            Http2Exception.StreamException error) {
        tell(outbound, error);
        super.onStreamError(handler, outbound, cause, error);
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext handler,
            boolean outbound,
            Throwable cause,
            @Nullable Http2Exception error) {
        if (cause instanceof IOException) {
            LOG.debug("{}: {}", peer.address(), cause.toString());
        } else if (error == null) {
            LOG.error("{}: closed because of a defect", peer.address(), cause);
        } else {
            tell(outbound, error);
        }
        super.onConnectionError(handler, outbound, cause, error);
    }

    private void tell(boolean outbound, Http2Exception error) {
        if (!outbound) {
            context.counters().malformed.increment();
            context.notices()
                    .tell(
                            "%s: refused: %s, %s"
                                    .formatted(peer.address(), error.error(), error.getMessage()));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
        onError(handler, false, cause);
    }
}
