package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PoolSizes;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.PostgresTls;
import io.shoestring.config.ReplayConfig;
import io.shoestring.database.postgresql.CommitOutcomes;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.EventLoops;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.postgresql.CommitOutcomeSource.Outcome;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A listener in front of a {@link PostgresPair}, whose topology the test publishes itself. */
final class ProxyUnderTest implements AutoCloseable {
    static final PoolConfig NO_POOL =
            new PoolConfig(
                    PoolConfig.Mode.SESSION,
                    PoolSizes.ofEach(1),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(10),
                    Duration.ofMinutes(60),
                    PoolConfig.AfterLoss.END);

    static final ReplayConfig REPLAY = new ReplayConfig(true, true, 64);

    static final ReplayConfig NO_REPLAY = new ReplayConfig(false, false, 64);

    /** Who may use the console. */
    static final Optional<String> CONSOLE_ROLE = Optional.of(PostgresPair.SUPERUSER);

    /** Where clients are led by themselves. */
    static final DatabaseName DATABASE = new DatabaseName("shop");

    final Clock clock = Clock.system();
    final FreshnessBoard freshness = new FreshnessBoard(clock);
    private final Published<Topology> topology = new Published<>(new Topology(0, Map.of()));
    private final AtomicLong version = new AtomicLong();
    private final EventLoops loops = new EventLoops(2);
    private final PostgresListener listener;

    ProxyUnderTest(
            PostgresPair pair,
            PostgresListenerConfig.Reads reads,
            Duration hold,
            int maxConnections)
            throws Exception {
        this(pair, reads, hold, maxConnections, PostgresListenerConfig.Authentication.PASSWORD);
    }

    ProxyUnderTest(
            PostgresPair pair,
            PostgresListenerConfig.Reads reads,
            Duration hold,
            int maxConnections,
            PostgresListenerConfig.Authentication authentication)
            throws Exception {
        this(
                pair,
                new TrialListener()
                        .reads(reads)
                        .hold(hold)
                        .maxConnections(maxConnections)
                        .authentication(authentication));
    }

    /** Whose clients share server connections. */
    ProxyUnderTest(
            PostgresPair pair,
            PostgresListenerConfig.Reads reads,
            Duration hold,
            PostgresListenerConfig.Authentication authentication,
            PoolConfig pool)
            throws Exception {
        this(
                pair,
                new TrialListener()
                        .reads(reads)
                        .hold(hold)
                        .authentication(authentication)
                        .pool(pool));
    }

    /** In front of servers that trust it, for clients that it trusts. */
    ProxyUnderTest(PostgresListenerConfig.Reads reads, Duration hold) throws Exception {
        this(reads, hold, NO_POOL);
    }

    /** In front of servers that trust it, for clients that it trusts. */
    ProxyUnderTest(PostgresListenerConfig.Reads reads, Duration hold, PoolConfig pool)
            throws Exception {
        this(reads, hold, pool, NO_REPLAY, Optional.empty());
    }

    /**
     * In front of servers that trust it, for clients that it trusts.
     *
     * @param asked who can be asked what became of a COMMIT
     */
    ProxyUnderTest(
            PostgresListenerConfig.Reads reads,
            Duration hold,
            PoolConfig pool,
            ReplayConfig replay,
            Optional<PostgresPair> asked)
            throws Exception {
        this(
                new TrialListener()
                        .reads(reads)
                        .hold(hold)
                        .authentication(PostgresListenerConfig.Authentication.TRUST)
                        .pool(pool)
                        .replay(replay),
                (database, role, answer) ->
                        answer.accept(new RolePasswordSource.Answer.Unavailable("not asked")),
                asked);
    }

    /** Whose clients may encrypt. */
    ProxyUnderTest(PostgresPair pair, PostgresTls tls) throws Exception {
        this(pair, new TrialListener().tls(tls));
    }

    /** In front of these servers, whose passwords it knows. */
    ProxyUnderTest(PostgresPair pair, TrialListener trial) throws Exception {
        this(trial, (database, role, answer) -> find(pair, role, answer), Optional.empty());
    }

    /**
     * In front of servers that have nothing to do with each other.
     *
     * @param primaries by the names of their databases
     */
    ProxyUnderTest(PostgresPair pair, TrialListener trial, Map<DatabaseName, MemberSpec> primaries)
            throws Exception {
        this(
                trial,
                (database, role, answer) ->
                        find(pair, requireNonNull(primaries.get(database)), role, answer),
                Optional.empty());
        primaries.forEach((database, primary) -> publish(database, Optional.of(primary)));
    }

