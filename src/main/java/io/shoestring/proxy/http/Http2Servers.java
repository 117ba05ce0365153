package io.shoestring.proxy.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.shoestring.network.EventLoops;
import io.shoestring.protocol.http.HeadLimits;
import io.shoestring.proxy.backend.Server;
import io.shoestring.proxy.backend.ServerCall;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Connections of one loop to servers that speak HTTP/2, or may choose to. Each carries many
 * requests at the same time; while one is on its way, those that come wait for it. Only on that
 * loop.
 */
final class Http2Servers {
    /** How long a server that does not speak HTTP/2 is believed not to. */
    private static final long HTTP1_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final List<String> OFFERED = List.of("h2", "http/1.1");

    private final LoopState state;
    private final EventLoops loops;
    private final HeadLimits limits;
    private final Map<Server, Pool> pools = new HashMap<>();

    /**
     * @param limits of the heads of answers
     */
    Http2Servers(LoopState state, EventLoops loops, HeadLimits limits) {
        this.state = state;
        this.loops = loops;
        this.limits = limits;
    }

    HeadLimits limits() {
        return limits;
    }

    /** Gives it a stream, or a connection of HTTP/1.1 if the server wants that; perhaps later. */
    void connect(Server server, Dispatch dispatch) {
        Pool pool = pools.computeIfAbsent(server, Pool::new);
        Http2Server open = pool.withRoom();
        if (open != null) {
            dispatch.streamOpen(open.newStream(), !open.isFresh());
        } else if (pool.prefersHttp1()) {
            dispatch.openHttp1(server);
        } else {
            pool.await(dispatch);
        }
    }

    /** It does not wait any longer. */
    void forget(Dispatch dispatch) {
        pools.values().forEach(pool -> pool.waiting.remove(dispatch));
    }

    void gone(Http2Server connection) {
        Pool pool = pools.get(connection.server());
        if (pool != null) {
            pool.connections.remove(connection);
        }
    }

    /** Ends those that nobody has used for long, or nobody is to use. */
    void sweep(long now, long idleNanosMax) {
        for (Pool pool : pools.values()) {
            List.copyOf(pool.connections).forEach(each -> each.sweep(now, idleNanosMax));
        }
        pools.values().removeIf(pool -> pool.isOver(now));
    }

    void closeAll() {
        pools.values().forEach(pool -> List.copyOf(pool.connections).forEach(Http2Server::retire));
    }

    /** What there is for one server. */
    private final class Pool {
        private final Server server;
        private final List<Http2Server> connections = new ArrayList<>(1);
        private final Deque<Dispatch> waiting = new ArrayDeque<>();
        private boolean opening;

        /** Whether the last connection became one of HTTP/1.1, and when it did. */
        private boolean http1;

        private long http1SinceNanos;

        Pool(Server server) {
            this.server = server;
        }

        @Nullable Http2Server withRoom() {
            for (Http2Server each : connections) {
                if (each.hasRoom()) {
                    return each;
                }
            }
            return null;
        }

        /** A server that chose HTTP/1.1 is asked again after a while. */
        boolean prefersHttp1() {
            return http1 && state.now() - http1SinceNanos < HTTP1_NANOS;
        }

        boolean isOver(long now) {
            boolean known = http1 && now - http1SinceNanos < HTTP1_NANOS;
            return connections.isEmpty() && waiting.isEmpty() && !opening && !known;
        }

        void await(Dispatch dispatch) {
            waiting.add(dispatch);
            if (!opening) {
                open();
            }
        }

        private void open() {
            opening = true;
            // What is spoken there is not known before hands are shaken.
            ChannelHandler later = new ChannelInboundHandlerAdapter();
            Bootstrap bootstrap =
                    loops.connector(state.loop(), later).option(ChannelOption.AUTO_CLOSE, false);
            ServerCall call = ServerCall.begin(bootstrap, server, OFFERED, _ -> {});
            call.done().addListener((Future<Channel> done) -> opened(call.channel(), later, done));
        }

        private void opened(Channel channel, ChannelHandler later, Future<Channel> done) {
            opening = false;
            if (!done.isSuccess()) {
                Deque<Dispatch> disappointed = new ArrayDeque<>(waiting);
                waiting.clear();
                disappointed.forEach(each -> each.notOpen(server, done.cause()));
            } else if (ServerCall.protocolOf(channel).equals("h2")
                    || server.backend().tls().isEmpty()) {
                becomeHttp2(channel, later);
            } else {
                becomeHttp1(channel, later);
            }
        }

        private void becomeHttp2(Channel channel, ChannelHandler later) {
            http1 = false;
            var connection = new Http2ServerBuilder(server, state, channel).connect();
            connections.add(connection);
            channel.pipeline().replace(later, null, connection);
            while (!waiting.isEmpty() && connection.hasRoom()) {
                boolean notFirst = !connection.isFresh();
                waiting.removeFirst().streamOpen(connection.newStream(), notFirst);
            }
            if (!waiting.isEmpty()) {
                open();
            }
        }

        private void becomeHttp1(Channel channel, ChannelHandler later) {
            http1 = true;
            http1SinceNanos = state.now();
            Dispatch first = waiting.pollFirst();
            if (first == null) {
                channel.close();
                return;
            }
            var connection = new ServerConnection(server, state, first.exchange());
            channel.pipeline().replace(later, null, connection);
            connection.connected(channel);
            first.connectionOpen(connection);
            while (!waiting.isEmpty()) {
                waiting.removeFirst().openHttp1(server);
            }
        }
    }
}
