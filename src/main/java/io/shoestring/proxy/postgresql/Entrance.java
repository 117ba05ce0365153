package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.DatabaseRoute;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.EventLoops;
import io.shoestring.proxy.Complaints;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.LoopStatements;
import io.shoestring.proxy.Rate;
import io.shoestring.proxy.postgresql.statement.Classification;
import io.shoestring.proxy.postgresql.statement.StatementClassifier;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What all clients of one listener share, whichever database they are led to, and the {@link
 * ListenerContext} of each of these. A database that no route leads to any more is kept for those
 * who are there. Thread-safe, except where a method says on which loop it belongs.
 */
final class Entrance {
    private static final int PROCESS_SECRET_BYTES = 32;

    private final EventLoops loops;
    private final Clock clock;
    private final Sources sources;
    private final SecureRandom random = new SecureRandom();
    private final Cancellations cancellations = new Cancellations(random);
    private final ClientLimits limits = new ClientLimits();
    private final FailedLogins failedLogins;
    private final Complaints complaints;
    private final StatementClassifier classifier = StatementClassifier.ofBuiltInFunctions();
    private final byte[] processSecret = new byte[PROCESS_SECRET_BYTES];
    private final AtomicReference<Gates> gates = new AtomicReference<>(Gates.OPEN);
    private final AtomicInteger clients = new AtomicInteger();
    private final Rate sessions = new Rate();
    private final LongAccumulator mostClients = new LongAccumulator(Math::max, 0);
    private final SharedMaps startups = new SharedMaps();
    private final Map<EventLoop, Set<ClientConnection>> clientsByLoop = new HashMap<>();
    private final Map<EventLoop, LoopStatements<Classification>> statements = new HashMap<>();
    private volatile PostgresListenerConfig config;
    private volatile ListenerTls tls;
    private volatile Map<DatabaseName, ListenerContext> contexts = Map.of();

    /**
     * Whom a listener asks about its databases.
     *
     * @param topology where the members are
     * @param freshness what the replicas have applied
     * @param passwords what a database has stored for its roles
     * @param outcomes what became of transactions whose primary was lost
     */
    record Sources(
            Published<Topology> topology,
            Function<DatabaseName, FreshnessBoard> freshness,
            RolePasswordSource passwords,
            CommitOutcomeSource outcomes) {
        Sources {
            requireNonNull(topology, "topology is null");
            requireNonNull(freshness, "freshness is null");
            requireNonNull(passwords, "passwords is null");
            requireNonNull(outcomes, "outcomes is null");
        }
    }

    Entrance(
            PostgresListenerConfig config,
            ListenerTls tls,
            EventLoops loops,
            Clock clock,
            Sources sources) {
        this.config = config;
        this.tls = tls;
        this.loops = loops;
        this.clock = clock;
        this.sources = sources;
        this.complaints = new Complaints(clock);
        this.failedLogins = new FailedLogins(clock);
        random.nextBytes(processSecret);
        loops.all().forEach(loop -> clientsByLoop.put(loop, new HashSet<>()));
        loops.all().forEach(loop -> statements.put(loop, new LoopStatements<>(Dialect.POSTGRESQL)));
        contexts = contextsOf(tls);
    }

    private Map<DatabaseName, ListenerContext> contextsOf(ListenerTls nextTls) {
        Map<DatabaseName, ListenerContext> all = new LinkedHashMap<>(contexts);
        nextTls.servers()
                .forEach(
                        (database, caller) -> {
                            ListenerContext there = all.get(database);
                            if (there == null) {
                                all.put(
                                        database,
                                        new ListenerContext(this, database, sources, caller));
                            } else {
                                there.encryptWith(caller);
                            }
                        });
        return Map.copyOf(all);
    }

    /**
     * Works by this configuration from now on. Sessions that are there keep their database and
     * their way to come by server connections; everything else holds for them too.
     */
    synchronized void become(PostgresListenerConfig next, ListenerTls nextTls) {
        contexts = contextsOf(nextTls);
        config = next;
        tls = nextTls;
        contexts.values().forEach(ListenerContext::reconfigured);
        topologyChanged();
    }

    // ------------------------------------------------------------------ databases

    /** Where this client is led. */
    ListenerContext contextOf(PoolKey.Login login) {
        PostgresListenerConfig now = config;
        return context(
                now.route(login.user(), login.database())
                        .map(DatabaseRoute::to)
                        .orElse(now.database()));
    }