    private ProxyUnderTest(
            TrialListener trial, RolePasswordSource passwords, Optional<PostgresPair> asked)
            throws Exception {
        listener =
                PostgresListener.open(
                        trial.config(DATABASE),
                        loops,
                        clock,
                        topology,
                        database -> freshness,
                        passwords,
                        (database, commit, answer) -> ask(asked, commit, answer));
    }

    private void ask(Optional<PostgresPair> asked, CommitRecord commit, Consumer<Outcome> answer) {
        if (asked.isEmpty()) {
            answer.accept(Outcome.UNKNOWN);
            return;
        }
        var outcomes = new CommitOutcomes(DATABASE, topology, asked.get().superuser());
        Thread.ofVirtual()
                .start(
                        () ->
                                answer.accept(
                                        Outcome.valueOf(
                                                outcomes.find(
                                                                commit.transaction(),
                                                                commit.timeline(),
                                                                commit.position())
                                                        .name())));
    }

    /** Server connections that clients share, so many at most. */
    static PoolConfig shared(int size) {
        return shared(size, Duration.ofSeconds(30));
    }

    static PoolConfig shared(int size, Duration wait) {
        return shared(size, wait, Duration.ofMinutes(10), Duration.ofMinutes(60));
    }

    static PoolConfig shared(int size, Duration wait, Duration idle, Duration lifetime) {
        return new PoolConfig(
                PoolConfig.Mode.TRANSACTION,
                PoolSizes.ofEach(size),
                wait,
                idle,
                lifetime,
                PoolConfig.AfterLoss.END);
    }

    private static void find(
            PostgresPair pair, String role, Consumer<RolePasswordSource.Answer> answer) {
        find(pair, pair.primary(), role, answer);
    }

    private static void find(
            PostgresPair pair,
            MemberSpec primary,
            String role,
            Consumer<RolePasswordSource.Answer> answer) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                String stored = pair.storedPassword(primary, role);
                                answer.accept(
                                        stored.isEmpty()
                                                ? new RolePasswordSource.Answer.None()
                                                : new RolePasswordSource.Answer.Stored(stored));
                            } catch (SQLException e) {
                                answer.accept(
                                        new RolePasswordSource.Answer.Unavailable(
                                                "nobody answers"));
                            }
                        });
    }

    void publish(long epoch, Optional<MemberSpec> primary, boolean hold, MemberSpec... replicas) {
        publish(DATABASE, epoch, primary, hold, replicas);
    }

    /** Of one of several databases, the first epoch. */
    void publish(DatabaseName database, Optional<MemberSpec> primary) {
        publish(database, 1, primary, false);
    }

    private void publish(
            DatabaseName name,
            long epoch,
            Optional<MemberSpec> primary,
            boolean hold,
            MemberSpec... replicas) {
        var database =
                new DatabaseTopology(
                        name,
                        epoch,
                        primary,
                        hold,
                        clock.nanos() + Duration.ofHours(1).toNanos(),
                        List.of(replicas),
                        "The test says so.");
        Map<DatabaseName, DatabaseTopology> all = new HashMap<>(topology.get().databases());
        all.put(name, database);
        topology.publish(new Topology(version.incrementAndGet(), all));
    }

    /** Every replica has everything from now on, whatever is written. */
    void pretendReplicasAreFresh() {
        freshness.applied(
                new io.shoestring.model.MemberName("b"),
                clock.nanos() + Duration.ofHours(1).toNanos());
    }

    int port() {
        return listener.address().port();
    }

    List<ListenerStatus> statuses() {
        return listener.statuses();
    }

    ListenerStatus status() {
        return listener.status();
    }

    /** What a member has answered. */
    Requests member(String name) {
        Map<String, Requests> members = listener.members().values().iterator().next();
        return requireNonNull(members.get(name), name);
    }

    List<StatementFigures> statements() {
        return listener.statements();
    }

    int openTransactions() {
        return openTransactions(DATABASE);
    }

    int openTransactions(DatabaseName database) {
        return listener.openTransactions(database);
    }

    /** Works by another configuration from now on. */
    void become(TrialListener trial) throws Exception {
        listener.prepare(trial.config(DATABASE)).takeUp();
    }

    String url(String parameters) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/postgres?" + parameters;
    }

    Connection connect() throws SQLException {
        return connect("");
    }

    Connection connect(String parameters) throws SQLException {
        return DriverManager.getConnection(
                url(parameters), PostgresPair.SUPERUSER, PostgresPair.PASSWORD);
    }

    @Override
    public void close() {
        listener.close();
        loops.close();
    }
}
