package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.database.LocalMember;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event.Severity;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.SwitchoverOrder;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * One machine of the cluster: the agents of its members, its topology, and, while it holds the
 * seat, the conductor that decides for all.
 *
 * <p>One thread runs the loops of all databases. Looks and actions run beside it and put what they
 * found into its mailbox, which wakes it at once. The node owns its threads only: the store, the
 * members, the channel and the events are closed by whoever opened them, after the node.
 */
public final class Node implements Operations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final long CALM_MILLIS = 500;
    private static final long URGENT_MILLIS = 20;
    private static final long SEAT_MILLIS = 250;
    private static final long COMMAND_MILLIS = 5_000;
    private static final long CLOSE_MILLIS = 5_000;
    private static final int MAILBOX_LIMIT = 10_000;

    /** After this long the others are asked whether they reach the primary's node. */
    private static final long LEAVES_AFTER_NANOS = Duration.ofSeconds(2).toNanos();

    private static final Duration LEAVES_FOR = Duration.ofSeconds(5);
    private static final long LEAVES_EVERY_NANOS = Duration.ofSeconds(30).toNanos();
    private static final Duration FOR_GOOD = Duration.ofDays(365);

    /**
     * Who this node is.
     *
     * @param version of Shoestring
     * @param configuration by which its configuration of now can be told from another's
     * @param addresses of all nodes, this one too
     */
    public record Identity(
            String cluster,
            NodeName node,
            String version,
            Supplier<String> configuration,
            Map<NodeName, String> addresses,
            WallClock timeOfDay) {
        public Identity {
            requireNonNull(cluster, "cluster is null");
            requireNonNull(node, "node is null");
            requireNonNull(version, "version is null");
            requireNonNull(configuration, "configuration is null");
            addresses = Map.copyOf(addresses);
            requireNonNull(timeOfDay, "timeOfDay is null");
        }
    }

    /** A database and those of its members that are on this machine, if any. */
    public record LocalDatabase(DatabaseSpec spec, List<LocalMember> members) {
        public LocalDatabase {
            requireNonNull(spec, "spec is null");
            members = List.copyOf(members);
        }
    }

    /**
     * What the node works with.
     *
     * @param openTransactions how many transactions the proxies here have open on a database's
     *     primary
     * @param listeners the listeners as they are now
     * @param healthyListeners the names of those that can serve now
     * @param addresses the virtual addresses as they are now
     * @param others the other nodes of the cluster
     * @param channel to the other nodes
     * @param power switches a machine off, if there is something that can
     */
    public record Surroundings(
            ControlStore store,
            Events events,
            Clock clock,
            Published<Topology> topology,
            ToIntFunction<DatabaseName> openTransactions,
            Supplier<List<ListenerStatus>> listeners,
            Supplier<List<String>> healthyListeners,
            Supplier<List<AddressStatus>> addresses,
            Set<NodeName> others,
            Channel channel,
            PowerSwitch power) {
        public Surroundings {
            requireNonNull(store, "store is null");
            requireNonNull(events, "events is null");
            requireNonNull(clock, "clock is null");
            requireNonNull(topology, "topology is null");
            requireNonNull(openTransactions, "openTransactions is null");
            requireNonNull(listeners, "listeners is null");
            requireNonNull(healthyListeners, "healthyListeners is null");
            requireNonNull(addresses, "addresses is null");
            others = Set.copyOf(others);
            requireNonNull(channel, "channel is null");
            requireNonNull(power, "power is null");
        }
    }

    private final Identity identity;
    private final Surroundings surroundings;
    private final Map<DatabaseName, DatabaseSpec> specs = new LinkedHashMap<>();
    private final Map<DatabaseName, Agents> agents = new LinkedHashMap<>();
    private final Terms terms = new Terms();
    private final Seat seat;
    private final Topologies topologies;
    private final TopologyFeed feed;
    private final Elsewhere elsewhere;
    private final LeaderDuty leadership;
    private final PowerSwitch power;
    private final RollCall rollCall;
    private final BlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>(MAILBOX_LIMIT);
    private final Thread thread;
    private final Thread seatThread;
    private volatile Optional<Conductor> conductor = Optional.empty();
    private volatile boolean closed;
    private volatile boolean retired;
    private OptionalLong leftNanos = OptionalLong.empty();

    public Node(Identity identity, List<LocalDatabase> databases, Surroundings surroundings) {
        this.identity = requireNonNull(identity, "identity is null");
        this.surroundings = requireNonNull(surroundings, "surroundings is null");
        this.topologies = new Topologies(surroundings.topology());
        this.seat = new Seat(surroundings.store(), surroundings.clock(), identity.node(), terms);
        databases.forEach(this::add);
        this.feed =
                new TopologyFeed(
                        surroundings.channel(),
                        surroundings.clock(),
                        identity.node(),
                        seat::conductor,
                        this::openTransactions,
                        topologies);
        this.elsewhere = new Elsewhere(surroundings.channel(), surroundings.others());
        this.leadership =
                new LeaderDuty(surroundings.store(), surroundings.clock(), elsewhere::whoReaches);
        this.power = new GuardedSwitch(identity.node(), elsewhere, surroundings.power());
        this.rollCall = new RollCall(identity, surroundings, seat::conductor);
        this.thread = Thread.ofPlatform().daemon().name("node").unstarted(this::run);
        this.seatThread = Thread.ofPlatform().daemon().name("seat").unstarted(this::sitUntilClosed);
    }

    /** Begins to look, decide and act; returns at once. */
    public void start() {
        new NodeCalls(
                        () ->
                                new Wire.Present(
                                        identity.version(),
                                        identity.configuration().get(),
                                        surroundings.healthyListeners().get(),
                                        identity.timeOfDay().now()),
                        agents,
                        () -> conductor,
                        this::localStatus,
                        elsewhere::reaches,
                        this::commanded)
                .serve(surroundings.channel());
        agents.values().forEach(Agents::start);
        seatThread.start();
        thread.start();
        feed.start();
        rollCall.start();
        surroundings
                .events()
                .add(
                        Severity.INFO,
                        Optional.empty(),
                        0,
                        "Node %s of cluster %s started (Shoestring %s)."
                                .formatted(
                                        identity.node(), identity.cluster(), identity.version()));
    }

    /** Whether this node decides at this moment. */
    public boolean decides() {
        return conductor.isPresent();
    }

    /** Until when members of this machine may go on if this process does nothing any more. */
    public List<Limit> limits() {
        return agents.values().stream().map(Agents::limit).flatMap(Optional::stream).toList();
    }

    /** Goes on with the leases of a node before this one, in the same process. */
    public void goOn(List<Limit> held) {
        agents.values().forEach(each -> each.goOn(held));
    }

    /**
     * Decides no more from now on, until it is closed: the others do not ask this node anything any
     * more, and somebody who can reach them has to renew their leases.
     */
    public void retire() {
        retired = true;
    }

    /** The listeners that can serve now, of every node that answers, this one too. */
    public Map<NodeName, List<String>> healthyListeners() {
        Map<NodeName, List<String>> all = new HashMap<>(rollCall.listeners());
        all.put(identity.node(), surroundings.healthyListeners().get());
        return all;
    }

    /** The databases as the conductor knows them, wherever it is; the listeners are this node's. */
    @Override
    public ClusterStatus status() {
        Optional<Conductor> here = conductor;
        return here.isPresent() ? status(here.get().status()) : status(databasesElsewhere());
    }

    @Override
    public Reply switchover(DatabaseName database, Optional<MemberName> to) {
        return switchover(database, SwitchoverOrder.now(to));
    }

    @Override
    public Reply switchover(DatabaseName database, SwitchoverOrder order) {
        return command(
                database,
                Wire.SWITCHOVER,
                Wire.OrderedSwitchover.of(database, order),
                loop -> loop.commands().switchover(order, identity.timeOfDay().now()));
    }

    @Override
    public Reply restart(DatabaseName database, RestartOrder order) {
        return command(
                database,
                Wire.RESTART,
                Wire.OrderedRestart.of(database, order),
                loop -> loop.commands().restart(order));
    }

    @Override
    public Reply pause(DatabaseName database, boolean paused) {
        Wire.Command command = new Wire.Command(database.value(), Optional.empty(), paused);
        return command(database, Wire.PAUSE, command, loop -> loop.commands().pause(paused));
    }

    @Override
    public Reply offline(DatabaseName database, MemberName member, boolean offline) {
        Wire.Command command =
                new Wire.Command(database.value(), Optional.of(member.value()), offline);
        return command(
                database, Wire.OFFLINE, command, loop -> loop.commands().offline(member, offline));
    }

    /** Ends the loop, the looks and the actions, within seconds. Servers go on running. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        mailbox.offer(() -> {});
        join(thread);
        rollCall.close();
        feed.close();
        seatThread.interrupt();
        conductor.ifPresent(Conductor::close);
        agents.values().forEach(Agents::close);
        join(seatThread);
        try {
            seat.leave(Duration.ZERO);
        } catch (ConsensusException e) {
            LOG.info("somebody else decides in some seconds: {}", e.getMessage());
        }
    }

    private void add(LocalDatabase database) {
        DatabaseSpec spec = database.spec();
        specs.put(spec.name(), spec);
        boolean alone =
                spec.members().stream()
                        .map(MemberSpec::node)
                        .allMatch(node -> node.equals(identity.node()));
        agents.put(
                spec.name(),
                new Agents(
                        spec.name(),
                        alone,
                        database.members(),
                        surroundings.store(),
                        terms,
                        surroundings.events(),
                        surroundings.clock()));
    }

    private Line line(
            DatabaseSpec database, MemberSpec member, long term, Supplier<OptionalLong> epoch) {
        return Optional.ofNullable(agents.get(database.name()))
                .flatMap(there -> there.agent(member.name()))
                .<Line>map(agent -> new LocalLine(agent, term, epoch))
                .orElseGet(
                        () ->
                                new RemoteLine(
                                        surroundings.channel(),
                                        database.name(),
                                        member,
                                        term,
                                        surroundings.clock(),
                                        epoch));
    }

    private ClusterStatus status(List<DatabaseStatus> databases) {
        return new ClusterStatus(
                identity.cluster(),
                identity.node().value(),
                identity.version(),
                surroundings.topology().get().version(),
                databases,
                surroundings.listeners().get(),
                surroundings.addresses().get(),
                List.of(),
                rollCall.nodes());
    }

    /** For a node elsewhere: only what is decided here counts. */
    private Optional<ClusterStatus> localStatus() {
        return conductor.map(here -> status(here.status()));
    }

    private List<DatabaseStatus> databasesElsewhere() {
        Optional<NodeName> whom = seat.conductor().filter(node -> !node.equals(identity.node()));
        Optional<ClusterStatus> answer = whom.flatMap(elsewhere::status);
        if (answer.isPresent()) {
            return answer.get().databases();
        }
        String why = surroundings.others().isEmpty() ? StatusOf.STARTING : elsewhere.whyNobody();
        return specs.values().stream().map(spec -> StatusOf.unknown(spec, why)).toList();
    }

    private Map<String, Integer> openTransactions() {
        Map<String, Integer> open = new HashMap<>();
        for (DatabaseName name : specs.keySet()) {
            open.put(name.value(), surroundings.openTransactions().applyAsInt(name));
        }
        return open;
    }

    private Reply command(
            DatabaseName database, String path, Object command, Function<DatabaseLoop, Reply> how) {
        if (!specs.containsKey(database)) {
            return refused(
                    "There is no database "
                            + database
                            + "; there are: "
                            + String.join(
                                    ", ", specs.keySet().stream().map(DatabaseName::value).toList())
                            + ".");
        }
        if (conductor.isPresent() || surroundings.others().isEmpty()) {
            return await(database, how);
        }
        return seat.conductor()
                .filter(node -> !node.equals(identity.node()))
                .map(node -> elsewhere.command(node, path, command))
                .orElseGet(() -> refused(elsewhere.whyNobody()));
    }

    /** A command that came over the network: carried out here, or not at all. */
    private Reply commanded(DatabaseName database, Function<DatabaseLoop, Reply> how) {
        return conductor.isPresent()
                ? await(database, how)
                : refused("This node does not decide any more; try again.");
    }

    private Reply await(DatabaseName database, Function<DatabaseLoop, Reply> how) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        post(
                () ->
                        reply.complete(
                                conductor
                                        .flatMap(here -> here.loop(database))
                                        .map(how)
                                        .orElseGet(
                                                () ->
                                                        refused(
                                                                "Nobody decides at this moment;"
                                                                        + " try again."))));
        return await(reply);
    }

    private static Reply await(CompletableFuture<Reply> reply) {
        try {
            return reply.get(COMMAND_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return refused(
                    "The node did not answer within 5 s, so it is unknown whether the command was"
                            + " written down; look at the status before you try again.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused("The node is stopping.");
        }
    }

    private static Reply refused(String sentence) {
        return new Reply(false, sentence, "");
    }

    /** Waits while the mailbox is full: whoever looks too fast is slowed down, nothing is lost. */
    private void post(Runnable message) {
        if (closed) {
            return;
        }
        try {
            mailbox.put(message);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            try {
                handleMail();
                conduct();
                conductor.ifPresent(Conductor::step);
                conductor.ifPresent(it -> it.due(identity.timeOfDay().now()));
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("the loop met an error that should not occur; it goes on", e);
            }
        }
    }

    private void handleMail() throws InterruptedException {
        boolean urgent = conductor.map(Conductor::urgent).orElse(false);
        Runnable message =
                mailbox.poll(urgent ? URGENT_MILLIS : CALM_MILLIS, TimeUnit.MILLISECONDS);
        while (message != null) {
            message.run();
            message = mailbox.poll();
        }
    }

    /** Begins or ends a term. */
    private void conduct() {
        OptionalLong term = seat.term();
        Optional<Conductor> before = conductor;
        if (before.isPresent() && !term.equals(OptionalLong.of(before.get().term()))) {
            conductor = Optional.empty();
            Thread.ofVirtual().name("term-end").start(before.get()::close);
            told("Node " + identity.node() + " does not decide any more.");
        }
        if (conductor.isEmpty() && term.isPresent() && !closed) {
            Conductor next =
                    new Conductor(
                            term.getAsLong(),
                            List.copyOf(specs.values()),
                            surroundings.others(),
                            this::line,
                            power,
                            surroundings,
                            topologies,
                            this::post);
            conductor = Optional.of(next);
            next.open();
            told("Node " + identity.node() + " decides from now on, in term " + next.term() + ".");
        }
    }

    /** Alone there is nobody else who could. */
    private void told(String sentence) {
        if (!surroundings.others().isEmpty()) {
            surroundings.events().add(Severity.INFO, Optional.empty(), 0, sentence);
        }
    }

    private void sitUntilClosed() {
        String trouble = "";
        while (!closed) {
            try {
                boolean had = seat.term().isPresent();
                sit();
                trouble = "";
                if (had != seat.term().isPresent()) {
                    post(() -> {});
                }
                Thread.sleep(SEAT_MILLIS);
            } catch (ConsensusException e) {
                String message = String.valueOf(e.getMessage());
                if (!message.equals(trouble)) {
                    LOG.warn("it is not known who decides: {}", message);
                }
                trouble = message;
                closed |= !slept();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void sit() throws ConsensusException {
        if (retired) {
            seat.leave(FOR_GOOD);
        } else {
            seat.step();
            leaveIfBlind();
            leadership.yieldIfDeaf();
        }
    }

    private static boolean slept() {
        try {
            Thread.sleep(SEAT_MILLIS);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    /** A primary that we cannot reach, but another node can: that one is to decide then. */
    private void leaveIfBlind() throws ConsensusException {
        long now = surroundings.clock().nanos();
        boolean lately = leftNanos.isPresent() && now - leftNanos.getAsLong() < LEAVES_EVERY_NANOS;
        Optional<NodeName> away = conductor.flatMap(it -> it.awayPrimary(LEAVES_AFTER_NANOS));
        if (away.isPresent()
                && !lately
                && elsewhere.whoReaches(away.stream().toList()).isPresent()) {
            leftNanos = OptionalLong.of(now);
            told("Another node shall decide: this one cannot reach the primary's.");
            seat.leave(LEAVES_FOR);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
