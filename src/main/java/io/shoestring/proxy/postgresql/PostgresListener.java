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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * An address on which PostgreSQL clients find whole databases: of each its primary, its replicas,
 * and whoever is next.
 */
public final class PostgresListener implements Listener {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresListener.class);

    private final Entrance entrance;
    private final Channel channel;
    private final Subscription subscription;

    private PostgresListener(Entrance entrance, Channel channel, Subscription subscription) {
        this.entrance = entrance;
        this.channel = channel;
        this.subscription = subscription;
    }

    /**
     * Begins to listen.
     *
     * @param topology where the members are; every change wakes the sessions
     * @param freshness what the replicas of a database have applied
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
            Function<DatabaseName, FreshnessBoard> freshness,
            RolePasswordSource passwords,
            CommitOutcomeSource outcomes)
            throws BindFailedException, TlsException {
        ListenerTls tls = ListenerTls.open(config);
        var sources = new Entrance.Sources(topology, freshness, passwords, outcomes);
        var entrance = new Entrance(config, tls, loops, clock, sources);
        try {
            return new PostgresListener(
                    entrance,
                    bind(entrance, loops),
                    topology.subscribe(changed -> entrance.topologyChanged()));
        } catch (BindFailedException e) {
            tls.close();
            throw e;
        }
    }

    private static Channel bind(Entrance entrance, EventLoops loops) throws BindFailedException {
        return loops.bindTogether(
                entrance.config().bind(),
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        if (entrance.speaksForOthers(accepted)) {
                            accepted.pipeline().addLast(proxyHeader(entrance, accepted));
                        }
                        accepted.pipeline().addLast(new ClientConnection(entrance, accepted));
                    }
                });
    }

    private static ProxyHeaderReader proxyHeader(Entrance entrance, Channel accepted) {
        return new ProxyHeaderReader(
                why -> {
                    entrance.main().counters().refused.increment();
                    LOG.info("{}: closed: {}", accepted.remoteAddress(), why);
                });
    }

    /**
     * Opens what another configuration of this listener needs. Blocks on the file system.
     *
     * @param next with the same address; whoever is there stays with its database
     * @throws TlsException if a certificate cannot be used
     */
    public Change prepare(PostgresListenerConfig next) throws TlsException {
        ListenerTls before = entrance.tls();
        boolean same = ListenerTls.isSame(next, entrance.config());
        ListenerTls tls = same ? before : ListenerTls.open(next);
        return new Change() {
            @Override
            public void takeUp() {
                entrance.become(next, tls);
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
        return new Endpoint(entrance.config().bind().host(), port);
    }

    @Override
    public int openTransactions(DatabaseName database) {
        return entrance.contexts().stream()
                .filter(each -> each.database().equals(database))
                .mapToInt(each -> each.counters().openTransactions.get())
                .sum();
    }

    /** What was measured of each kind of statement, what took the most time altogether first. */
    public List<StatementFigures> statements() {
        return entrance.statements();
    }

    @Override
    public Optional<Requests> requests() {
        return Optional.of(entrance.requests());
    }

    @Override
    public Map<DatabaseName, Map<String, Requests>> members() {
        Map<DatabaseName, Map<String, Requests>> all = new LinkedHashMap<>();
        entrance.contexts().forEach(each -> all.put(each.database(), each.members()));
        return all;
    }

    @Override
    public void measure() {
        entrance.sessions().measure();
        entrance.contexts().forEach(each -> each.counters().sessions.measure());
    }

    @Override
    public ListenerStatus status() {
        return statuses().getFirst();
    }

    /** One for each database that clients are led to; who has not logged in is in the first. */
    @Override
    public List<ListenerStatus> statuses() {
        List<ListenerContext> all = entrance.contexts();
        int elsewhere = all.stream().skip(1).mapToInt(each -> each.counters().clients.get()).sum();
        String name = entrance.config().name();
        return all.stream()
                .map(
                        each ->
                                each.equals(all.getFirst())
                                        ? first(each, name, entrance.clients() - elsewhere)
                                        : status(
                                                each,
                                                name + " to " + each.database(),
                                                each.counters().clients.get()))
                .toList();
    }

    /** The first has what cannot be told apart: who came at all, and all requests. */
    private ListenerStatus first(ListenerContext context, String name, int clients) {
        return status(context, name, clients)
                .withSessions(entrance.sessions().total(), entrance.mostClients())
                .withRate(entrance.sessions().perSecond(), entrance.sessions().mostPerSecond())
                .withRequests(requests().map(Requests::figures));
    }

    private ListenerStatus status(ListenerContext context, String name, int clients) {
        ListenerCounters counters = context.counters();
        return new ListenerStatus(
                name,
                address().toString(),
                "postgresql",
                context.database().value(),
                clients,
                counters.held.get(),
                counters.openTransactions.get(),
                counters.onPrimary.sum(),
                counters.onReplicas.sum(),
                counters.refused.sum(),
                counters.interrupted.sum(),
                counters.unknownOutcomes.sum(),
                "",
                counters.sessions.total(),
                counters.mostClients.get(),
                counters.bytesIn.sum(),
                counters.bytesOut.sum(),
                counters.sessions.perSecond(),
                counters.sessions.mostPerSecond(),
                Optional.empty(),
                context.pool().map(ServerPool::status),
                new CarriedOver(counters.transactionsReplayed.sum(), counters.commitsProven.sum()),
                Optional.empty(),
                counters.errors.sums(),
                Map.of());
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
        entrance.endClients();
        entrance.tls().close();
    }
}
