package io.shoestring.proxy.tcp;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import io.shoestring.config.BackendConfig.ProxyProtocol;
import io.shoestring.model.ClientSession;
import io.shoestring.network.proxyheader.ClientAddress;
import io.shoestring.network.proxyheader.ProxyHeader;
import io.shoestring.proxy.SessionCensus;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Claim;
import io.shoestring.proxy.backend.HashKey;
import io.shoestring.proxy.backend.Refusal;
import io.shoestring.proxy.backend.Server;
import io.shoestring.proxy.backend.ServerCall;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One client's connection, from its acceptance to its end. All of it happens on one event loop.
 *
 * <pre>
 *   accepted ─► place at a server (perhaps waiting) ─► connecting ─► carrying ─► ended
 *                        ▲                                 │
 *                        └── another server, up to `retries` times
 * </pre>
 */
final class TcpSession extends Claim implements SessionCensus.Countable {
    /** A server that has just refused is given a moment before it is tried again. */
    private static final long PAUSE_MILLIS = 1_000;

    private enum Phase {
        ACCEPTED,
        CLAIMING,
        CONNECTING,
        CARRYING,
        ENDED
    }

    private final TcpContext context;
    private final TcpSetup setup;
    private final DuplexChannel client;
    private final Side clientSide = new ClientSide();
    private final TcpTrail trail;
    private long callBeganNanos;
    private Side serverSide = new ServerSide();
    private Phase phase = Phase.ACCEPTED;
    private @Nullable Server server;
    private @Nullable Server failedLast;
    private @Nullable Future<?> pause;
    private @Nullable Channel serverChannel;
    private int attempts;
    private Optional<String> serverName = Optional.empty();
    private @Nullable Backend backend;
    private long idleNanos;
    private final long beganNanos;
    private long activeAtNanos;
    private boolean counted;

    TcpSession(TcpContext context, TcpSetup setup, DuplexChannel client) {
        super(client.eventLoop());
        this.context = context;
        this.setup = setup;
        this.client = client;
        this.activeAtNanos = context.clock().nanos();
        this.beganNanos = activeAtNanos;
        this.trail = new TcpTrail(activeAtNanos);
        clientSide.open(client);
    }

    Side clientSide() {
        return clientSide;
    }

    /** The client has connected. */
    private void begin() {
        counted = true;
        if (context.counters().isTooMany(setup.config().maxConnections())) {
            context.refused("max-connections of " + setup.config().maxConnections());
            trail.ends("PR");
            end(true);
            return;
        }
        context.opened(this);
        context.counters().sessions.count();
        if (!client.config().isAutoRead()) {
            choose();
        }
    }

    /** What comes before the client's own bytes is not as it must be; it is closed. */
    void preludeFailed(String why) {
        trail.ends("PR");
        context.refused(client.remoteAddress() + ": " + why);
    }

    /** The client may not connect; its connection is reset. */
    void notAdmitted(String why) {
        trail.ends("PR");
        context.refused(why);
    }

    /** The name that the client asks for in TLS is known; it may be none. */
    void nameKnown(Optional<String> name) {
        serverName = name;
        choose();
    }

    private void choose() {
        if (phase != Phase.ACCEPTED) {
            return;
        }
        client.config().setAutoRead(false);
        Optional<Backend> found = setup.routes().find(serverName);
        if (found.isEmpty()) {
            context.refused(
                    ClientAddress.of(client)
                            + ": no route for "
                            + serverName.orElse("a client that asks for no name"));
            trail.ends("PR");
            end(true);
            return;
        }
        backend = found.get();
        trail.backend = found.get();
        idleNanos = setup.idleNanos(found.get());
        claim(found.get());
    }

    private void claim(Backend from) {
        phase = Phase.CLAIMING;
        context.counters().waiting.incrementAndGet();
        from.assign(this);
    }

    @Override
    protected long key() {
        return HashKey.of(ClientAddress.of(client).getAddress());
    }

    @Override
    protected void refused(Refusal why) {
        leaveQueue();
        phase = Phase.ACCEPTED;
        context.refused("backend " + backend().name() + ": " + why.sentence());
        trail.ends(why == Refusal.QUEUE_TIMEOUT ? "sQ" : "SC");
        end(true);
    }

