package io.shoestring.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.network.proxyheader.ClientAddress;
import io.shoestring.protocol.http.Forwarding;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * The client at the other end of one connection, whichever version of HTTP it speaks. Only on the
 * connection's loop.
 */
final class Peer {
    private final HttpContext context;
    private final LoopState state;
    private final Channel channel;
    private final boolean secured;
    private @Nullable Forwarding forwarding;
    private HttpListenerConfig.@Nullable Forwarded forwardingAs;
    private byte[] ownHost = {};
    private @Nullable InetSocketAddress address;
    private String host = "";

    /**
     * @param secured whether the client speaks TLS
     */
    Peer(HttpContext context, Channel channel, boolean secured) {
        this.context = context;
        this.channel = channel;
        this.secured = secured;
        this.state = context.on(channel.eventLoop());
    }

    HttpContext context() {
        return context;
    }

    LoopState state() {
        return state;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    Channel channel() {
        return channel;
    }

    boolean isSecured() {
        return secured;
    }

    InetSocketAddress address() {
        InetSocketAddress known = address;
        if (known == null) {
            known = ClientAddress.of(channel);
            address = known;
        }
        return known;
    }

    /** Its address without the port, as text. */
    String host() {
        if (host.isEmpty()) {
            host = address().getAddress().getHostAddress();
        }
        return host;
    }

    String scheme() {
        return secured ? "https" : "http";
    }

    /** The fields that tell a server who this is. */
    Forwarding forwarding() {
        HttpListenerConfig.Forwarded wanted = context.config().forwarded();
        if (forwarding == null || forwardingAs != wanted) {
            forwardingAs = wanted;
            forwarding =
                    switch (wanted) {
                        case X_FORWARDED -> Forwarding.xForwarded(host(), scheme());
                        case RFC7239 -> Forwarding.forwarded(host(), scheme());
                        case NONE -> Forwarding.none();
                    };
        }
        return forwarding;
    }

    /** As {@link #ownHost}, without the port. */
    String ownHostName() {
        String own = ClientAddress.destinationOf(channel).getAddress().getHostAddress();
        return own.indexOf(':') < 0 ? own : "[" + own + "]";
    }

    /** For clients of HTTP/1.0 that name no host: where they connected to. */
    byte[] ownHost() {
        if (ownHost.length == 0) {
            InetSocketAddress local = ClientAddress.destinationOf(channel);
            ownHost = (ownHostName() + ":" + local.getPort()).getBytes(StandardCharsets.US_ASCII);
        }
        return ownHost;
    }

    /** Writes down, once, what was refused before it was a request that could be answered. */
    void leaveLine(Trail trail) {
        context.setup()
                .accessLog()
                .ifPresent(
                        log -> {
                            trail.ended(context.now());
                            log.write(this, trail);
                        });
    }
}
