package io.shoestring.proxy.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.shoestring.base.Clock;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.model.CarriedOver;
import io.shoestring.model.ClientSession;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.network.BindFailedException;
import io.shoestring.network.EventLoops;
import io.shoestring.network.proxyheader.ProxyHeaderReader;
import io.shoestring.network.tls.HandshakeWatch;
import io.shoestring.network.tls.ServerNamePeek;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.network.tls.TlsException;
import io.shoestring.proxy.Change;
import io.shoestring.proxy.Listener;
import io.shoestring.proxy.SessionCensus;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.source.RateTable;
import io.shoestring.proxy.source.SourceGate;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** An address whose connections are carried to the servers of a backend, byte by byte. */
public final class TcpListener implements Listener {
    private final TcpContext context;
    private final Channel channel;

    private TcpListener(TcpContext context, Channel channel) {
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
    public static TcpListener open(
            TcpListenerConfig config,
            Function<String, Backend> backends,
            EventLoops loops,
            Clock clock,
            SharedTls shared)
            throws BindFailedException, TlsException, IOException {
        var files = TcpSetup.Files.open(config, loops, shared);
        var setup = new TcpSetup(config, new TcpRoutes(config, backends), files);
        var context = new TcpContext(setup, loops, clock, shared);
        try {
            return new TcpListener(context, bind(context));
        } catch (BindFailedException e) {
            context.end();
            throw e;
        }
    }

    /**
     * Opens what another configuration of this listener needs. Blocks on the file system.
     *
     * @param next with the same address
     * @param backends asked when it is taken up
     * @throws TlsException if a certificate cannot be used
     * @throws IOException if the access log cannot be written
     */
    public Change prepare(TcpListenerConfig next, Function<String, Backend> backends)
            throws TlsException, IOException {
        TcpSetup before = context.setup();
        boolean same = before.hasFilesFor(next);
        TcpSetup.Files files =
                same
                        ? before.files()
                        : TcpSetup.Files.open(next, context.loops(), context.sharedTls());
        return new Change() {
            @Override
            public void takeUp() {
                context.become(new TcpSetup(next, new TcpRoutes(next, backends), files));
                if (!same) {
                    Thread.ofVirtual().start(before.files()::close);
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

    private static Channel bind(TcpContext context) throws BindFailedException {
        return context.loops()
                .bind(
                        context.config().bind(),
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel accepted) {
                                accept(context, (DuplexChannel) accepted);
                            }
                        });
    }

    private static void accept(TcpContext context, DuplexChannel client) {
        TcpSetup setup = context.setup();
        client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, setup.keepsHalfClosed());
        var session = new TcpSession(context, setup, client);
        boolean speaksForOthers = context.speaksForOthers(client);
        boolean anyPrelude = speaksForOthers;
        if (speaksForOthers) {
            client.pipeline().addLast(new ProxyHeaderReader(session::preludeFailed));
        }
        if (!context.sources().isOpenToAll()) {
            client.pipeline()
                    .addLast(
                            new SourceGate(
                                    context.sources(), speaksForOthers, session::notAdmitted));
        }
        if (setup.tls().isPresent()) {
            anyPrelude = true;
            client.pipeline()
                    .addLast(
                            setup.tls().get().handler(),
                            new HandshakeWatch(session::preludeFailed));
        } else if (setup.routes().areByName()) {
            anyPrelude = true;
            client.pipeline().addLast(new ServerNamePeek(session::nameKnown));
        }
        if (!anyPrelude) {
            // Nothing is read before there is a server to send it to.
            client.config().setAutoRead(false);
        }
        client.pipeline().addLast(session.clientSide());
    }

    @Override
    public Endpoint address() {
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        return new Endpoint(context.config().bind().host(), port);
    }

    @Override
    public ListenerStatus status() {
        TcpCounters counters = context.counters();
        return new ListenerStatus(
                context.config().name(),
                address().toString(),
                "tcp",
                "",
                counters.clients.get(),
                counters.waiting.get(),
                0,
                0,
                0,
                counters.refused.sum(),
                counters.interrupted.sum(),
                0,
                String.join(", ", context.config().backends()),
                counters.sessions.total(),
                counters.mostClients,
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.sessions.perSecond(),
                counters.sessions.mostPerSecond(),
                Optional.empty(),
                Optional.empty(),
                CarriedOver.NOTHING,
                Optional.empty(),
                Map.of(),
                Map.of());
    }

    @Override
    public Map<String, RateTable> sharedRates() {
        return context.sources().shared();
    }

    @Override
    public List<ClientSession> sessions(Predicate<ClientSession> ended) {
        return SessionCensus.take(context.loops().all(), context::sessionsOn, ended);
    }

    @Override
    public void stopListening() {
        channel.close().awaitUninterruptibly();
    }

    @Override
    public void close() {
        stopListening();
        context.end();
    }
}