    @Override
    protected void granted(Server place) {
        leaveQueue();
        server = place;
        trail.placed(place, context.clock().nanos());
        if (place.equals(failedLast)) {
            pause =
                    clientLoop()
                            .schedule(() -> connect(place), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            phase = Phase.CONNECTING;
        } else {
            connect(place);
        }
    }

    private void leaveQueue() {
        context.counters().waiting.decrementAndGet();
    }

    EventLoop clientLoop() {
        return client.eventLoop();
    }

    private void connect(Server place) {
        phase = Phase.CONNECTING;
        pause = null;
        countAttempt(place);
        callBeganNanos = context.clock().nanos();
        serverSide = new ServerSide();
        boolean plain = place.backend().tls().isEmpty();
        Bootstrap bootstrap =
                context.loops()
                        .connector(clientLoop(), serverSide)
                        // TLS has to read until hands are shaken.
                        .option(ChannelOption.AUTO_READ, !plain)
                        .option(ChannelOption.ALLOW_HALF_CLOSURE, plain && setup.keepsHalfClosed());
        ServerCall call = ServerCall.begin(bootstrap, place, List.of(), this::introduce);
        serverChannel = call.channel();
        call.done()
                .addListener(
                        (Future<Channel> done) -> {
                            if (phase != Phase.CONNECTING) {
                                call.channel().close();
                            } else if (done.isSuccess()) {
                                connected((DuplexChannel) call.channel());
                            } else {
                                notConnected(place, done.cause());
                            }
                        });
    }

    private void countAttempt(Server place) {
        if (attempts++ > 0) {
            trail.retries++;
            place.counters().retries.increment();
            if (failedLast != null && !place.equals(failedLast)) {
                trail.redispatched = true;
                failedLast.counters().redispatches.increment();
            }
        }
    }

    private void connected(DuplexChannel channel) {
        phase = Phase.CARRYING;
        if (server != null) {
            server.outcomes().succeeded();
        }
        activeAtNanos = context.clock().nanos();
        countAtServer(activeAtNanos, false);
        trail.connected(activeAtNanos);
        serverSide.open(channel);
        clientSide.join(serverSide);
        serverSide.join(clientSide);
        clientSide.read();
        serverSide.read();
    }

    private void countAtServer(long now, boolean failed) {
        if (server != null) {
            server.counters().requests.record(now - callBeganNanos, failed);
        }
    }

    private void introduce(Channel channel) {
        ProxyProtocol version = backend().config().proxyProtocol();
        if (version != ProxyProtocol.NONE) {
            ByteBuf header = channel.alloc().directBuffer(128);
            var addresses =
                    new ProxyHeader.Addresses(
                            ClientAddress.of(client), ClientAddress.destinationOf(client));
            new ProxyHeader(Optional.of(addresses)).writeTo(header, version);
            channel.writeAndFlush(header, channel.voidPromise());
        }
    }

    private Backend backend() {
        if (backend == null) {
            throw new IllegalStateException("no backend is chosen yet");
        }
        return backend;
    }

    private void notConnected(Server place, Throwable cause) {
        place.counters().connectErrors.increment();
        countAtServer(context.clock().nanos(), true);
        String why = reason(cause);
        context.unreachable(place, why);
        place.outcomes().failed(why);
        giveBack();
        avoid(place);
        failedLast = place;
        if (attempts > place.backend().config().retries()) {
            context.counters().interrupted.increment();
            trail.ends(cause instanceof ConnectTimeoutException ? "sC" : "SC");
            end(true);
        } else {
            claim(place.backend());
        }
    }

    private static String reason(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return "connection timed out";
        }
        // Netty adds the address to the message of the cause, which says it plainly.
        Throwable plain = cause.getCause() == null ? cause : cause.getCause();
        String message = plain.getMessage();
        return message == null ? plain.getClass().getSimpleName() : withoutCall(message);
    }

    /** Of "finishConnect(..) failed with error(-111): Connection refused" the end says it all. */
    private static String withoutCall(String message) {
        int end = message.lastIndexOf("): ");
        return end < 0 ? message : message.substring(end + 3).toLowerCase(Locale.ROOT);
    }

    private void giveBack() {
        Server place = server;
        if (place != null) {
            server = null;
            place.release();
        }
    }

    /** Ends the session if nothing has moved for too long. */
    void endIfIdle(long nowNanos) {
        boolean idle = idleNanos > 0 && nowNanos - activeAtNanos > idleNanos;
        if (phase == Phase.CARRYING && idle) {
            trail.ends("cD");
            end(false);
        }
    }

