package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.shoestring.network.tls.HandshakeWatch;
import io.shoestring.network.tls.TlsDoor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** Makes each accepted connection speak HTTP, and turns away those that are too many. */
@Sharable
final class Connections extends ChannelInitializer<Channel> {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    static final int MAX_CONNECTIONS = 200;
    static final int MAX_REQUEST_BYTES = 256 * 1024;
    private static final int MAX_LINE_BYTES = 4096;
    private static final int MAX_HEADER_BYTES = 16 * 1024;

    private final Optional<TlsDoor> tls;
    private final Routes routes;
    private final EventStream stream;
    private final ExecutorService workers;
    private final long patienceMillis;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    Connections(
            Optional<TlsDoor> tls,
            Routes routes,
            EventStream stream,
            ExecutorService workers,
            long patienceMillis) {
        this.tls = requireNonNull(tls, "tls is null");
        this.routes = requireNonNull(routes, "routes is null");
        this.stream = requireNonNull(stream, "stream is null");
        this.workers = requireNonNull(workers, "workers is null");
        this.patienceMillis = patienceMillis;
    }

    @Override
    protected void initChannel(Channel channel) {
        open.add(channel);
        HttpDecoderConfig limits =
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_LINE_BYTES)
                        .setMaxHeaderSize(MAX_HEADER_BYTES);
        tls.ifPresent(
                door -> {
                    channel.pipeline().addLast(door.handler());
                    channel.pipeline()
                            .addLast(
                                    new HandshakeWatch(
                                            why ->
                                                    LOG.debug(
                                                            "{}: {}",
                                                            channel.remoteAddress(),
                                                            why)));
                });
        channel.pipeline().addLast(new HttpServerCodec(limits));
        if (open.size() > MAX_CONNECTIONS) {
            turnAway(channel);
            return;
        }
        channel.pipeline()
                .addLast(new WholeRequests())
                .addLast(new HttpConnection(routes, stream, workers, patienceMillis));
    }

    /** Ends every connection. */
    void closeAll() {
        open.close().awaitUninterruptibly();
    }

    private static void turnAway(Channel channel) {
        channel.writeAndFlush(
                        Answer.problem(
                                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                                        "Already "
                                                + MAX_CONNECTIONS
                                                + " connections are open to this address.")
                                .toHttp(false))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** Puts a request together, up to the limit, and says so in a sentence when it is larger. */
    private static final class WholeRequests extends HttpObjectAggregator {
        WholeRequests() {
            super(MAX_REQUEST_BYTES, true);
        }

        @Override
        protected void handleOversizedMessage(
                ChannelHandlerContext context, HttpMessage oversized) {
            FullHttpResponse response =
                    Answer.problem(
                                    HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                                    "A request may have " + MAX_REQUEST_BYTES + " bytes at most.")
                            .toHttp(false);
            ChannelFuture written = context.writeAndFlush(response);
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }
}
