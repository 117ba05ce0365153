package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.model.Endpoint;
import io.shoestring.network.tls.HandshakeWatch;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.protocol.postgresql.BackendType;
import io.shoestring.protocol.postgresql.FrontendMessages;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Stands before whoever speaks to a server, and lets it begin only when the connection is
 * encrypted, or need not be: asks the server by SSLRequest, and leaves the pipeline when TLS is
 * there. Runs on the connection's event loop.
 */
final class TlsToServer extends ChannelInboundHandlerAdapter {
    private static final long ANSWER_SECONDS_MAX = 5;

    private final TlsCaller tls;
    private final Endpoint server;
    private final Consumer<String> failed;
    private @Nullable ScheduledFuture<?> timer;
    private boolean answered;

    /**
     * @param failed is told in a clause why there is no encryption; the connection is closed then
     */
    TlsToServer(TlsCaller tls, Endpoint server, Consumer<String> failed) {
        this.tls = tls;
        this.server = server;
        this.failed = failed;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        timer =
                context.executor()
                        .schedule(
                                () -> fails(context, "accepts connections, but does not answer"),
                                ANSWER_SECONDS_MAX,
                                TimeUnit.SECONDS);
        ByteBuf out = context.alloc().buffer(8);
        FrontendMessages.sslRequest(out);
        context.writeAndFlush(out);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (answered || !in.isReadable()) {
            in.release();
            return;
        }
        answered = true;
        endTimer();
        byte answer = in.readByte();
        boolean more = in.isReadable();
        in.release();
        if (more && answer == BackendType.SSL_ACCEPTED) {
            // Whoever is between us could have put words into the server's mouth.
            fails(context, "sent unencrypted bytes behind its answer to the SSLRequest");
        } else if (answer == BackendType.SSL_ACCEPTED) {
            encrypt(context);
        } else if (answer == 'N' && tls.isOptional()) {
            begins(context);
        } else {
            fails(context, answer == 'N' ? "does not speak TLS" : "refuses an SSLRequest");
        }
    }

    private void encrypt(ChannelHandlerContext context) {
        context.pipeline()
                .addFirst(
                        tls.handler(context.alloc(), server.host(), server.port()),
                        new HandshakeWatch(
                                clause -> fails(context, "was not believed: " + clause)));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
            begins(context);
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    private void begins(ChannelHandlerContext context) {
        context.fireChannelActive();
        context.pipeline().remove(this);
    }

    private void fails(ChannelHandlerContext context, String clause) {
        failed.accept(clause);
        context.close();
    }

    private void endTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        endTimer();
        context.fireChannelInactive();
    }
}
