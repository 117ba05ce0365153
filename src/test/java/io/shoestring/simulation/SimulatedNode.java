package io.shoestring.simulation;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.node.LeaseDuty;
import io.shoestring.node.Seat;
import io.shoestring.node.Terms;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One machine's process on virtual time and its own clock: agents, seat, proxy, and, in its terms,
 * the real loop. It can be frozen, crash, and be cut off.
 */
final class SimulatedNode implements SimulatedStore.Caller, Script.Gate {
    private static final long LEAVES_AFTER_NANOS = 3_000_000_000L;
    private static final long LEAVES_EVERY_MILLIS = 30_000;

    /** What all nodes have in common. */
    record Cluster(
            World world,
            Network network,
            DatabaseSpec spec,
            Servers servers,
            SimulatedStore store,
            Weakness weakness,
            List<SimulatedNode> nodes,
            Consumer<DatabaseTopology> published,
            Consumer<io.shoestring.model.Action.ByAgent> began) {
        SimulatedNode node(NodeName name) {
            return nodes.stream().filter(it -> it.name.equals(name)).findFirst().orElseThrow();
        }
    }

    /** A clock with a rate and an origin of its own. */
    private record OwnClock(World world, double rate, long originNanos) implements Clock {
        @Override
        public long nanos() {
            return originNanos + (long) (world.nanos() * rate);
        }
    }

    final NodeName name;
    final Cluster cluster;
    final Clock clock;
    private final World world;
    private final ControlStore store;
    private final boolean alone;
    private final Map<MemberName, SimulatedAgent> agents = new HashMap<>();
    private Terms terms = new Terms();
    private Optional<Seat> seat = Optional.empty();
    private Optional<SimulatedTerm> term = Optional.empty();
    private DatabaseTopology topology;
    private long feedTerm;
    private long feedVersion;
    private final List<Runnable> parked = new ArrayList<>();
    private int openWrites;
    private int life;
    private int inside;
    private boolean up;
    private boolean faulty;
    private boolean full;
    private long stalledUntilMillis;
    private long frozenUntilMillis;
    private final SimulatedDeadman deadman;
    private long leftMillis = -LEAVES_EVERY_MILLIS;

    SimulatedNode(NodeName name, Cluster cluster, double rate, long originNanos) {
        this.name = name;
        this.cluster = cluster;
        this.world = cluster.world();
        this.clock = new OwnClock(world, rate, originNanos);
        this.store = cluster.store().from(this);
        this.topology = DatabaseTopology.unknown(database());
        Set<NodeName> homes =
                cluster.spec().members().stream().map(MemberSpec::node).collect(Collectors.toSet());
        this.alone = homes.size() == 1;
        this.deadman = new SimulatedDeadman(cluster, clock, this::frozen);
        deadman.watch();
    }

    private DatabaseName database() {
        return cluster.spec().name();
    }

    boolean up() {
        return up;
    }

    boolean alive() {
        return up && !stalled();
    }

    boolean stalled() {
        return world.millis() < stalledUntilMillis;
    }

    boolean faulty() {
        return faulty;
    }

    void faulty(boolean on) {
        faulty = on;
    }

    int life() {
        return life;
    }

    ControlStore store() {
        return store;
    }

    Optional<SimulatedTerm> term() {
        return term;
    }

    DatabaseTopology topology() {
        return topology;
    }

    int openWrites() {
        return openWrites;
    }

    void opened(int change) {
        openWrites += change;
    }

    Optional<SimulatedAgent> agent(MemberName member) {
        return Optional.ofNullable(agents.get(member));
    }

    void start() {
        up = true;
        life++;
        int born = life;
        terms = new Terms();
        seat = Optional.of(new Seat(store, clock, name, terms));
        LeaseDuty duty = new LeaseDuty(store, clock, database());
        agents.clear();
        cluster.spec().members().stream()
                .filter(member -> member.node().equals(name))
                .forEach(
                        member ->
                                agents.put(
                                        member.name(),
                                        new SimulatedAgent(this, member.name(), duty, terms)));
        every(born, 250, this::sit);
        every(born, 200, () -> renew(duty));
        every(born, 50, () -> guard(duty));
        deadman.begin();
        if (!alone && cluster.weakness().deadman()) {
            every(born, 50, () -> deadman.hear(duty, agents.keySet()));
        }
        feed(born);
        tick(born);
    }

