package io.shoestring.proxy.mysql;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.shoestring.base.Clock;
import io.shoestring.config.MysqlListenerConfig;
import io.shoestring.model.CarriedOver;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.BindFailedException;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;
import io.shoestring.proxy.Change;
import io.shoestring.proxy.Listener;
import io.shoestring.proxy.mysql.MysqlContext.Setup;
import io.shoestring.proxy.pool.LinkPool;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An address on which MySQL and MariaDB clients find a primary, its replicas, and whoever is next.
 */
public final class MysqlListener implements Listener {
    private final MysqlContext context;
    private final Channel channel;

    private MysqlListener(MysqlContext context, Channel channel) {
        this.context = context;
        this.channel = channel;
    }

    /**
     * Begins to listen.
     *
     * @param servers are ended with the listener, or if it cannot begin
     * @throws BindFailedException if the address cannot be had
     * @throws TlsException if a certificate cannot be used
     */
    public static MysqlListener open(
            MysqlListenerConfig config, EventLoops loops, Clock clock, MysqlServers servers)
            throws BindFailedException, TlsException {
        Setup setup;
        try {
            setup = setup(config, openTls(config), servers);
        } catch (TlsException e) {
            servers.end().run();
            throw e;
        }
        var context = new MysqlContext(setup, loops, clock);
        try {
            return new MysqlListener(context, bind(context, loops));
        } catch (BindFailedException e) {
            context.end();
            throw e;
        }
    }

    private static Channel bind(MysqlContext context, EventLoops loops) throws BindFailedException {
        return loops.bindTogether(
                context.config().bind(),
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        accepted.pipeline().addLast(new ClientConnection(context, accepted));
                    }
                });
    }

    /** The door is closed if the rest cannot be had. */
    private static Setup setup(
            MysqlListenerConfig config, Optional<TlsDoor> tls, MysqlServers servers)
            throws TlsException {
        try {
            return new Setup(config, tls, openServerTls(config), servers);
        } catch (TlsException e) {
            tls.ifPresent(TlsDoor::close);
            throw e;
        }
    }

    private static Optional<TlsCaller> openServerTls(MysqlListenerConfig config)
            throws TlsException {
        return config.serverTls().isPresent()
                ? Optional.of(TlsCaller.open("listener " + config.name(), config.serverTls().get()))
                : Optional.empty();
    }

    private static Optional<TlsDoor> openTls(MysqlListenerConfig config) throws TlsException {
        return config.tls().isPresent()
                ? Optional.of(TlsDoor.open(config.name(), config.tls().get(), List.of()))
                : Optional.empty();
    }

    /**
     * Opens what another configuration of this listener needs.
     *
     * @param next with the same address
     * @param servers by that configuration; empty: they are the same
     * @throws TlsException if a certificate cannot be used
     */
    public Change prepare(MysqlListenerConfig next, Optional<MysqlServers> servers)
            throws TlsException {
        Setup before = context.setup();
        Optional<TlsDoor> tls = Optional.empty();
        Optional<TlsCaller> serverTls;
        try {
            tls = next.tls().equals(before.config().tls()) ? before.tls() : openTls(next);
            serverTls =
                    next.serverTls().equals(before.config().serverTls())
                            ? before.serverTls()
                            : openServerTls(next);
        } catch (TlsException e) {
            servers.ifPresent(it -> it.end().run());
            tls.filter(it -> !before.tls().equals(Optional.of(it))).ifPresent(TlsDoor::close);
            throw e;
        }
        return change(before, new Setup(next, tls, serverTls, servers.orElse(before.servers())));
    }

    private Change change(Setup before, Setup after) {
        return new Change() {
            @Override
            public void takeUp() {
                context.become(after);
            }

            @Override
            public void drop() {
                if (!after.servers().equals(before.servers())) {
                    after.servers().end().run();
                }
                if (!after.tls().equals(before.tls())) {
                    after.tls().ifPresent(TlsDoor::close);
                }
                if (!after.serverTls().equals(before.serverTls())) {
                    after.serverTls().ifPresent(TlsCaller::close);
                }
            }
        };
    }

    /** By what it works. */
    public MysqlListenerConfig config() {
        return context.config();
    }

    @Override
    public Endpoint address() {
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        return new Endpoint(context.config().bind().host(), port);
    }

    /** What was measured of each kind of statement, what took the most time altogether first. */
    public List<StatementFigures> statements() {
        return context.statements();
    }

    @Override
    public Optional<Requests> requests() {
        return Optional.of(context.requests());
    }

    /** How many sessions are tied to the primary, by the reason. */
    public Map<String, Long> pinned() {
        return context.counters().pinned();
    }

    @Override
    public int openTransactions(DatabaseName database) {
        return context.config().database().filter(database::equals).isPresent()
                ? context.counters().openTransactions.get()
                : 0;
    }

    /** Whether somebody takes writes. */
    public boolean hasPrimary() {
        return context.topology().primary().isPresent();
    }

    @Override
    public Map<DatabaseName, Map<String, Requests>> members() {
        return Map.of(context.topology().database(), context.members().requests());
    }

    @Override
    public void measure() {
        context.counters().sessions.measure();
    }

    @Override
    public ListenerStatus status() {
        Counters counters = context.counters();
        return new ListenerStatus(
                        context.config().name(),
                        address().toString(),
                        "mysql",
                        context.config().database().map(DatabaseName::value).orElse(""),
                        counters.clients.get(),
                        counters.held.get(),
                        counters.openTransactions.get(),
                        counters.onPrimary.sum(),
                        counters.onReplicas.sum(),
                        counters.refused.sum(),
                        counters.interrupted.sum(),
                        counters.unknownOutcomes.sum(),
                        context.config().database().isPresent() ? "" : servers(context.topology()),
                        counters.sessions.total(),
                        counters.mostClients(),
                        counters.bytesIn.sum(),
                        counters.bytesOut.sum(),
                        counters.sessions.perSecond(),
                        counters.sessions.mostPerSecond(),
                        Optional.empty(),
                        Optional.empty(),
                        new CarriedOver(
                                counters.transactionsReplayed.sum(), counters.commitsProven.sum()),
                        requests().map(Requests::figures),
                        counters.errors.sums(),
                        Map.of())
                .withPool(context.pool().map(LinkPool::status));
    }

    private static String servers(DatabaseTopology topology) {
        String primary =
                topology.primary().map(each -> "primary " + each.name()).orElse("no primary");
        return topology.replicas().isEmpty()
                ? primary
                : primary
                        + ", replicas "
                        + topology.replicas().stream()
                                .map(each -> each.name().value())
                                .collect(Collectors.joining(" "));
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
