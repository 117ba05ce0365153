package io.shoestring.proxy.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.shoestring.config.BackendConfig;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Claim;
import io.shoestring.proxy.backend.HashKey;
import io.shoestring.proxy.backend.Refusal;
import io.shoestring.proxy.backend.Server;
import io.shoestring.proxy.backend.ServerCall;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.OptionalLong;

/**
 * The way of one request to a server: a place there, and a connection that is idle or new. All of
 * it happens on the client's loop.
 *
 * <pre>
 *   place at a server (perhaps waiting) ─► idle or new connection ─► handed to the exchange
 *            ▲                                   │                            │
 *            ├── another server, up to `retries` ┘                            │
 *            └── once more, if the connection died without an answer ◄────────┘
 * </pre>
 */
final class Dispatch extends Claim {
    /** How often a server may refuse a request that it has not looked at. */
    private static final int REFUSALS_MAX = 3;

    private final Exchange exchange;
    private final Peer client;
    private final Backend backend;
    private final boolean repeatable;
    private final boolean upgrades;
    private final OptionalLong key;
    private final @Nullable Server wanted;
    private final int priority;
    private @Nullable Server server;
    private @Nullable Server failedLast;
    private @Nullable ServerLink link;
    private @Nullable Http2Servers asked;
    private boolean waiting;
    private boolean reused;
    private boolean leftOnce;
    private int attempts;
    private int refusals;

    /**
     * @param wanted where the client belongs, or null
     * @param priority among those who wait for a place
     */
    Dispatch(
            Exchange exchange,
            Backend backend,
            RequestHead request,
            RequestRelay relay,
            @Nullable Server wanted,
            int priority) {
        super(exchange.client().peer().loop());
        this.exchange = exchange;
        this.client = exchange.client().peer();
        this.backend = backend;
        this.repeatable = relay.isRepeatable();
        this.upgrades = request.asksForUpgrade();
        this.key =
                backend.config().balance() == BackendConfig.Balance.HASH
                        ? KeyOfRequest.find(backend.config().hashBy(), request)
                        : OptionalLong.empty();
        this.wanted = wanted;
        this.priority = priority;
    }

    Exchange exchange() {
        return exchange;
    }

    Backend backend() {
        return backend;
    }

    /** Whose place is taken, or null. */
    @Nullable Server server() {
        return server;
    }

    /** The connection, open or on its way, or null. */
    @Nullable ServerLink link() {
        return link;
    }

    /** Whether it stands in the backend's queue. */
    boolean isWaiting() {
        return waiting;
    }

    // ------------------------------------------------------------------ a place

    void begin() {
        waiting = true;
        backend.assign(this);
    }

    @Override
    protected int priority() {
        return priority;
    }

    @Override
    protected long key() {
        return key.orElseGet(() -> HashKey.of(client.address().getAddress()));
    }

    @Override
    protected @Nullable Server wanted() {
        return wanted;
    }

    @Override
    protected void refused(Refusal why) {
        waiting = false;
        exchange.unreachable(
                why == Refusal.QUEUE_TIMEOUT ? "sQ" : "SC",
                "no server is free to answer now",
                why.sentence());
    }

    @Override
    protected void granted(Server place) {
        waiting = false;
        server = place;
        exchange.trail().placed(place, client.context().now());
        countAttempt(place);
        open(place);
    }

    private void open(Server place) {
        BackendConfig.Http2 version = backend.config().http2();
        boolean offers =
                version == BackendConfig.Http2.ALWAYS
                        || (version == BackendConfig.Http2.TLS && backend.tls().isPresent());
        // What is to become a tunnel needs a connection of its own.
        if (offers && !(upgrades && backend.tls().isPresent())) {
            Http2Servers servers = client.state().http2Servers();
            asked = servers;
            servers.connect(place, this);
        } else {
            openHttp1(place);
        }
    }

    /** The server speaks HTTP/2: here is a stream, and whether it is not its connection's first. */
    void streamOpen(ServerLink stream, boolean notFirst) {
        asked = null;
        reused = notFirst;
        link = stream;
        exchange.sendTo(stream);
    }

    /** The server wants to speak HTTP/1.1, and here is a connection to it. */
    void connectionOpen(ServerConnection connection) {
        asked = null;
        reused = false;
        link = connection;
        exchange.sendTo(connection);
    }

