package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One client: reads a request, has it answered on a virtual thread, writes the answer, and only
 * then reads the next. So answers keep the order of pipelined requests, and nothing piles up.
 */
final class HttpConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

    private final Routes routes;
    private final EventStream stream;
    private final ExecutorService workers;
    private final long patienceMillis;
    private @Nullable Future<?> deadline;
    private final Deque<FullHttpRequest> pipelined = new ArrayDeque<>();
    private boolean answering;
    private boolean streaming;

    /**
     * Prepares for a client.
     *
     * @param patienceMillis how long the next whole request may take to come, and how long an
     *     answer may take to be made and to be taken away
     */
    HttpConnection(
            Routes routes, EventStream stream, ExecutorService workers, long patienceMillis) {
        this.routes = requireNonNull(routes, "routes is null");
        this.stream = requireNonNull(stream, "stream is null");
        this.workers = requireNonNull(workers, "workers is null");
        this.patienceMillis = patienceMillis;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        startDeadline(context);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (streaming) {
            close(context);
        } else if (answering) {
            // Bounded: once reading stops, no more come than were in the buffer just read.
            pipelined.add(request.retain());
            context.channel().config().setAutoRead(false);
        } else {
            begin(context, request);
        }
    }

    private void begin(ChannelHandlerContext context, FullHttpRequest request) {
        answering = true;
        startDeadline(context);
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        if (request.decoderResult().isFailure()) {
            write(context, malformed(request.decoderResult().cause()), false);
            return;
        }
        try {
            serve(context, Request.of(request, remote(context), isSecure(context)), keepAlive);
        } catch (IllegalArgumentException e) {
            write(
                    context,
                    Answer.problem(
                            HttpResponseStatus.BAD_REQUEST, "The address cannot be decoded."),
                    false);
        }
    }

    private void goOn(ChannelHandlerContext context) {
        answering = false;
        startDeadline(context);
        FullHttpRequest next = pipelined.poll();
        if (next == null) {
            context.channel().config().setAutoRead(true);
            return;
        }
        try {
            begin(context, next);
        } finally {
            next.release();
        }
    }

    private void serve(ChannelHandlerContext context, Request request, boolean keepAlive) {
        try {
            workers.execute(
                    () -> {
                        Answer answer = routes.answer(request);
                        context.executor().execute(() -> deliver(context, answer, keepAlive));
                    });
        } catch (RejectedExecutionException e) {
            close(context);
        }
    }

    private void deliver(ChannelHandlerContext context, Answer answer, boolean keepAlive) {
        switch (answer) {
            case Answer.Whole whole -> write(context, whole, keepAlive);
            case Answer.Stream wish -> stream(context, wish, keepAlive);
        }
    }

    private void write(ChannelHandlerContext context, Answer.Whole answer, boolean keepAlive) {
        context.writeAndFlush(answer.toHttp(keepAlive))
                .addListener(
                        written -> {
                            if (keepAlive && written.isSuccess()) {
                                goOn(context);
                            } else {
                                close(context);
                            }
                        });
    }

    private void stream(ChannelHandlerContext context, Answer.Stream wish, boolean keepAlive) {
        if (!stream.reserve(context.channel())) {
            Answer.Whole full =
                    Answer.problem(
                            HttpResponseStatus.TOO_MANY_REQUESTS,
                            "Already "
                                    + EventStream.MAX_CLIENTS
                                    + " clients follow this node. Close some, or ask"
                                    + " /api/v1/status instead.");
            write(context, full, keepAlive);
            return;
        }
        streaming = true;
        stopDeadline();
        DefaultHttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        SecurityHeaders.addTo(response.headers());
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
        HttpUtil.setTransferEncodingChunked(response, true);
        HttpUtil.setKeepAlive(response, false);
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        stream.join(context.channel(), wish);
        // Nothing more is expected; reading is how the client's leaving is noticed.
        context.channel().config().setAutoRead(true);
    }

    private void startDeadline(ChannelHandlerContext context) {
        stopDeadline();
        deadline =
                context.executor()
                        .schedule(() -> close(context), patienceMillis, TimeUnit.MILLISECONDS);
    }

    private void stopDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stopDeadline();
        pipelined.forEach(FullHttpRequest::release);
        pipelined.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException || cause instanceof TooLongFrameException) {
            LOG.debug("{} left: {}", context.channel().remoteAddress(), cause.getMessage());
        } else {
            LOG.warn("Connection of {} failed", context.channel().remoteAddress(), cause);
        }
        close(context);
    }

    private static void close(ChannelHandlerContext context) {
        var _ = context.close();
    }

    private static Answer.Whole malformed(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException _ ->
                    Answer.problem(
                            HttpResponseStatus.REQUEST_URI_TOO_LONG, "The address is too long.");
            case TooLongHttpHeaderException _ ->
                    Answer.problem(
                            HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                            "The headers are too long.");
            case Throwable _ ->
                    Answer.problem(HttpResponseStatus.BAD_REQUEST, "This is not an HTTP request.");
        };
    }

    private static boolean isSecure(ChannelHandlerContext context) {
        return context.pipeline().get(SslHandler.class) != null;
    }

    private static InetAddress remote(ChannelHandlerContext context) {
        return context.channel().remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }
}