    void crash() {
        if (up) {
            world.trace("NODE " + name + " crashes");
            down(world.between(500, 4_000));
        }
    }

    /** The whole machine. */
    void lose(long millis) {
        world.trace("MACHINE " + name + " is lost for " + millis + " ms");
        agents.keySet().forEach(member -> cluster.servers().of(member).kill());
        deadman.forget();
        down(millis);
    }

    private void down(long millis) {
        up = false;
        life++;
        parked.clear();
        openWrites = 0;
        feedTerm = 0;
        term = Optional.empty();
        topology = DatabaseTopology.unknown(database());
        int dead = life;
        world.afterMillis(
                millis,
                () -> {
                    if (!up && life == dead) {
                        start();
                    }
                });
    }

    void stall(long millis) {
        world.trace("NODE " + name + " stalls for " + millis + " ms");
        stalledUntilMillis = Math.max(stalledUntilMillis, world.millis() + millis);
        world.afterMillis(millis, this::goOn);
    }

    /** What came while it was frozen happens now, in whatever order. */
    private void goOn() {
        if (!stalled()) {
            List<Runnable> late = List.copyOf(parked);
            parked.clear();
            late.forEach(what -> world.afterMillis(world.between(0, 20), what));
        }
    }

    /** The node and everything else on its machine. */
    void freeze(int millis) {
        stall(millis);
        frozenUntilMillis = Math.max(frozenUntilMillis, world.millis() + millis);
        agents.keySet()
                .forEach(
                        member -> {
                            Server server = cluster.servers().of(member);
                            server.pause();
                            world.afterMillis(millis, () -> resume(server));
                        });
    }

    boolean frozen() {
        return world.millis() < frozenUntilMillis;
    }

    /** A server goes on, unless its whole machine is frozen. */
    void resume(Server server) {
        if (!frozen()) {
            server.resume();
        }
    }

    /** A frozen machine goes on at this moment. */
    void thaw() {
        if (stalled() && inside == 0) {
            world.trace("NODE " + name + " thaws");
            stalledUntilMillis = world.millis();
            goOn();
        }
        frozenUntilMillis = world.millis();
        agents.keySet().forEach(member -> cluster.servers().of(member).resume());
    }

    @Override
    public boolean withMajority() {
        long reached = cluster.nodes().stream().filter(this::votesWith).count();
        return reached * 2 > cluster.nodes().size();
    }

    private boolean votesWith(SimulatedNode other) {
        return !other.full
                && (other == this || (other.alive() && cluster.network().linked(name, other.name)));
    }

    /** Whether it may be the leader of consensus. */
    boolean canLead() {
        return alive() && !full && withMajority();
    }

    /** Its disk takes no more: consensus has one voter less. */
    void full(boolean on) {
        full = on;
    }

    @Override
    public void freezeInside() {
        if (inside > 0 || stalled()) {
            return;
        }
        int born = life;
        inside++;
        int millis = world.between(300, 14_000);
        stall(millis);
        world.runMillis(millis);
        inside--;
        if (life != born) {
            throw new SimulatedStore.NodeCrash();
        }
    }

    @Override
    public int between(int low, int high) {
        return world.between(low, high);
    }

    @Override
    public void afterMillis(long millis, Runnable what) {
        int born = life;
        world.afterMillis(millis, () -> at(born, what));
    }

    /**
     * Does it in this life, when it is not frozen; a crash in the middle is a crash of the node.
     */
    void at(int born, Runnable what) {
        if (life != born) {
            return;
        }
        if (stalled()) {
            parked.add(() -> at(born, what));
            return;
        }
        try {
            what.run();
        } catch (SimulatedStore.NodeCrash e) {
            if (life == born) {
                crash();
            }
        }
    }

    /**
     * Asks another node, or this one. One of the two is called, unless this node ends before.
     *
     * @param question what the other does, with where to put its answer
     */
    <R> void call(
            SimulatedNode to,
            long atMostMillis,
            Consumer<Consumer<R>> question,
            Consumer<R> answered,
            Runnable failed) {
        int born = life;
        boolean[] over = new boolean[1];
        Consumer<R> answer =
                it ->
                        cluster.network()
                                .send(
                                        to.name,
                                        name,
                                        () ->
                                                at(
                                                        born,
                                                        () ->
                                                                once(
                                                                        over,
                                                                        () ->
                                                                                answered.accept(
                                                                                        it))));
        cluster.network().send(name, to.name, () -> to.arrived(() -> question.accept(answer)));
        world.afterMillis(atMostMillis, () -> at(born, () -> once(over, failed)));
    }

