package io.shoestring.proxy.http;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Claim;
import io.shoestring.proxy.backend.HashKey;
import io.shoestring.proxy.backend.Refusal;
import io.shoestring.proxy.backend.Server;

import org.jspecify.annotations.Nullable;

/**
 * The way of one request to a server: a place there, and a connection that is idle or new. All of
 * it happens on the client's loop.
 *
 * <pre>
 *   place at a server (perhaps waiting) ─► idle or new connection ─► handed to the exchange
 *            ▲                                   │                            │
 *            ├── another server, up to `retries` ┘                            │
 *            └── once more, if an idle connection turned out to be dead ◄─────┘
 * </pre>
 */
final class Dispatch extends Claim {
    private final Exchange exchange;
    private final Peer client;
    private final Backend backend;
    private final boolean repeatable;
    private final @Nullable Server wanted;
    private @Nullable Server server;
    private @Nullable Server failedLast;
    private @Nullable ServerConnection link;
    private boolean waiting;
    private boolean reused;
    private int attempts;

    /**
     * @param repeatable whether the request may be sent twice
     * @param wanted where the client belongs, or null
     */
    Dispatch(Exchange exchange, Backend backend, boolean repeatable, @Nullable Server wanted) {
        super(exchange.client().peer().loop());
        this.exchange = exchange;
        this.client = exchange.client().peer();
        this.backend = backend;
        this.repeatable = repeatable;
        this.wanted = wanted;
    }

    Backend backend() {
        return backend;
    }

    /** Whose place is taken, or null. */
    @Nullable Server server() {
        return server;
    }

    /** The connection, open or on its way, or null. */
    @Nullable ServerConnection link() {
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
    protected long key() {
        return HashKey.of(client.address().getAddress());
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
        int patienceMillis = Math.toIntExact(backend.config().timeouts().connect().toMillis());
        client.context()
                .loops()
                .connector(client.loop(), opening)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, patienceMillis)
                // A write that fails must not cost us the answer that the server gave before.
                .option(ChannelOption.AUTO_CLOSE, false)
                .connect(place.address())
                .addListener((ChannelFuture done) -> connected(opening, place, done));
    }

    private void connected(ServerConnection opening, Server place, ChannelFuture done) {
        if (opening.exchange() != exchange) {
            done.channel().close();
        } else if (done.isSuccess()) {
            opening.connected(done.channel());
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
     * The connection died before a byte of an answer came: opens another one to the same server, if
     * this one had been idle and the request may be sent twice.
     *
     * @return whether it does
     */
    boolean again() {
        Server place = server;
        if (!reused || !repeatable || place == null) {
            return false;
        }
        exchange.trail().retries++;
        place.counters().retries.increment();
        connect(place);
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
        ServerConnection open = link;
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
