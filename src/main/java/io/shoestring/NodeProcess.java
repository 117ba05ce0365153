package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.address.VirtualAddresses;
import io.shoestring.admin.AdminServer;
import io.shoestring.admin.Configurations;
import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ratis.Voters;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.SwitchoverOrder;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.EventLog;
import io.shoestring.monitoring.EventQueue;
import io.shoestring.monitoring.Events;
import io.shoestring.monitoring.history.History;
import io.shoestring.monitoring.history.KindHistory;
import io.shoestring.monitoring.machine.MachineWatch;
import io.shoestring.network.EventLoops;
import io.shoestring.node.Channel;
import io.shoestring.node.Limit;
import io.shoestring.node.Node;
import io.shoestring.node.Operations;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.postgresql.CommitOutcomeSource.Outcome;
import io.shoestring.proxy.postgresql.RolePasswordSource.Answer.Unavailable;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

/**
 * A whole node: everything is made here, by constructors, and stopped in the reverse order.
 *
 * <pre>
 *   databases ─► topology ─► traffic        consensus, events: under all of them; admin: above
 *                        └─► addresses
 * </pre>
 *
 * <p>With another configuration, {@link Databases} and the addresses are made anew, and the traffic
 * is configured anew; the topology, the store and the clients' connections stay.
 */
