package io.shoestring.proxy.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;
import io.shoestring.proxy.backend.Server;

/** Makes what speaks HTTP/2 with one server. */
final class Http2ServerBuilder
        extends AbstractHttp2ConnectionHandlerBuilder<Http2Server, Http2ServerBuilder> {
    private static final int GRACE_MILLIS = 30_000;

    private final Server server;
    private final LoopState state;
    private final Channel channel;

    Http2ServerBuilder(Server server, LoopState state, Channel channel) {
        this.server = server;
        this.state = state;
        this.channel = channel;
        server(false);
        initialSettings(
                new Http2Settings()
                        .pushEnabled(false)
                        .initialWindowSize(Http2Limits.SERVER_STREAM_WINDOW_BYTES)
                        .maxHeaderListSize(state.http2Servers().limits().headBytes()));
        validateHeaders(true);
        gracefulShutdownTimeoutMillis(GRACE_MILLIS);
        encoderEnforceMaxQueuedControlFrames(Http2Limits.QUEUED_CONTROL_FRAMES);
        decoderEnforceMaxRstFramesPerWindow(Http2Limits.RESETS, Http2Limits.SECONDS);
        decoderEnforceMaxConsecutiveEmptyDataFrames(Http2Limits.EMPTY_FRAMES);
        decoderEnforceMaxSmallContinuationFrames(Http2Limits.SMALL_CONTINUATIONS);
    }

    /** For one connection. */
    Http2Server connect() {
        return build();
    }

    @Override
    protected Http2Server build(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        var connection = new Http2Server(decoder, encoder, settings, server, state, channel);
        frameListener(connection.frames());
        return connection;
    }
}
