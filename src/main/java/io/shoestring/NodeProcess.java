package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.address.VirtualAddresses;
import io.shoestring.admin.AdminServer;
import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.config.ListenerConfig;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.database.LocalMember;
import io.shoestring.database.postgresql.PostgresMember;
import io.shoestring.database.postgresql.ReplayPoller;
import io.shoestring.database.postgresql.RolePasswords;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.EventLog;
import io.shoestring.monitoring.EventQueue;
import io.shoestring.monitoring.Events;
import io.shoestring.network.BindFailedException;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsException;
import io.shoestring.node.Channel;
import io.shoestring.node.Node;
import io.shoestring.node.Operations;
import io.shoestring.proxy.Listener;
import io.shoestring.proxy.http.HttpListener;
import io.shoestring.proxy.postgresql.FreshnessBoard;
import io.shoestring.proxy.postgresql.PostgresListener;
import io.shoestring.proxy.postgresql.RolePasswordSource;
import io.shoestring.proxy.tcp.TcpListener;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A whole node: everything is made here, by constructors, and stopped in the reverse order.
 *
 * <pre>
 *   members ─► node ─► topology ─► listeners        consensus, events: under all of them; admin: above
 *                              └─► addresses
 * </pre>
 */
public final class NodeProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

    private final ShoestringConfig config;
    private final NodeName name;
    private final Path file;
    private final Clock clock = Clock.system();
    private final Published<Topology> topology = new Published<>(new Topology(0, Map.of()));
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Map<DatabaseName, FreshnessBoard> freshness = new HashMap<>();
    private final Map<DatabaseName, RolePasswords> passwords = new HashMap<>();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final Optional<ClusterMembership> membership;
    private final EventLog events;
    private final Optional<VirtualAddresses> addresses;
    private final Node node;
    private final EventLoops loops;
    private final BalancerDesk balancers;
    private final AdminServer admin;

    private NodeProcess(ShoestringConfig config, NodeName name, Path file) throws Exception {
        this.config = requireNonNull(config, "config is null");
        this.name = requireNonNull(name, "name is null");
        this.file = requireNonNull(file, "file is null");
        try {
            Files.createDirectories(config.cluster().directory());
            membership = ClusterMembership.start(config, name, file);
            membership.ifPresent(this::opened);
            events = opened(EventLog.open(config.cluster().directory(), WallClock.system()));
            addresses = openAddresses();
            node = startNode();
            loops = opened(new EventLoops(Runtime.getRuntime().availableProcessors()));
            balancers = startBalancers();
            startListeners();
            admin = startAdmin();
            // Last, so that they are the first to go: nobody is led to a node that ends.
            addresses.ifPresent(this::startAddresses);
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    /**
     * Starts the node {@code name} of a configuration; returns when its addresses are bound, while
     * the databases may still be on their way.
     *
     * @param file that the configuration was read from; a machine that joins gets a copy
     * @throws Exception whose message tells the operator what is wrong; nothing is left running
     *     then
     */
    public static NodeProcess start(ShoestringConfig config, NodeName name, Path file)
            throws Exception {
        return new NodeProcess(config, name, file);
    }

    private Node startNode() throws Exception {
        ControlStore store = openStore();
        List<Node.LocalDatabase> databases = new ArrayList<>();
        for (DatabaseConfig database : config.databases().values()) {
            databases.add(open(database));
        }
        Node made =
                new Node(
                        new Node.Identity(
                                config.cluster().name(),
                                name,
                                Version.text(),
                                fingerprint(),
                                config.cluster().nodes()),
                        databases,
                        new Node.Surroundings(
                                store,
                                events,
                                clock,
                                topology,
                                this::openTransactions,
                                this::listenerStatus,
                                this::addressStatus,
                                others(),
                                membership
                                        .<Channel>map(part -> new NodeLines(part.channel()))
                                        .orElse(Channel.none())));
        made.start();
        return opened(made);
    }

    private ControlStore openStore() throws IOException, ConsensusException {
        StoreOpening.Opened store = new StoreOpening(config, name, clock).open(membership);
        opened(store.store());
        store.before().forEach(this::opened);
        return store.store();
    }

    /** By which this node's file can be told from another's; a node that is alone needs none. */
    private String fingerprint() throws IOException, NoSuchAlgorithmException {
        if (others().isEmpty()) {
            return "";
        }
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        return HexFormat.of().formatHex(digest);
    }

    private Set<NodeName> others() {
        Set<NodeName> others = new LinkedHashSet<>(config.cluster().nodes().keySet());
        others.remove(name);
        return others;
    }

    private Node.LocalDatabase open(DatabaseConfig database) {
        List<LocalMember> members = new ArrayList<>();
        for (DatabaseConfig.Member member : database.members().values()) {
            if (member.node().equals(name)) {
                String address = requireNonNull(config.cluster().nodes().get(name), "unknown node");
                members.add(
                        opened(
                                new PostgresMember(
                                        database, member, address, clock, WallClock.system())));
            }
        }
        FreshnessBoard board = new FreshnessBoard(clock);
        freshness.put(database.name(), board);
        DatabaseSpec spec = database.spec(config.cluster().nodes());
        passwords.put(
                database.name(),
                opened(new RolePasswords(spec, topology, database.superuser(), clock)));
        startPoller(database, board);
        return new Node.LocalDatabase(spec, members);
    }

    private void startPoller(DatabaseConfig database, FreshnessBoard board) {
        var listener =
                new ReplayPoller.Listener() {
                    @Override
                    public void applied(MemberName member, long instantNanos) {
                        board.applied(member, instantNanos);
                    }

                    @Override
                    public void forgotten(MemberName member) {
                        board.forgotten(member);
                    }
                };
        opened(
                        new ReplayPoller(
                                database.name(),
                                topology,
                                database.superuser(),
                                clock,
                                listener,
                                board::wanted))
                .start();
    }

    private BalancerDesk startBalancers() {
        EventQueue queue = opened(new EventQueue(events));
        return opened(new BalancerDesk(config, loops, clock, queue));
    }

    private void startListeners() throws BindFailedException, TlsException, IOException {
        for (ListenerConfig listener : config.listeners().values()) {
            Listener open = opened(open(listener));
            listeners.add(open);
            LOG.info("listener {}: {}", listener.name(), open.address());
        }
    }

    private Listener open(ListenerConfig listener)
            throws BindFailedException, TlsException, IOException {
        return switch (listener) {
            case PostgresListenerConfig sql ->
                    PostgresListener.open(
                            sql,
                            loops,
                            clock,
                            topology,
                            requireNonNull(freshness.get(sql.database()), "unknown database"),
                            this::findPassword);
            case HttpListenerConfig http ->
                    HttpListener.open(http, balancers.backends()::get, loops, clock);
            case TcpListenerConfig tcp ->
                    TcpListener.open(tcp, balancers.backends()::get, loops, clock);
        };
    }

    private AdminServer startAdmin() throws IOException {
        AdminServer server =
                opened(
                        new AdminServer(
                                config.admin(), operations(), balancers, events, Version.text()));
        server.start();
        LOG.info("page: {}", server.loginLink());
        return server;
    }

    private void findPassword(
            DatabaseName database,
            String role,
            java.util.function.Consumer<RolePasswordSource.Answer> answer) {
        RolePasswords source = requireNonNull(passwords.get(database), "unknown database");
        Thread.ofVirtual()
                .name("role-password")
                .start(() -> answer.accept(answerOf(source.find(role))));
    }

    private static RolePasswordSource.Answer answerOf(RolePasswords.Answer found) {
        return switch (found) {
            case RolePasswords.Answer.Found stored ->
                    new RolePasswordSource.Answer.Stored(stored.storedPassword());
            case RolePasswords.Answer.NoPassword _ -> new RolePasswordSource.Answer.None();
            case RolePasswords.Answer.NoSuchRole _ -> new RolePasswordSource.Answer.None();
            case RolePasswords.Answer.Unavailable nobody ->
                    new RolePasswordSource.Answer.Unavailable(nobody.sentence());
        };
    }

    private int openTransactions(DatabaseName database) {
        return listeners.stream()
                .filter(PostgresListener.class::isInstance)
                .map(PostgresListener.class::cast)
                .filter(listener -> listener.database().equals(database))
                .mapToInt(PostgresListener::openTransactions)
                .sum();
    }

    private List<ListenerStatus> listenerStatus() {
        return listeners.stream().map(Listener::status).toList();
    }

    private Optional<VirtualAddresses> openAddresses() throws IOException {
        return config.addresses().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        VirtualAddresses.open(
                                name,
                                config.addresses(),
                                clock,
                                topology,
                                events,
                                config.cluster().directory()));
    }

    private void startAddresses(VirtualAddresses made) {
        opened(made).start();
    }

    private List<AddressStatus> addressStatus() {
        return addresses.map(VirtualAddresses::status).orElse(List.of());
    }

    /** Status and commands. */
    public Operations operations() {
        return new Operations() {
            @Override
            public ClusterStatus status() {
                return node.status().with(balancers.status());
            }

            @Override
            public Reply switchover(DatabaseName database, Optional<MemberName> to) {
                return node.switchover(database, to);
            }

            @Override
            public Reply pause(DatabaseName database, boolean paused) {
                return node.pause(database, paused);
            }
        };
    }

    /** What happened and was decided. */
    public Events events() {
        return events;
    }

    /** Where the listeners are really bound, in the order of the configuration. */
    public List<Endpoint> listeners() {
        return listeners.stream().map(Listener::address).toList();
    }

    /** Where the API and the page are really bound. */
    public Endpoint admin() {
        return admin.address();
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
