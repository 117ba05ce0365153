package io.shoestring.proxy.postgresql;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.digest.AnswerTimer;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.EventLoops;
import io.shoestring.proxy.Complaints;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.StatementMeter;
import io.shoestring.proxy.postgresql.statement.StatementClassifier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/**
 * What all sessions of one listener share. Thread-safe, except where a method says on which loop it
 * belongs.
 */
final class ListenerContext {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerContext.class);
    private static final int PROCESS_SECRET_BYTES = 32;

    private final EventLoops loops;
    private final Clock clock;
    private final Published<Topology> topology;
    private final FreshnessBoard freshness;
    private final RolePasswordSource passwords;
    private final CommitOutcomeSource outcomes;
    private final ListenerCounters counters = new ListenerCounters();
    private final SecureRandom random = new SecureRandom();
    private final Cancellations cancellations = new Cancellations(random);
    private final Learned learned = new Learned();
    private final ClientLimits limits = new ClientLimits();
    private final FailedLogins failedLogins;
    private final Complaints complaints;
    private final StatementClassifier classifier = StatementClassifier.ofBuiltInFunctions();
    private final byte[] processSecret = new byte[PROCESS_SECRET_BYTES];
    private volatile PostgresListenerConfig config;
    private volatile ListenerTls tls;
    private volatile boolean probesAreForbidden;

    /** Once there, for ever: sessions that borrow go on to. */
    private volatile Optional<ServerPool> pool;

    private final AtomicReference<Gates> gates = new AtomicReference<>(Gates.OPEN);
    private final Map<EventLoop, Set<ClientConnection>> clientsByLoop = new HashMap<>();
    private final Map<EventLoop, StatementMeter> meters = new HashMap<>();
    private final Map<String, SharedListening> listenings = new ConcurrentHashMap<>();
    private final AnswerTimer timer;
    private final ServerCalls calls;
    private final StatsPeriod period;

    ListenerContext(
            PostgresListenerConfig config,
            ListenerTls tls,
            EventLoops loops,
            Clock clock,
            Published<Topology> topology,
            FreshnessBoard freshness,
            RolePasswordSource passwords,
            CommitOutcomeSource outcomes) {
        this.config = config;
        this.tls = tls;
        this.loops = loops;
        this.clock = clock;
        this.complaints = new Complaints(clock);
        this.failedLogins = new FailedLogins(clock);
        this.calls = new ServerCalls(loops, complaints, () -> tls().servers());
        this.topology = topology;
        this.freshness = freshness;
        this.passwords = passwords;
        this.outcomes = outcomes;
        random.nextBytes(processSecret);
        pool = shares() ? Optional.of(newPool()) : Optional.empty();
        timer = new AnswerTimer(clock, WallClock.system());
        period = new StatsPeriod(Totals.of(this));
        loops.all().forEach(loop -> clientsByLoop.put(loop, new HashSet<>()));
        loops.all().forEach(loop -> meters.put(loop, new StatementMeter(Dialect.POSTGRESQL)));
    }

    private ServerPool newPool() {
        return new ServerPool(this, loops.all());
    }

    /** Whether sessions that begin now share server connections. */
    boolean shares() {
        return config.pool().mode().shares();
    }

    /** Whether a client may have something open after a statement. */
    boolean allowsTransactionBlocks() {
        return config.pool().mode() != PoolConfig.Mode.STATEMENT;
    }

    PostgresListenerConfig config() {
        return config;
    }

    /**
     * Works by this configuration from now on, of the same database. Sessions that are there keep
     * their way to come by server connections; everything else holds for them too.
     */
    void become(PostgresListenerConfig next, ListenerTls nextTls) {
        config = next;
        tls = nextTls;
        if (shares() && pool.isEmpty()) {
            pool = Optional.of(newPool());
        }
        pool.ifPresent(ServerPool::resized);
        topologyChanged();
    }

    /** For connections that are made from now on. */
    ListenerTls tls() {
        return tls;
    }

    /** Whether the server is asked, with each COMMIT, by what it can be known later. */
    boolean provesCommits() {
        return config.replay().commits() && !probesAreForbidden;
    }

    /** A role may not ask that: no other transaction shall fail by it. */
    void provesNoCommits() {
        if (!probesAreForbidden) {
            probesAreForbidden = true;
            LOG.warn(
                    "A COMMIT through {} failed, because its role may not execute"
                            + " pg_logical_emit_message(boolean, text, text); from now on no COMMIT"
                            + " is proven there. Grant that, and restart the node; or set"
                            + " replay.commits to no.",
                    config.name());
        }
    }

    Clock clock() {
        return clock;
    }

    DatabaseName database() {
        return config.database();
    }

    DatabaseTopology topology() {
        return topology.get().of(config.database());
    }

    boolean readsFromReplicas() {
        return config.reads().place() == PostgresListenerConfig.Reads.REPLICAS;
    }

    long holdMillis() {
        return config.hold().toMillis();
    }

    List<EventLoop> loops() {
        return loops.all();
    }

    /** Whether a client that logs in like this wants the console, and not a server's database. */
    boolean isForConsole(PoolKey.Login login) {
        return config.console().isPresent() && Console.DATABASES.contains(login.database());
    }

    /** Whether this client's new transactions have to wait because an operator said so. */
    boolean isPaused(ClientIdentity client) {
        Gates now = gates.get();
        return !now.letAllBegin() && now.isPaused(client.login().database());
    }

    /** What an operator has closed. */
    Gates gates() {
        return gates.get();
    }

    /** On the say of an operator. */
    void change(UnaryOperator<Gates> change) {
        gates.updateAndGet(change);
        topologyChanged();
    }

    /** Who listens on channels of this database of the servers, for all clients. */
    SharedListening listeningOn(String database) {
        return listenings.computeIfAbsent(
                database,
                name ->
                        new SharedListening(
                                this,
                                name,
                                loops().get(Math.floorMod(name.hashCode(), loops().size()))));
    }

    /** Adds its own connections of this loop. */
    void countedIn(Census census, EventLoop loop) {
        pool.ifPresent(shared -> shared.countedIn(census, loop));
        listenings.values().forEach(each -> each.countedIn(census, loop));
    }

    /** Server connections that clients share, if they do. */
    Optional<ServerPool> pool() {
        return pool;
    }

    FreshnessBoard freshness() {
        return freshness;
    }

    RolePasswordSource passwords() {
        return passwords;
    }

    /** What became of a COMMIT that was on its way. */
    CommitOutcomeSource outcomes() {
        return outcomes;
    }

    ListenerCounters counters() {
        return counters;
    }

    SecureRandom random() {
        return random;
    }

    byte[] processSecret() {
        return processSecret;
    }

    Cancellations cancellations() {
        return cancellations;
    }

    FailedLogins failedLogins() {
        return failedLogins;
    }

    /** Whether that connection must begin with a header of the PROXY protocol. */
    boolean speaksForOthers(Channel accepted) {
        return accepted.remoteAddress() instanceof InetSocketAddress from
                && config.proxies().stream().anyMatch(each -> each.contains(from.getAddress()));
    }

    ClientLimits limits() {
        return limits;
    }

    Complaints complaints() {
        return complaints;
    }

    Learned learned() {
        return learned;
    }

    StatementClassifier classifier() {
        return classifier;
    }

    /** Over which averages are told. */
    StatsPeriod period() {
        return period;
    }

    AnswerTimer timer() {
        return timer;
    }

    /** Where the statements on that loop are counted. */
    StatementMeter meterOn(EventLoop loop) {
        StatementMeter meter = meters.get(loop);
        if (meter == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return meter;
    }

    /** What was measured of each kind of statement. */
    List<StatementFigures> statements() {
        return DigestTable.merged(meters.values().stream().map(StatementMeter::table).toList());
    }

    /** All requests together, whatever their kind. */
    Requests requests() {
        return Requests.of(meters.values().stream().map(StatementMeter::table).toList());
    }

    /** On the client's loop. */
    void opened(ClientConnection client) {
        clientsOf(client.loop()).add(client);
    }

    /** On the client's loop. */
    void closed(ClientConnection client) {
        clientsOf(client.loop()).remove(client);
    }

    /** Wakes every session, each on its loop. */
    void topologyChanged() {
        pool.ifPresent(shared -> shared.warmth().lookAgain());
        listenings.values().forEach(SharedListening::topologyChanged);
        for (EventLoop loop : loops.all()) {
            loop.execute(
                    () -> {
                        pool.ifPresent(shared -> shared.topologyChanged(loop));
                        Set.copyOf(clientsOf(loop))
                                .forEach(
                                        client ->
                                                client.session()
                                                        .ifPresent(Session::topologyChanged));
                    });
        }
    }

    /** Ends every client's connection, as a server that shuts down does. */
    void endClients() {
        listenings.values().forEach(SharedListening::end);
        for (EventLoop loop : loops.all()) {
            loop.execute(
                    () -> {
                        Set.copyOf(clientsOf(loop)).forEach(ClientConnection::shutDown);
                        pool.ifPresent(shared -> shared.end(loop));
                    });
        }
    }

    /** The clients of this loop, which the caller is on. */
    Set<ClientConnection> clientsOn(EventLoop loop) {
        return Set.copyOf(clientsOf(loop));
    }

    private Set<ClientConnection> clientsOf(EventLoop loop) {
        Set<ClientConnection> clients = clientsByLoop.get(loop);
        if (clients == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return clients;
    }

    /** Opens a server connection on {@code loop}, in this client's name. */
    ServerLink open(EventLoop loop, ClientIdentity identity, PoolKey key, LinkOwner owner) {
        boolean replica = !topology().isPrimary(key.member());
        var login = new ServerLogin(identity, random);
        var link = new ServerLink(owner, key, login, complaints, new Conversation(timer, replica));
        calls.connect(loop, link);
        return link;
    }

    /**
     * Asks the server to cancel what runs on {@code link}; as always nobody learns whether it did.
     */
    void cancel(EventLoop loop, ServerLink link) {
        calls.cancel(loop, link);
    }
}
