package io.shoestring.proxy.postgresql;

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
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.ServerTimers;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.proxy.Complaints;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.LoopStatements;
import io.shoestring.proxy.postgresql.statement.Classification;
import io.shoestring.proxy.postgresql.statement.StatementClassifier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What all sessions share that one listener leads to one database: its members, the connections to
 * them, and what is counted. What is the same for all databases behind the listener is the {@link
 * Entrance}'s. Thread-safe, except where a method says on which loop it belongs.
 */
final class ListenerContext {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerContext.class);

    private final Entrance entrance;
    private final DatabaseName database;
    private final Published<Topology> topology;
    private final FreshnessBoard freshness;
    private final RolePasswordSource passwords;
    private final CommitOutcomeSource outcomes;
    private final ListenerCounters counters = new ListenerCounters();
    private final Learned learned = new Learned();
    private final SharedMaps told = new SharedMaps();
    private final Map<String, SharedListening> listenings = new ConcurrentHashMap<>();
    private final AnswerTimer timer;
    private final ServerTimers members;
    private final ServerCalls calls;
    private final StatsPeriod period;
    private volatile Optional<TlsCaller> encryption;
    private volatile boolean probesAreForbidden;

    /** Once there, for ever: sessions that borrow go on to. */
    private volatile Optional<ServerPool> pool = Optional.empty();

    /**
     * @param encryption of connections to the members; empty: none
     */
    ListenerContext(
            Entrance entrance,
            DatabaseName database,
            Entrance.Sources sources,
            Optional<TlsCaller> encryption) {
        this.entrance = entrance;
        this.database = database;
        this.topology = sources.topology();
        this.freshness = sources.freshness().apply(database);
        this.passwords = sources.passwords();
        this.outcomes = sources.outcomes();
        this.encryption = encryption;
        this.calls = new ServerCalls(entrance.loops(), complaints(), () -> this.encryption);
        this.timer = new AnswerTimer(clock(), WallClock.system());
        this.members = new ServerTimers(timer);
        this.period = new StatsPeriod(Totals.of(this));
        reconfigured();
    }

    /** What it shares with other databases behind the same listener. */
    Entrance entrance() {
        return entrance;
    }

    /** Connections to the members that are made from now on. */
    void encryptWith(Optional<TlsCaller> caller) {
        encryption = caller;
    }

    /** Other numbers may hold. */
    void reconfigured() {
        if (shares() && pool.isEmpty()) {
            pool = Optional.of(new ServerPool(this, loops()));
        }
        pool.ifPresent(ServerPool::resized);
    }

    /** Whether sessions that begin now share server connections. */
    boolean shares() {
        return config().pool().mode().shares();
    }

    /** Whether a client may have something open after a statement. */
    boolean allowsTransactionBlocks() {
        return config().pool().mode() != PoolConfig.Mode.STATEMENT;
    }

    PostgresListenerConfig config() {
        return entrance.config();
    }

    /** Whether the server is asked, with each COMMIT, by what it can be known later. */
    boolean provesCommits() {
        return config().replay().commits() && !probesAreForbidden;
    }

    /** A role may not ask that: no other transaction shall fail by it. */
    void provesNoCommits() {
        if (!probesAreForbidden) {
            probesAreForbidden = true;
            LOG.warn(
                    "A COMMIT through {} to database {} failed, because its role may not execute"
                            + " pg_logical_emit_message for text; from now on no COMMIT"
                            + " is proven there. Grant that, and restart the node; or set"
                            + " replay.commits to no.",
                    config().name(),
                    database);
        }
    }

    Clock clock() {
        return entrance.clock();
    }

    DatabaseName database() {
        return database;
    }

    DatabaseTopology topology() {
        return topology.get().of(database);
    }

    boolean readsFromReplicas() {
        return config().reads().place() == PostgresListenerConfig.Reads.REPLICAS;
    }

    long holdMillis() {
        return config().hold().toMillis();
    }

    List<EventLoop> loops() {
        return entrance.loops().all();
    }

    /** Whether this client's new transactions have to wait because an operator said so. */
    boolean isPaused(ClientIdentity client) {
        Gates now = entrance.gates();
        return !now.letAllBegin() && now.isPaused(client.login().database());
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

    private SecureRandom random() {
        return entrance.random();
    }

    Complaints complaints() {
        return entrance.complaints();
    }

    Learned learned() {
        return learned;
    }

    StatementClassifier classifier() {
        return entrance.classifier();
    }

    /** Over which averages are told. */
    StatsPeriod period() {
        return period;
    }

    AnswerTimer timer() {
        return timer;
    }

    /** What each member has answered. */
    Map<String, Requests> members() {
        return members.requests();
    }

    /** Where the statements on that loop are counted. */
    LoopStatements<Classification> statementsOn(EventLoop loop) {
        return entrance.statementsOn(loop);
    }

    /** Before every session is told, each on its loop. */
    void topologyChanged() {
        pool.ifPresent(shared -> shared.warmth().lookAgain());
        listenings.values().forEach(SharedListening::topologyChanged);
    }

    /** Before the sessions of this loop, which the caller is on, are told. */
    void topologyChanged(EventLoop loop) {
        pool.ifPresent(shared -> shared.topologyChanged(loop));
    }

    /** Before the clients are ended. */
    void end() {
        listenings.values().forEach(SharedListening::end);
    }

    /** After the clients of this loop, which the caller is on, were ended. */
    void end(EventLoop loop) {
        pool.ifPresent(shared -> shared.end(loop));
    }

    /** Opens a server connection on {@code loop}, in this client's name. */
    ServerLink open(EventLoop loop, ClientIdentity identity, PoolKey key, LinkOwner owner) {
        boolean replica = !topology().isPrimary(key.member());
        var login = new ServerLogin(identity, random(), told);
        AnswerTimer ofMember = members.of(key.member().name().value());
        var conversation = new Conversation(ofMember, replica, counters.errors);
        var link = new ServerLink(owner, key, login, complaints(), conversation);
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