    /** The server could not be connected to. */
    void notOpen(Server place, Throwable cause) {
        asked = null;
        notConnected(place, cause);
    }

    /** By a connection of HTTP/1.1 that is idle, or a new one. */
    void openHttp1(Server place) {
        asked = null;
        ServerConnection idle =
                client.state().idleServers().take(place, repeatable, exchange.movedAtNanos());
        if (idle == null) {
            connect(place);
            return;
        }
        reused = true;
        link = idle;
        exchange.sendTo(idle);
    }

    private void countAttempt(Server place) {
        if (attempts++ > 0) {
            exchange.trail().retries++;
            place.counters().retries.increment();
            if (failedLast != null && !place.equals(failedLast)) {
                exchange.trail().redispatched = true;
                failedLast.counters().redispatches.increment();
            }
        }
    }

    // ------------------------------------------------------------------ a connection

    private void connect(Server place) {
        reused = false;
        var opening = new ServerConnection(place, client.state(), exchange);
        link = opening;
        Bootstrap bootstrap =
                client.context()
                        .loops()
                        .connector(client.loop(), opening)
                        // A write that fails must not cost us the answer that came before it.
                        .option(ChannelOption.AUTO_CLOSE, false);
        ServerCall call = ServerCall.begin(bootstrap, place, List.of(), _ -> {});
        call.done()
                .addListener(
                        (Future<Channel> done) -> connected(opening, place, call.channel(), done));
    }

    private void connected(
            ServerConnection opening, Server place, Channel channel, Future<Channel> done) {
        if (opening.exchange() != exchange) {
            channel.close();
        } else if (done.isSuccess()) {
            opening.connected(channel);
            exchange.sendTo(opening);
        } else {
            notConnected(place, done.cause());
        }
    }

    private void notConnected(Server place, Throwable cause) {
        link = null;
        place.counters().connectErrors.increment();
        place.outcomes().failed(String.valueOf(cause.getMessage()));
        giveBack();
        avoid(place);
        failedLast = place;
        if (attempts <= backend.config().retries()) {
            begin();
        } else {
            exchange.unreachable("SC", "no server could be reached", reason(place, cause));
        }
    }

    private static String reason(Server place, Throwable cause) {
        // Netty adds the address to the message of the cause, which says it plainly.
        Throwable plain = cause.getCause() == null ? cause : cause.getCause();
        return place + ": " + plain.getMessage();
    }

    /**
     * The connection died before a byte of an answer came. Opens another one to the same server, if
     * this one had been idle and the request may be sent twice, or was not looked at. Was it new,
     * the server itself may be dying: what may be sent twice goes to another one, once, so that a
     * request that kills servers meets two of them at most.
     *
     * @param refused whether the server has done nothing with the request, and it can be sent again
     * @return whether it does
     */
    boolean again(boolean refused) {
        Server place = server;
        boolean harmless = refused ? ++refusals <= REFUSALS_MAX : reused && repeatable;
        if (place == null) {
            return false;
        }
        if (!harmless) {
            return leavesServer(place);
        }
        boolean wasStream = link != null && link.out().isStream();
        link = null;
        exchange.trail().retries++;
        place.counters().retries.increment();
        if (wasStream) {
            open(place);
        } else {
            connect(place);
        }
        return true;
    }

    private boolean leavesServer(Server place) {
        if (!repeatable || leftOnce || backend.servers().size() < 2) {
            return false;
        }
        leftOnce = true;
        place.counters().serverAborts.increment();
        place.outcomes().answeredBadly("closed the connection without an answer");
        link = null;
        giveBack();
        avoid(place);
        failedLast = place;
        begin();
        return true;
    }

    // ------------------------------------------------------------------ the end

    /** Leaves the connection to whoever asked; the place is given back. */
    void detach() {
        link = null;
        giveBack();
    }

    /** Lets go of everything. */
    void end() {
        if (waiting) {
            cancel(backend);
            waiting = false;
        }
        if (asked != null) {
            asked.forget(this);
            asked = null;
        }
        ServerLink open = link;
        link = null;
        if (open != null) {
            open.close();
        }
        giveBack();
    }

    private void giveBack() {
        Server place = server;
        if (place != null) {
            server = null;
            place.release();
        }
    }
}
