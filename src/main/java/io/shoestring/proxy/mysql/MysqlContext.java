package io.shoestring.proxy.mysql;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.base.Published.Subscription;
import io.shoestring.base.WallClock;
import io.shoestring.config.MysqlListenerConfig;
import io.shoestring.config.PoolConfig;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.monitoring.digest.AnswerTimer;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.ServerTimers;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.proxy.Complaints;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.LoopStatements;
import io.shoestring.proxy.mysql.statement.Classification;
import io.shoestring.proxy.pool.LinkPool;
import io.shoestring.proxy.pool.PoolHost;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all sessions of one listener share. Thread-safe, except where a method says on which loop it
 * belongs.
 */
final class MysqlContext {
    private static final int MARK_BYTES = 16;
    private static final int RSA_BITS = 2_048;

    /** Our numbers of connections begin here, where no server's are for a long time. */
    private static final int FIRST_CONNECTION_ID = 1 << 30;

    private final EventLoops loops;
    private final Clock clock;
    private final Counters counters = new Counters();
    private final SecureRandom random = new SecureRandom();
    private final PasswordCache passwordCache = new PasswordCache(random);
    private final CompletableFuture<KeyPair> rsa = new CompletableFuture<>();
    private final Complaints complaints;
    private final AnswerTimer timer;
    private final ServerTimers members;
    private final TakenBack takenBack = new TakenBack();
    private final Learned learned = new Learned();
    private final LastCommit lastCommit = new LastCommit();
    private final AtomicInteger lastConnectionId = new AtomicInteger(FIRST_CONNECTION_ID);
    private final AtomicInteger turn = new AtomicInteger();
    private final Map<Integer, ClientConnection> clients = new ConcurrentHashMap<>();
    private final Map<EventLoop, Set<ClientConnection>> clientsByLoop = new HashMap<>();
    private final Map<EventLoop, LoopStatements<Classification>> statements = new HashMap<>();
    private final LinkPool<ServerLink, LinkOwner> pool;
    private volatile Setup setup;
    private Subscription subscription;

    /** By what it works now. */
    record Setup(
            MysqlListenerConfig config,
            Optional<TlsDoor> tls,
            Optional<TlsCaller> serverTls,
            MysqlServers servers) {}

    MysqlContext(Setup setup, EventLoops loops, Clock clock) {
        this.setup = setup;
        this.loops = loops;
        this.clock = clock;
        this.complaints = new Complaints(clock);
        this.timer = new AnswerTimer(clock, WallClock.system());
        this.members = new ServerTimers(timer);
        loops.all().forEach(loop -> clientsByLoop.put(loop, new HashSet<>()));
        loops.all().forEach(loop -> statements.put(loop, new LoopStatements<>(Dialect.MYSQL)));
        Thread.ofVirtual().name("key of " + config().name()).start(this::makeKey);
        pool = new LinkPool<>(new Host(), loops.all());
        subscription = setup.servers().topology().subscribe(_ -> topologyChanged());
    }

    private final class Host implements PoolHost<LinkOwner> {
        @Override
        public PoolConfig poolConfig() {
            return config().pool();
        }

        @Override
        public Clock clock() {
            return clock;
        }

        @Override
        public long epoch() {
            return topology().epoch();
        }

        @Override
        public LinkOwner nobody() {
            return new IdleOwner(MysqlContext.this);
        }

        @Override
        public Map<String, Long> kept() {
            return counters.pinned();
        }
    }

    /** Server connections that clients share, if they do. */
    Optional<LinkPool<ServerLink, LinkOwner>> pool() {
        return config().pool().mode().shares() ? Optional.of(pool) : Optional.empty();
    }