    /** Of the database to which go whom no route leads elsewhere. */
    ListenerContext main() {
        return context(config.database());
    }

    private ListenerContext context(DatabaseName database) {
        return requireNonNull(contexts.get(database), "a database that is not ours");
    }

    /** Of all databases that clients are led to, or were; the main one first. */
    List<ListenerContext> contexts() {
        ListenerContext main = main();
        return contexts.values().stream()
                .sorted(
                        Comparator.comparing((ListenerContext each) -> each != main)
                                .thenComparing(each -> each.database().value()))
                .toList();
    }

    /** What clients begin their sessions with. */
    SharedMaps startups() {
        return startups;
    }

    /** What a server's database is called there that clients ask for by this name. */
    String nameAtServers(PoolKey.Login login) {
        return config.route(login.user(), login.database())
                .flatMap(DatabaseRoute::as)
                .orElse(login.database());
    }

    /** Wakes every session, each on its loop. */
    void topologyChanged() {
        Collection<ListenerContext> all = contexts.values();
        all.forEach(ListenerContext::topologyChanged);
        for (EventLoop loop : loops.all()) {
            loop.execute(
                    () -> {
                        all.forEach(each -> each.topologyChanged(loop));
                        clientsOn(loop)
                                .forEach(
                                        client ->
                                                client.session()
                                                        .ifPresent(Session::topologyChanged));
                    });
        }
    }

    /** Ends every client's connection, as a server that shuts down does. */
    void endClients() {
        Collection<ListenerContext> all = contexts.values();
        all.forEach(ListenerContext::end);
        for (EventLoop loop : loops.all()) {
            loop.execute(
                    () -> {
                        clientsOn(loop).forEach(ClientConnection::shutDown);
                        all.forEach(each -> each.end(loop));
                    });
        }
    }

    // ------------------------------------------------------------------ clients

    /** Counts one more; false: there are as many as there may be. Either way it has to leave. */
    boolean enters() {
        int now = clients.incrementAndGet();
        boolean within = now <= config.maxConnections();
        if (within) {
            sessions.count();
            mostClients.accumulate(now);
        }
        return within;
    }

    void leaves() {
        clients.decrementAndGet();
    }

    /** Connected now, logged in or not. */
    int clients() {
        return clients.get();
    }

    /** Clients that ever came. */
    Rate sessions() {
        return sessions;
    }

    /** The most clients that there were at once. */
    long mostClients() {
        return mostClients.get();
    }

    /** On the client's loop. */
    void opened(ClientConnection client) {
        clientsOf(client.loop()).add(client);
    }

    /** On the client's loop. */
    void closed(ClientConnection client) {
        clientsOf(client.loop()).remove(client);
    }

    /** The clients of this loop, which the caller is on. */
    Set<ClientConnection> clientsOn(EventLoop loop) {
        return Set.copyOf(clientsOf(loop));
    }

    private Set<ClientConnection> clientsOf(EventLoop loop) {
        Set<ClientConnection> there = clientsByLoop.get(loop);
        if (there == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return there;
    }

    /** Whether that connection must begin with a header of the PROXY protocol. */
    boolean speaksForOthers(Channel accepted) {
        return accepted.remoteAddress() instanceof InetSocketAddress from
                && config.proxies().stream().anyMatch(each -> each.contains(from.getAddress()));
    }

    /** Whether a client that logs in like this wants the console, and not a server's database. */
    boolean isForConsole(PoolKey.Login login) {
        return config.console().isPresent() && Console.DATABASES.contains(login.database());
    }

    // ------------------------------------------------------------------ what is shared

    PostgresListenerConfig config() {
        return config;
    }

    /** For connections that are made from now on. */
    ListenerTls tls() {
        return tls;
    }

    EventLoops loops() {
        return loops;
    }

    Clock clock() {
        return clock;
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

    ClientLimits limits() {
        return limits;
    }

    Complaints complaints() {
        return complaints;
    }

    StatementClassifier classifier() {
        return classifier;
    }

    /** Where the statements on that loop are counted. */
    LoopStatements<Classification> statementsOn(EventLoop loop) {
        LoopStatements<Classification> known = statements.get(loop);
        if (known == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return known;
    }

    /** What was measured of each kind of statement. */
    List<StatementFigures> statements() {
        return DigestTable.merged(statements.values().stream().map(LoopStatements::table).toList());
    }

    /** All requests together, whatever their kind. */
    Requests requests() {
        return Requests.of(statements.values().stream().map(LoopStatements::table).toList());
    }
}
