package io.shoestring.network.tls;

import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.function.Consumer;

import javax.net.ssl.SSLException;

/**
 * Stands behind TLS in the pipeline: says once why a handshake failed, and keeps TLS's errors,
 * after which the connection is closed anyway, from those behind.
 */
public final class HandshakeWatch extends ChannelInboundHandlerAdapter {
    private static final String BORINGSSL = "OPENSSL_internal:";

    private final Consumer<String> failed;
    private boolean told;

    /**
     * @param failed is told in a clause; not of clients that went away themselves
     */
    public HandshakeWatch(Consumer<String> failed) {
        this.failed = requireNonNull(failed, "failed is null");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && !done.isSuccess()) {
            tell(done.cause());
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Throwable plain =
                cause instanceof DecoderException && cause.getCause() != null
                        ? cause.getCause()
                        : cause;
        if (plain instanceof SSLException || cause instanceof DecoderException) {
            tell(plain);
            context.close();
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    private void tell(Throwable cause) {
        if (!told && !(cause instanceof ClosedChannelException)) {
            told = true;
            failed.accept("TLS: " + reason(cause));
        }
    }

    /** BoringSSL says it as {@code error:100000f0:SSL routines:OPENSSL_internal:WRONG_CURVE}. */
    private static String reason(Throwable cause) {
        // "General problem" is what an engine calls the refusal of a certificate.
        Throwable telling = cause.getCause() != null ? cause.getCause() : cause;
        String message = String.valueOf(telling.getMessage());
        int code = message.lastIndexOf(BORINGSSL);
        return code < 0
                ? message
                : message.substring(code + BORINGSSL.length())
                        .replace('_', ' ')
                        .toLowerCase(Locale.ROOT);
    }
}