    private void makeKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            rsa.complete(generator.generateKeyPair());
        } catch (NoSuchAlgorithmException e) {
            rsa.completeExceptionally(e);
        }
    }

    Setup setup() {
        return setup;
    }

    MysqlListenerConfig config() {
        return setup.config();
    }

    /** Works like this from now on; what it does not use any more is ended. */
    synchronized void become(Setup next) {
        Setup before = setup;
        setup = next;
        if (!next.servers().equals(before.servers())) {
            subscription.close();
            subscription = next.servers().topology().subscribe(_ -> topologyChanged());
            before.servers().end().run();
        }
        pool.resized();
        if (!next.tls().equals(before.tls())) {
            before.tls().ifPresent(TlsDoor::close);
        }
        if (!next.serverTls().equals(before.serverTls())) {
            before.serverTls().ifPresent(TlsCaller::close);
        }
        topologyChanged();
    }

    /** Ends what it uses, and its clients. */
    synchronized void end() {
        subscription.close();
        endClients();
        setup.servers().end().run();
        setup.tls().ifPresent(TlsDoor::close);
        setup.serverTls().ifPresent(TlsCaller::close);
    }

    Clock clock() {
        return clock;
    }

    Counters counters() {
        return counters;
    }

    SecureRandom random() {
        return random;
    }

    PasswordCache passwordCache() {
        return passwordCache;
    }

    /** The key for passwords that come outside of TLS; made when the listener begins. */
    CompletableFuture<KeyPair> rsa() {
        return rsa;
    }

    Optional<TlsDoor> tls() {
        return setup.tls();
    }

    Complaints complaints() {
        return complaints;
    }

    TakenBack takenBack() {
        return takenBack;
    }

    /** What replicas have refused, although it looks like a read. */
    Learned learned() {
        return learned;
    }

    LastCommit lastCommit() {
        return lastCommit;
    }

    /** Whether it can be told of a COMMIT what became of it, if it has a mark. */
    boolean provesCommits() {
        return config().replay().commits() && servers().outcomes().isPresent();
    }

    /** A mark for a COMMIT that leaves on this connection now. */
    CommitMark commitMark(ServerLink link) {
        byte[] name = new byte[MARK_BYTES];
        ThreadLocalRandom.current().nextBytes(name);
        return new CommitMark(
                "shoestring_" + HexFormat.of().formatHex(name),
                link.member(),
                link.epoch(),
                lastCommit.of(link.epoch()),
                clock.nanos());
    }

    AnswerTimer timer() {
        return timer;
    }

    /** How long the answers of each member, or server, take. */
    ServerTimers members() {
        return members;
    }

    MysqlServers servers() {
        return setup.servers();
    }

    DatabaseTopology topology() {
        return servers().topology().get();
    }

    FreshnessBoard freshness() {
        return servers().freshness();
    }

    boolean readsFromReplicas() {
        return config().reads() == MysqlListenerConfig.Reads.REPLICAS;
    }

    /** The next of so many in turn. */
    int next(int count) {
        return Math.floorMod(turn.getAndIncrement(), count);
    }

    int nextConnectionId() {
        return lastConnectionId.incrementAndGet();
    }

    /** Whoever has this number here. */
    Optional<ClientConnection> client(int connectionId) {
        return Optional.ofNullable(clients.get(connectionId));
    }

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

    /** On the client's loop. */
    void opened(ClientConnection client) {
        clientsOf(client.loop()).add(client);
        clients.put(client.connectionId(), client);
    }

    /** On the client's loop. */
    void closed(ClientConnection client) {
        clientsOf(client.loop()).remove(client);
        clients.remove(client.connectionId());
    }

    /** Wakes every session, each on its loop. */
    void topologyChanged() {
        for (EventLoop loop : loops.all()) {
            loop.execute(
                    () -> {
                        pool.topologyChanged(loop);
                        Set.copyOf(clientsOf(loop)).forEach(ClientConnection::topologyChanged);
                    });
        }
    }

    /** Ends every client's connection, as a server that shuts down does. */
    private void endClients() {
        for (EventLoop loop : loops.all()) {
            loop.execute(
                    () -> {
                        Set.copyOf(clientsOf(loop)).forEach(ClientConnection::shutDown);
                        pool.end(loop);
                    });
        }
    }

    /** All event loops. */
    List<EventLoop> allLoops() {
        return loops.all();
    }

    /** On that loop. */
    Set<ClientConnection> clientsOf(EventLoop loop) {
        Set<ClientConnection> found = clientsByLoop.get(loop);
        if (found == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return found;
    }

    /** Opens a server connection on {@code loop}. */
    void connect(EventLoop loop, MemberSpec member, ServerLink link) {
        var address = member.endpoint();
        setup.serverTls().ifPresent(link::encryptBy);
        loops.connector(loop, link)
                .connect(address.host(), address.port())
                .addListener(
                        (ChannelFutureListener)
                                done -> {
                                    if (!done.isSuccess()) {
                                        link.connectFailed(reason(done.cause()));
                                    }
                                });
    }

    private static String reason(Throwable cause) {
        // Netty adds the address to the message of the cause, which says it plainly.
        Throwable plain = cause.getCause() == null ? cause : cause.getCause();
        String message = plain.getMessage();
        return message == null ? plain.getClass().getSimpleName() : message;
    }
}