    /** A message has come over the network. */
    void arrived(Runnable message) {
        if (up) {
            at(life, message);
        }
    }

    private static void once(boolean[] over, Runnable what) {
        if (!over[0]) {
            over[0] = true;
            what.run();
        }
    }

    private void every(int born, int millis, Runnable what) {
        at(
                born,
                () -> {
                    what.run();
                    afterMillis(
                            world.between(millis - 10, millis + 10),
                            () -> every(born, millis, what));
                });
    }

    private interface Asking {
        void ask() throws ConsensusException;
    }

    private void tried(Asking what) {
        try {
            what.ask();
        } catch (ConsensusException e) {
            // It is tried again.
        }
    }

    private void sit() {
        Seat sitting = seat.orElseThrow();
        tried(sitting::step);
        // A real node asks first whether another one reaches the primary; leaving more often harms
        // nothing, but for a fence it would leave no time.
        Optional<MemberName> away = term.flatMap(it -> it.loop().awayPrimary(LEAVES_AFTER_NANOS));
        if (away.isPresent()
                && cluster.nodes().size() > 2
                && world.millis() - leftMillis > LEAVES_EVERY_MILLIS
                && (!cluster.spec().fenceable()
                        || SimulatedFence.isReached(this, home(away.get())))) {
            leftMillis = world.millis();
            world.trace("NODE " + name + " leaves the seat");
            tried(() -> sitting.leave(Duration.ofSeconds(5)));
        }
        conduct();
    }

    private SimulatedNode home(MemberName member) {
        return cluster.node(cluster.spec().member(member).orElseThrow().node());
    }

    private void conduct() {
        OptionalLong now = seat.orElseThrow().term();
        if (term.isPresent() && !now.equals(OptionalLong.of(term.get().number()))) {
            world.trace("NODE " + name + " does not decide any more");
            term = Optional.empty();
        }
        if (term.isEmpty() && now.isPresent()) {
            world.trace("NODE " + name + " decides in term " + now.getAsLong());
            SimulatedTerm next = new SimulatedTerm(this, now.getAsLong());
            term = Optional.of(next);
            next.begin();
        }
    }

    private void tick(int born) {
        at(
                born,
                () -> {
                    conduct();
                    term.ifPresent(SimulatedTerm::tick);
                    boolean urgent = term.map(it -> it.loop().urgent()).orElse(false);
                    afterMillis(urgent ? 20 : 250, () -> tick(born));
                });
    }

    private void renew(LeaseDuty duty) {
        tried(duty::step);
    }

    private void guard(LeaseDuty duty) {
        if (alone || !cluster.weakness().holderStops()) {
            return;
        }
        duty.overdue().flatMap(this::agent).ifPresent(SimulatedAgent::stopNow);
    }

    /** What this node's conductor published. */
    void publish(DatabaseTopology next, long version, long number) {
        topology = next;
        feedTerm = number;
        feedVersion = version;
        cluster.published().accept(next);
    }

    private void feed(int born) {
        if (life != born) {
            return;
        }
        Optional<NodeName> whom = seat.flatMap(Seat::conductor).filter(node -> !node.equals(name));
        Runnable again = () -> world.afterMillis(world.between(20, 320), () -> feed(born));
        if (whom.isEmpty()) {
            again.run();
            return;
        }
        SimulatedNode other = cluster.node(whom.get());
        long sent = clock.nanos();
        long knownTerm = feedTerm;
        long knownVersion = feedVersion;
        int open = openWrites;
        this.<SimulatedTerm.Part>call(
                other,
                1_500,
                answer ->
                        other.term()
                                .ifPresent(
                                        it -> it.told(name, knownTerm, knownVersion, open, answer)),
                part -> {
                    heard(part, sent);
                    again.run();
                },
                again);
    }

    private void heard(SimulatedTerm.Part part, long sent) {
        if (part.term() < feedTerm) {
            return;
        }
        feedTerm = part.term();
        feedVersion = part.version();
        topology = part.with(sent + part.remainingNanos());
    }
}