public final class NodeProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

    /** Of SQL: so many keep a loop busy, and their database more than that. */
    private static final int CLIENTS_ON_A_LOOP = 16;

    private static final int FAREWELL_LOOKS = 100;
    private static final long FAREWELL_LOOK_MILLIS = 200;

    private final NodeName name;
    private final Clock clock = Clock.system();
    private final Published<Topology> topology = new Published<>(new Topology(0, Map.of()));
    private final Map<DatabaseName, FreshnessBoard> freshness = new ConcurrentHashMap<>();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Optional<ClusterMembership> membership;
    private final EventLog events;
    private final StoreOpening.Opened store;
    private final ClusterSecrets secrets;
    private final CheckExchange checks;
    private final SharedOrders orders;
    private final EventLoops loops;
    private final ConfigFollower configuration;
    private final AdminServer admin;
    private volatile ShoestringConfig config;
    private volatile boolean removed;
    private volatile Optional<Databases> databases = Optional.empty();
    private volatile Optional<Traffic> traffic = Optional.empty();
    private volatile Optional<VirtualAddresses> addresses = Optional.empty();

    private NodeProcess(ShoestringConfig config, NodeName name, Path file) throws Exception {
        this.config = requireNonNull(config, "config is null");
        this.name = requireNonNull(name, "name is null");
        try {
            Path directory = config.cluster().directory();
            Files.createDirectories(directory);
            membership = ClusterMembership.start(config, name, file);
            membership.ifPresent(this::opened);
            events = opened(EventLog.open(directory, WallClock.system(), name.value()));
            addresses = openAddresses(config);
            store = new StoreOpening(config, name, clock).open(membership);
            opened(store.store());
            store.before().forEach(this::opened);
            secrets = opened(ClusterSecrets.start(name, config, store.store(), membership, events));
            loops = new EventLoops(Runtime.getRuntime().availableProcessors(), CLIENTS_ON_A_LOOP);
            var home = new ConfigHome(file, directory);
            configuration = new ConfigFollower(home, store.store(), events, worker());
            databases = Optional.of(open(config));
            opened(this::closeDatabases);
            opened(loops);
            checks =
                    opened(
                            new CheckExchange(
                                    () -> this.config.cluster().nodes().keySet(),
                                    name,
                                    opened(new NodeQuestions(name, channel())),
                                    clock));
            Traffic flowing = opened(openTraffic());
            checks.start();
            orders = opened(new SharedOrders(store.store(), flowing.balancers(), this::hasOthers));
            orders.start();
            traffic = Optional.of(flowing);
            opened(
                            new RateExchange(
                                    () -> this.config.cluster().nodes().keySet(),
                                    name,
                                    opened(new NodeQuestions(name, channel())),
                                    flowing::sharedRates,
                                    clock))
                    .start();
            var desk = new ConfigDesk(name, store.store(), channel(), configuration);
            admin = startAdmin(flowing, desk);
            // Last, so that they are the first to go: nobody is led to a node that ends.
            addresses.ifPresent(this::start);
            opened(this::closeAddresses);
            opened(configuration).start();
            store.voters().ifPresent(this::startFormerVoters);
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    /**
     * Starts the node {@code name} of a configuration; returns when its addresses are bound, while
     * the databases may still be on their way.
     *
     * @param file that the configuration was read from; a machine that joins gets a copy, and a
     *     configuration that is applied to the cluster is written there
     * @throws Exception whose message tells the operator what is wrong; nothing is left running
     *     then
     */
    public static NodeProcess start(ShoestringConfig config, NodeName name, Path file)
            throws Exception {
        return new NodeProcess(config, name, file);
    }

    private Channel channel() {
        return membership
                .<Channel>map(part -> new NodeLines(part.channel()))
                .orElse(Channel.none());
    }

    private boolean hasOthers() {
        return config.cluster().nodes().size() > 1;
    }

    private Databases open(ShoestringConfig by) {
        Set<NodeName> others = new LinkedHashSet<>(by.cluster().nodes().keySet());
        others.remove(name);
        return new Databases(
                by,
                new Node.Surroundings(
                        store.store(),
                        events,
                        clock,
                        topology,
                        database -> traffic.map(it -> it.openTransactions(database)).orElse(0),
                        () -> traffic.map(Traffic::status).orElse(List.of()),
                        () -> traffic.map(Traffic::healthy).orElse(List.of()),
                        this::addressStatus,
                        others,
                        channel(),
                        FenceOf.config(by.cluster())),
                name,
                () -> others.isEmpty() ? "" : configuration.fingerprint(),
                this::freshness);
    }

    private FreshnessBoard freshness(DatabaseName database) {
        return freshness.computeIfAbsent(database, any -> new FreshnessBoard(clock));
    }

    private Traffic openTraffic() throws IOException {
        EventQueue queue = opened(new EventQueue(events));
        return new Traffic(
                config,
                loops,
                clock,
                topology,
                this::freshness,
                (database, role, answer) ->
                        databases.ifPresentOrElse(
                                it -> it.findPassword(database, role, answer),
                                () -> answer.accept(new Unavailable("the node is starting"))),
                (database, commit, answer) ->
                        databases.ifPresentOrElse(
                                it -> it.findOutcome(database, commit, answer),
                                () -> answer.accept(Outcome.UNAVAILABLE)),
                queue,
                secrets.shared(),
                checks);
    }

    private AdminServer startAdmin(Traffic flowing, Configurations configurations)
            throws IOException {
        AdminServer server =
                opened(
                        new AdminServer(
                                config.admin(),
                                new AdminServer.Served(
                                        operations(),
                                        flowing.balancers(),
                                        orders,
                                        openFigures(flowing),
                                        configurations),
                                events,
                                Version.text()));
        server.start();
        LOG.info("page: {}", server.loginLink());
        return server;
    }

    private ClusterFigures openFigures(Traffic flowing) throws IOException {
        WallClock timeOfDay = WallClock.system();
        Supplier<Collection<NodeName>> nodes = () -> config.cluster().nodes().keySet();
        History history =
                opened(
                        History.open(
                                config.cluster().directory().resolve("history"),
                                timeOfDay.now().getEpochSecond()));
        KindHistory kinds =
                opened(
                        KindHistory.open(
                                config.cluster().directory().resolve("history"),
                                timeOfDay.now().getEpochSecond()));
        NodeQuestions questions = opened(new NodeQuestions(name, channel()));
        var desk = new HistoryDesk(name, nodes, history, questions, timeOfDay);
        var figures =
                new ClusterFigures(
                        name,
                        nodes,
                        flowing,
                        () -> databases,
                        new MachineWatch(clock, timeOfDay),
                        desk,
                        new ComparisonDesk(nodes, kinds, desk, questions, timeOfDay),
                        questions);
        opened(new EventExchange(nodes, events, name, questions)).start();
        var byKind = new KindRecorder(kinds, flowing);
        opened(new Recorder(history, figures::here, flowing, byKind, clock, timeOfDay)).start();
        return figures;
    }

    private void startFormerVoters(Voters voters) {
        opened(new FormerVoters(voters, membership.orElseThrow()::voters, this::mayRemoveVoters))
                .start();
    }

    /** Whoever decides, and by the newest configuration: nobody may be taken for one who left. */
    private boolean mayRemoveVoters() throws ConsensusException {
        return databases.filter(it -> it.node().decides()).isPresent() && configuration.isCurrent();
    }

    private Optional<VirtualAddresses> openAddresses(ShoestringConfig by) throws IOException {
        return by.addresses().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        VirtualAddresses.open(
                                name,
                                by.addresses(),
                                clock,
                                topology,
                                events,
                                by.cluster().directory(),
                                new AddressClientsOf(() -> loops)));
    }

    private void start(VirtualAddresses made) {
        made.start(
                store.store(),
                () -> databases.map(it -> it.node().healthyListeners()).orElse(Map.of()));
    }

    private List<AddressStatus> addressStatus() {
        return addresses.map(VirtualAddresses::status).orElse(List.of());
    }

    // ------------------------------------------------------------------ another configuration

    private ConfigFollower.Worker worker() {
        return new ConfigFollower.Worker() {
            @Override
            public ShoestringConfig config() {
                return config;
            }

            @Override
            public List<String> obstacles(ShoestringConfig next) {
                return obstaclesTo(next);
            }

            @Override
            public void become(ShoestringConfig next, ConfigText text) throws IOException {
                takeUp(next, text);
            }
        };
    }

    private List<String> obstaclesTo(ShoestringConfig next) {
        List<String> all = new ArrayList<>();
        for (DatabaseConfig database : config.databases().values()) {
            primaryOf(database)
                    .filter(primary -> !isMember(next, database.name(), primary))
                    .ifPresent(
                            primary ->
                                    all.add(
                                            "databases.%s: %s is the primary and cannot go; 'shoestring switchover %s' first"
                                                    .formatted(
                                                            database.name(),
                                                            primary,
                                                            database.name())));
        }
        if (membership.isEmpty() && next.cluster().nodes().size() > 1) {
            all.add(
                    "cluster.nodes: this machine is no node of a cluster yet; stop it, run"
                            + " 'shoestring init', start it, and apply this again");
        }
        if (all.isEmpty() && next.cluster().nodes().containsKey(name)) {
            try {
                traffic.orElseThrow().check(next);
            } catch (IOException e) {
                all.add(String.valueOf(e.getMessage()));
            }
        }
        return all;
    }

    private Optional<MemberName> primaryOf(DatabaseConfig database) {
        return topology.get().of(database.name()).primary().map(MemberSpec::name);
    }

    private static boolean isMember(ShoestringConfig by, DatabaseName database, MemberName member) {
        return Optional.ofNullable(by.databases().get(database))
                .filter(it -> it.members().containsKey(member))
                .isPresent();
    }

    private synchronized void takeUp(ShoestringConfig next, ConfigText text) throws IOException {
        if (started.isEmpty()) {
            throw new IOException("the node is ending");
        }
        if (!next.cluster().nodes().containsKey(name)) {
            removed = true;
            Thread.ofVirtual().name("farewell").start(() -> leave(next));
            return;
        }
        var changes = new ConfigChanges(config, next);
        traffic.orElseThrow().become(next);
        orders.wake();
        secrets.become(next);
        membership.ifPresent(part -> part.become(next.cluster(), text.text()));
        if (changes.touchDatabases()) {
            replaceDatabases(next);
        }
        if (changes.touchAddresses()) {
            replaceAddresses(next);
        }
        admin.become(next.admin().users());
        config = next;
    }

    /** It votes until the others have done without it: fewer alive of more could be too few. */
    private void leave(ShoestringConfig next) {
        LOG.warn(
                "{} is no node of cluster {} any more and ends. Its servers go on running. To make"
                        + " it a node again: put it into the configuration, move {} away, and run"
                        + " 'shoestring join'.",
                name,
                next.cluster().name(),
                config.cluster().directory());
        // The others ask it nothing any more: as long as it decides, or leads, no lease is renewed.
        databases.ifPresent(Databases::retire);
        try {
            for (int i = 0; i < FAREWELL_LOOKS && isVoter(); i++) {
                yieldToOneOf(next.cluster().nodes().keySet());
                Thread.sleep(FAREWELL_LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            LOG.debug("the node ends before it is let go");
        }
        ended.countDown();
    }

    private void yieldToOneOf(Set<NodeName> others) {
        for (NodeName other : others) {
            if (yieldTo(other)) {
                return;
            }
        }
    }

    /** Has another node lead the consensus, if this one does; whether that succeeded. */
    boolean yieldTo(NodeName other) {
        try {
            return store.store().handOver(other.value());
        } catch (ConsensusException e) {
            LOG.debug("{} leads still, or does not", name, e);
            return false;
        }
    }

    private boolean isVoter() {
        return store.voters().filter(it -> it.names().contains(name.value())).isPresent();
    }

    /** The servers go on, and so do their clients: the lease is longer than this takes. */
    private void replaceDatabases(ShoestringConfig next) throws IOException {
        // Whoever asks meanwhile is answered by the old ones, as they were last.
        List<Limit> held = databases.map(Databases::closeForNow).orElse(List.of());
        try {
            databases = Optional.of(open(next));
        } catch (RuntimeException e) {
            LOG.error("the agents could not be made anew", e);
            databases = Optional.of(open(config));
            throw new IOException("the agents could not be made anew: " + e, e);
        } finally {
            databases.ifPresent(it -> it.goOn(held));
        }
    }

    private void closeDatabases() {
        databases.ifPresent(removed ? Databases::close : Databases::closeForNow);
        databases = Optional.empty();
    }

    private void replaceAddresses(ShoestringConfig next) throws IOException {
        if (addresses.isPresent()) {
            addresses.get().become(next.addresses());
        } else {
            addresses = openAddresses(next);
            addresses.ifPresent(this::start);
        }
    }

    private void closeAddresses() {
        addresses.ifPresent(VirtualAddresses::close);
        addresses = Optional.empty();
    }

    // ------------------------------------------------------------------ from outside

    /** Status and commands. */
    public Operations operations() {
        return new Operations() {
            @Override
            public ClusterStatus status() {
                return node().status().with(traffic.orElseThrow().balancers().status());
            }

            @Override
            public Reply switchover(DatabaseName database, Optional<MemberName> to) {
                return node().switchover(database, to);
            }

            @Override
            public Reply switchover(DatabaseName database, SwitchoverOrder order) {
                return node().switchover(database, order);
            }

            @Override
            public Reply restart(DatabaseName database, RestartOrder order) {
                return node().restart(database, order);
            }

            @Override
            public Reply pause(DatabaseName database, boolean paused) {
                return node().pause(database, paused);
            }

            @Override
            public Reply offline(DatabaseName database, MemberName member, boolean offline) {
                return node().offline(database, member, offline);
            }

            @Override
            public Reply moveAddress(AddressName address, Optional<NodeName> to) {
                return AddressDesk.move(addresses, address, to);
            }
        };
    }

    private Node node() {
        return databases.orElseThrow().node();
    }

    /** What happened and was decided. */
    public Events events() {
        return events;
    }

    /** Where the listeners are really bound, in the order of the configuration. */
    public List<Endpoint> listeners() {
        return traffic.orElseThrow().addresses();
    }

    /** Where the API and the page are really bound. */
    public Endpoint admin() {
        return admin.address();
    }

    /** Returns when this machine has been taken out of the cluster. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    private <T extends AutoCloseable> T opened(T resource) {
        started.push(resource);
        return resource;
    }

    /** Stops everything, newest first; the databases go on running. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        while (!started.isEmpty()) {
            AutoCloseable resource = started.pop();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("closing {}: {}", resource.getClass().getSimpleName(), e.toString());
            }
        }
    }
}