    @Override
    public ClientSession session() {
        long now = context.clock().nanos();
        return new ClientSession(
                SessionCensus.id(client, 0),
                setup.config().name(),
                SessionCensus.text(ClientAddress.of(client)),
                Optional.ofNullable(backend).map(Backend::name),
                Optional.ofNullable(server).map(Server::name),
                TimeUnit.NANOSECONDS.toSeconds(now - beganNanos),
                TimeUnit.NANOSECONDS.toSeconds(now - activeAtNanos));
    }

    @Override
    public void endByOperator() {
        trail.ends(phase == Phase.CARRYING ? "KD" : "KC");
        end(true);
    }

    /** The listener ends. */
    void shutDown() {
        trail.ends(phase == Phase.CARRYING ? "KD" : "KC");
        end(false);
    }

    /**
     * Ends both connections.
     *
     * @param atOnce with a reset to whoever is left; otherwise what was read is still delivered
     */
    void end(boolean atOnce) {
        Phase before = phase;
        if (before == Phase.ENDED) {
            return;
        }
        phase = Phase.ENDED;
        // If nobody else has said why, the client has gone.
        switch (before) {
            case ACCEPTED -> trail.ends("CR");
            case CLAIMING -> trail.ends("CQ");
            case CONNECTING -> trail.ends("CC");
            case CARRYING, ENDED -> {}
        }
        if (before == Phase.CLAIMING) {
            leaveQueue();
            cancel(backend());
        }
        if (pause != null) {
            pause.cancel(false);
        }
        if (before == Phase.CONNECTING && serverChannel != null) {
            serverChannel.close();
        }
        close(clientSide, atOnce && before == Phase.CARRYING);
        close(serverSide, atOnce);
        giveBack();
        forget();
    }

    private static void close(Side side, boolean atOnce) {
        if (atOnce) {
            side.reset();
        } else {
            side.finish();
        }
    }

    private void forget() {
        if (counted) {
            counted = false;
            context.leaveLine(ClientAddress.of(client), trail);
            context.counters().clients.decrementAndGet();
            context.closed(this);
        }
    }

    /** What the client sends. */
    private final class ClientSide extends Side {
        @Override
        public void channelActive(ChannelHandlerContext handler) {
            begin();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext handler, Object event) {
            switch (event) {
                case SniCompletionEvent sni when sni.hostname() != null ->
                        serverName = Optional.of(sni.hostname().toLowerCase(Locale.ROOT));
                case SslHandshakeCompletionEvent done when done.isSuccess() -> choose();
                case ProxyHeader _ when setup.isHeaderAll() -> choose();
                default -> {}
            }
            super.userEventTriggered(handler, event);
        }

        @Override
        long patienceMillis() {
            return TcpContext.patienceMillis(idleNanos);
        }

        @Override
        void moved(int bytes) {
            activeAtNanos = context.clock().nanos();
            context.counters().bytesIn.add(bytes);
            Server now = server;
            if (now != null) {
                now.counters().bytesIn.add(bytes);
            }
        }

        @Override
        void gone() {
            end(false);
        }

        @Override
        void failed(Throwable cause) {
            countAbort(true);
            end(true);
        }
    }

    /** What the server sends. */
    private final class ServerSide extends Side {
        @Override
        public void userEventTriggered(ChannelHandlerContext handler, Object event) {
            if (event instanceof SslCloseCompletionEvent end
                    && end.isSuccess()
                    && phase == Phase.CARRYING) {
                end(false);
            }
            super.userEventTriggered(handler, event);
        }

        @Override
        long patienceMillis() {
            return TcpContext.patienceMillis(idleNanos);
        }

        @Override
        void moved(int bytes) {
            activeAtNanos = context.clock().nanos();
            context.counters().bytesOut.add(bytes);
            trail.bytes += bytes;
            Server now = server;
            if (now != null) {
                now.counters().bytesOut.add(bytes);
            }
        }

        @Override
        void gone() {
            // An attempt that failed is gone too.
            if (phase == Phase.CARRYING) {
                end(false);
            }
        }

        @Override
        void failed(Throwable cause) {
            if (phase == Phase.CARRYING) {
                countAbort(false);
                end(true);
            }
        }
    }

    private void countAbort(boolean byClient) {
        Server now = server;
        if (now != null && phase == Phase.CARRYING) {
            trail.ends(byClient ? "CD" : "SD");
            (byClient ? now.counters().clientAborts : now.counters().serverAborts).increment();
        }
    }
}
