package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A connection to a server on its way: the socket, and TLS if its backend wants that. Each of the
 * two may take the backend's {@code timeouts.connect}. On the connection's loop.
 */
public final class ServerCall {
    private final Server server;
    private final List<String> protocols;
    private final Consumer<Channel> before;
    private final Channel channel;
    private final Promise<Channel> done;

    private ServerCall(
            Bootstrap bootstrap, Server server, List<String> protocols, Consumer<Channel> before) {
        this.server = requireNonNull(server, "server is null");
        this.protocols = List.copyOf(protocols);
        this.before = requireNonNull(before, "before is null");
        ChannelFuture connecting =
                bootstrap
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, patienceMillis())
                        .connect(server.address());
        channel = connecting.channel();
        done = channel.eventLoop().newPromise();
        connecting.addListener((ChannelFuture each) -> connected(each));
    }

    /**
     * Begins to connect.
     *
     * @param protocols offered by ALPN, the best first; empty: none are named
     * @param before is called with the open connection before TLS begins on it
     */
    public static ServerCall begin(
            Bootstrap bootstrap, Server server, List<String> protocols, Consumer<Channel> before) {
        return new ServerCall(bootstrap, server, protocols, before);
    }

    /** The connection, which may be closed before it is open. */
    public Channel channel() {
        return channel;
    }

    /** Done when bytes can be exchanged; a failure's message says why that cannot be. */
    public Future<Channel> done() {
        return done;
    }

    /** The protocol that the server took by ALPN; empty if it named none, or there is no TLS. */
    public static String protocolOf(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        String named = tls == null ? null : tls.engine().getApplicationProtocol();
        return named == null ? "" : named;
    }

    private int patienceMillis() {
        return Math.toIntExact(server.backend().config().timeouts().connect().toMillis());
    }

    private void connected(ChannelFuture connecting) {
        if (!connecting.isSuccess()) {
            done.tryFailure(connecting.cause());
            return;
        }
        before.accept(channel);
        Optional<SslHandler> tls = server.tls(channel.alloc(), protocols);
        if (tls.isEmpty()) {
            done.trySuccess(channel);
            return;
        }
        SslHandler handler = tls.get();
        handler.setHandshakeTimeoutMillis(patienceMillis());
        handler.handshakeFuture().addListener(this::shookHands);
        channel.pipeline().addFirst(handler);
    }

    private void shookHands(Future<? super Channel> handshake) {
        if (handshake.isSuccess()) {
            done.trySuccess(channel);
        } else {
            channel.close();
            done.tryFailure(new IOException("TLS: " + reason(handshake.cause())));
        }
    }

    private static String reason(Throwable cause) {
        if (cause instanceof ClosedChannelException || cause.getMessage() == null) {
            return "the server closed the connection";
        }
        return cause.getMessage();
    }
}
