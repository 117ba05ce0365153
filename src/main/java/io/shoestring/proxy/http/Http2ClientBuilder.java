package io.shoestring.proxy.http;

import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;

/** Makes an {@link Http2Client} with all limits in force. */
final class Http2ClientBuilder
        extends AbstractHttp2ConnectionHandlerBuilder<Http2Client, Http2ClientBuilder> {
    private static final int GRACE_MILLIS = 30_000;

    private final Peer peer;

    Http2ClientBuilder(Peer peer) {
        this.peer = peer;
        server(true);
        initialSettings(
                new Http2Settings()
                        .connectProtocolEnabled(true)
                        .maxConcurrentStreams(Http2Limits.STREAMS)
                        .initialWindowSize(Http2Limits.STREAM_WINDOW_BYTES)
                        .maxHeaderListSize(peer.context().settings().limits().headBytes()));
        validateHeaders(true);
        gracefulShutdownTimeoutMillis(GRACE_MILLIS);
        encoderEnforceMaxQueuedControlFrames(Http2Limits.QUEUED_CONTROL_FRAMES);
        encoderEnforceMaxRstFramesPerWindow(Http2Limits.RESETS, Http2Limits.SECONDS);
        decoderEnforceMaxRstFramesPerWindow(Http2Limits.RESETS, Http2Limits.SECONDS);
        decoderEnforceMaxConsecutiveEmptyDataFrames(Http2Limits.EMPTY_FRAMES);
        decoderEnforceMaxSmallContinuationFrames(Http2Limits.SMALL_CONTINUATIONS);
    }

    /** For one connection. */
    Http2Client connect() {
        return build();
    }

    @Override
    protected Http2Client build(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        var client = new Http2Client(decoder, encoder, settings, peer);
        frameListener(client.frames());
        return client;
    }
}
