package io.shoestring.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.shoestring.base.Clock;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.model.CarriedOver;
import io.shoestring.model.ClientSession;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.BindFailedException;
import io.shoestring.network.EventLoops;
import io.shoestring.network.proxyheader.ProxyHeaderReader;
import io.shoestring.network.tls.HandshakeWatch;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;
import io.shoestring.proxy.Change;
import io.shoestring.proxy.Listener;
import io.shoestring.proxy.SessionCensus;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.source.RateTable;
import io.shoestring.proxy.source.SourceGate;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** An address on which HTTP clients find the servers of backends, by host and path. */
public final class HttpListener implements Listener {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int LOOK_AGAIN_MILLIS = 10;

    private final HttpContext context;
    private final Channel channel;

    private HttpListener(HttpContext context, Channel channel) {
        this.context = context;
        this.channel = channel;
    }

    /**
     * Begins to listen.
     *
     * @param backends the backend of a name that the configuration has
     * @param shared what the TLS of all balancers has in common
     * @throws BindFailedException if the address cannot be had
     * @throws TlsException if a certificate cannot be used
     * @throws IOException if the access log cannot be written
     */
    public static HttpListener open(
            HttpListenerConfig config,
            Function<String, Backend> backends,
            EventLoops loops,
            Clock clock,
            SharedTls shared)
            throws BindFailedException, TlsException, IOException {
        return open(config, HttpSettings.ofDefaults(), backends, loops, clock, shared);
    }

    static HttpListener open(
            HttpListenerConfig config,
            HttpSettings settings,
            Function<String, Backend> backends,
            EventLoops loops,
            Clock clock,
            SharedTls shared)
            throws BindFailedException, TlsException, IOException {
        var counters = new HttpCounters();
        var files = HttpSetup.Files.open(config, counters, loops, clock, shared);
        var setup = new HttpSetup(config, backends, files, Optional.empty());
        var context = new HttpContext(setup, counters, settings, loops, clock, shared);
        try {
            return new HttpListener(context, bind(context));
        } catch (BindFailedException e) {
            context.stopSweeping();
            throw e;
        }
    }

    private static Channel bind(HttpContext context) throws BindFailedException {
        return context.loops()
                .bind(
                        context.config().bind(),
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel accepted) {
                                accept(context, accepted);
                            }
                        });
    }

    private static void accept(HttpContext context, Channel accepted) {
        Optional<TlsDoor> tls = context.setup().tls();
        boolean speaksForOthers = context.speaksForOthers(accepted);
        if (speaksForOthers) {
            addProxyHeader(context, accepted);
        }
        if (!context.sources().isOpenToAll()) {
            accepted.pipeline()
                    .addLast(
                            new SourceGate(
                                    context.sources(),
                                    speaksForOthers,
                                    why -> {
                                        context.counters().tooMany.increment();
                                        context.notices().tell(why);
                                    }));
        }
        tls.ifPresent(door -> addTls(context, door, accepted));
        accepted.pipeline()
                .addLast(new Http1Connection(new Peer(context, accepted, tls.isPresent())));
    }

    /**
     * Opens what another configuration of this listener needs. Blocks on the file system.
     *
     * @param next with the same address
     * @param backends asked when it is taken up
     * @throws TlsException if a certificate cannot be used
     * @throws IOException if the access log cannot be written
     */
    public Change prepare(HttpListenerConfig next, Function<String, Backend> backends)
            throws TlsException, IOException {
        HttpSetup before = context.setup();
        boolean same = before.hasFilesFor(next);
        HttpSetup.Files files =
                same
                        ? before.files()
                        : HttpSetup.Files.open(
                                next,
                                context.counters(),
                                context.loops(),
                                context.clock(),
                                context.sharedTls());
        return new Change() {
            @Override
            public void takeUp() {
                context.become(new HttpSetup(next, backends, files, Optional.of(before)));
                if (!same) {
                    context.closeSoon(before.files());
                }
            }

            @Override
            public void drop() {
                if (!same) {
                    files.close();
                }
            }
        };
    }

    private static void addProxyHeader(HttpContext context, Channel accepted) {
        accepted.pipeline()
                .addLast(
                        new ProxyHeaderReader(
                                why -> {
                                    context.counters().malformed.increment();
                                    context.notices().tell(accepted.remoteAddress() + ": " + why);
                                }));
    }

    private static void addTls(HttpContext context, TlsDoor tls, Channel accepted) {
        accepted.pipeline()
                .addLast(
                        tls.handler(),
                        new HandshakeWatch(
                                why -> {
                                    context.counters().handshakes.increment();
                                    context.notices().tell(accepted.remoteAddress() + ": " + why);
                                }));
    }

    @Override
    public Endpoint address() {
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        return new Endpoint(context.config().bind().host(), port);
    }

    @Override
    public ListenerStatus status() {
        HttpCounters counters = context.counters();
        return new ListenerStatus(
                context.config().name(),
                address().toString(),
                "http",
                "",
                counters.clients.get(),
                0,
                0,
                0,
                0,
                counters.refused(),
                counters.interrupted(),
                0,
                backends(),
                counters.connections.total(),
                counters.mostClients,
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.connections.perSecond(),
                counters.connections.mostPerSecond(),
                Optional.of(counters.traffic()),
                Optional.empty(),
                CarriedOver.NOTHING,
                requests().map(Requests::figures),
                Map.of(),
                Map.of());
    }

    /** All that routes lead to, in their order. */
    private String backends() {
        return String.join(", ", context.config().backends());
    }

    /** What was measured of each kind of URL, what took the most time altogether first. */
    public List<StatementFigures> urls() {
        return context.urls();
    }

    @Override
    public Optional<Requests> requests() {
        return Optional.of(context.requests());
    }

    @Override
    public Map<String, RateTable> sharedRates() {
        Map<String, RateTable> shared = new HashMap<>(context.setup().limits().shared());
        shared.putAll(context.sources().shared());
        return shared;
    }

    @Override
    public List<ClientSession> sessions(Predicate<ClientSession> ended) {
        return SessionCensus.take(context.loops().all(), context::exchangesOn, ended);
    }

    HttpCounters counters() {
        return context.counters();
    }

    @Override
    public void stopListening() {
        channel.close().awaitUninterruptibly();
        context.end();
    }

    /** Stops listening; waits up to two seconds for the answers that are on their way. */
    @Override
    public void close() {
        stopListening();
        awaitClients();
        context.stopSweeping();
    }

    private void awaitClients() {
        long patience = PATIENCE.toMillis();
        try {
            while (context.counters().clients.get() > 0 && patience > 0) {
                Thread.sleep(LOOK_AGAIN_MILLIS);
                patience -= LOOK_AGAIN_MILLIS;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
