package io.shoestring.proxy.postgresql;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.Published.Subscription;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.model.CarriedOver;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.BindFailedException;
import io.shoestring.network.EventLoops;
import io.shoestring.network.proxyheader.ProxyHeaderReader;
import io.shoestring.network.tls.TlsException;
import io.shoestring.proxy.Change;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.Listener;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * An address on which PostgreSQL clients find a whole database: its primary, its replicas, and
 * whoever is next.
 */
public final class PostgresListener implements Listener {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresListener.class);

    private final ListenerContext context;
    private final Channel channel;
    private final Subscription subscription;

    private PostgresListener(ListenerContext context, Channel channel, Subscription subscription) {
        this.context = context;
        this.channel = channel;
        this.subscription = subscription;
    }

    /**
     * Begins to listen.
     *
     * @param topology where the members are; every change wakes the sessions
     * @param freshness what the replicas have applied
     * @param passwords what the database has stored for its roles
     * @param outcomes what became of transactions whose primary was lost
     * @throws BindFailedException if the address cannot be had
     * @throws TlsException if a certificate cannot be used
     */
    public static PostgresListener open(
            PostgresListenerConfig config,
            EventLoops loops,
            Clock clock,
            Published<Topology> topology,
            FreshnessBoard freshness,
            RolePasswordSource passwords,
            CommitOutcomeSource outcomes)
            throws BindFailedException, TlsException {
        ListenerTls tls = ListenerTls.open(config);
        var context =
                new ListenerContext(
                        config, tls, loops, clock, topology, freshness, passwords, outcomes);
        try {
            return new PostgresListener(
                    context,
                    bind(context, loops),
                    topology.subscribe(changed -> context.topologyChanged()));
        } catch (BindFailedException e) {
            tls.close();
            throw e;
        }
    }

    private static Channel bind(ListenerContext context, EventLoops loops)
            throws BindFailedException {
        return loops.bind(
                context.config().bind(),
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        if (context.speaksForOthers(accepted)) {
                            accepted.pipeline().addLast(proxyHeader(context, accepted));
                        }
                        accepted.pipeline().addLast(new ClientConnection(context, accepted));
                    }
                });
    }

    private static ProxyHeaderReader proxyHeader(ListenerContext context, Channel accepted) {
        return new ProxyHeaderReader(
                why -> {
                    context.counters().refused.increment();
                    LOG.info("{}: closed: {}", accepted.remoteAddress(), why);
                });
    }

    /**
     * Opens what another configuration of this listener needs. Blocks on the file system.
     *
     * @param next with the same address and database
     * @throws TlsException if a certificate cannot be used
     */
    public Change prepare(PostgresListenerConfig next) throws TlsException {
        ListenerTls before = context.tls();
        boolean same = ListenerTls.isSame(next, context.config());
        ListenerTls tls = same ? before : ListenerTls.open(next);
        return new Change() {
            @Override
            public void takeUp() {
                context.become(next, tls);
                if (!same) {
                    before.close();
                }
            }

            @Override
            public void drop() {
                if (!same) {
                    tls.close();
                }
            }
        };
    }

    @Override
    public Endpoint address() {
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        return new Endpoint(context.config().bind().host(), port);
    }

    /** Whose database this is. */
    public DatabaseName database() {
        return context.database();
    }

    /** Sessions that have something open on the primary; exact, see {@link ListenerCounters}. */
    public int openTransactions() {
        return context.counters().openTransactions.get();
    }

    /** What was measured of each kind of statement, what took the most time altogether first. */
    public List<StatementFigures> statements() {
        return context.statements();
    }

    @Override
    public Optional<Requests> requests() {
        return Optional.of(context.requests());
    }

    @Override
    public ListenerStatus status() {
        ListenerCounters counters = context.counters();
        return new ListenerStatus(
                context.config().name(),
                address().toString(),
                "postgresql",
                database().value(),
                counters.clients.get(),
                counters.held.get(),
                counters.openTransactions.get(),
                counters.onPrimary.sum(),
                counters.onReplicas.sum(),
                counters.refused.sum(),
                counters.interrupted.sum(),
                counters.unknownOutcomes.sum(),
                "",
                counters.sessions.sum(),
                counters.mostClients.get(),
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                0,
                0,
                Optional.empty(),
                context.pool().map(ServerPool::status),
                new CarriedOver(counters.transactionsReplayed.sum(), counters.commitsProven.sum()),
                requests().map(Requests::figures));
    }

    @Override
    public void stopListening() {
        channel.close().awaitUninterruptibly();
    }

    /**
     * Stops listening and ends the clients' connections, with the words of a server that shuts
     * down.
     */
    @Override
    public void close() {
        subscription.close();
        stopListening();
        context.endClients();
        context.tls().close();
    }
}
