package io.shoestring.simulation;

import static java.util.Objects.requireNonNull;

import io.shoestring.consensus.Command;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Protection;
import io.shoestring.node.RecordFormat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One run: three servers, one node or three, clients that write all the time, and faults by chance.
 * After the faults it has to come to rest.
 *
 * <p>Every third seed has everything on one machine; in the others each node has one server, or, if
 * there are two servers, the third node only votes. Every second seed has a fence command. In every
 * seventh an operator has the servers restarted one after the other. In every eleventh the third
 * server applies the log later on purpose, or gets it from the second while both are replicas.
 */
final class Simulation {
    private static final long START_MILLIS = 10_000;
    private static final long FAULTS_MILLIS = 45_000;
    private static final long SETTLE_MILLIS = 60_000;
    private static final String RECORD = SimulatedStore.LEASE + "/record";

    /** A proxy's message on its way, and the event loop that sends it. */
    private static final long SLACK_NANOS = 30_000_000L;

    private final World world;
    private final DatabaseSpec spec;
    private final Network network;
    private final Servers servers;
    private final Oracle oracle;
    private final SimulatedStore store;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final Faults faults;
    private final boolean twoMembers;
    private final boolean oneMachine;
    private final boolean fenceable;
    private final boolean restarts;
    private final boolean delays;
    private final boolean cascades;
    private Optional<SimulatedNode> leader = Optional.empty();
    private long nextWrite = 1;

    Simulation(long seed, Weakness weakness) {
        this.world = new World(seed);
        this.twoMembers = seed % 4 == 0;
        this.oneMachine = seed % 3 == 0;
        this.fenceable = seed % 2 == 1;
        this.restarts = seed % 7 == 0;
        this.delays = seed % 11 == 6;
        this.cascades = seed % 11 == 7;
        this.spec = spec(protection(seed));
        this.network = new Network(world);
        this.servers = new Servers(spec, world, network);
        this.oracle = new Oracle(spec, world, servers);
        this.store = new SimulatedStore(world, !weakness.leasesLast(), this::applied);
        var cluster =
                new SimulatedNode.Cluster(
                        world,
                        network,
                        spec,
                        servers,
                        store,
                        weakness,
                        nodes,
                        oracle::published,
                        action -> began(action));
        this.faults = new Faults(world, network, servers, store, nodes, this::record);
        List<String> names = oneMachine ? List.of("n1") : List.of("n1", "n2", "n3");
        for (String name : names) {
            double rate = oneMachine ? 1 : 1 + world.between(-240, 240) / 10_000.0;
            nodes.add(
                    new SimulatedNode(
                            new NodeName(name),
                            cluster,
                            rate,
                            world.between(0, 1_000_000) * 1_000_000L));
        }
    }

    /** Runs it all; throws an {@code AssertionError} if a promise is broken. */
    void run() {
        servers.all().getFirst().create();
        nodes.forEach(SimulatedNode::start);
        servers.all().forEach(this::pump);
        expire();
        nodes.forEach(this::write);
        world.runMillis(START_MILLIS);
        faults.begin(restarts);
        world.runMillis(FAULTS_MILLIS);
        faults.end();
        world.runMillis(SETTLE_MILLIS);
        nodes.forEach(node -> oracle.settled(node.topology(), record().orElseThrow()));
    }

    String story() {
        return world.story();
    }

    int acknowledged() {
        return oracle.acknowledgedCount();
    }

    private static Protection protection(long seed) {
        if (seed % 5 == 0) {
            return Protection.PERFORMANCE;
        }
        return Set.of(2L, 7L, 8L, 13L).contains(seed % 20)
                ? Protection.MAXIMUM
                : Protection.AVAILABILITY;
    }

    private DatabaseSpec spec(Protection protection) {
        List<String> names = twoMembers ? List.of("a", "b") : List.of("a", "b", "c");
        return new DatabaseSpec(
                new DatabaseName("shop"),
                protection,
                names.stream()
                        .map(
                                name ->
                                        new MemberSpec(
                                                new MemberName(name),
                                                home(names.indexOf(name)),
                                                new Endpoint(
                                                        "127.0.0.1", 5433 + names.indexOf(name)),
                                                isDelayed(name) ? 0 : 1,
                                                isDelayed(name)
                                                        ? Optional.of(new Delay(3_600))
                                                        : Optional.empty(),
                                                cascades && name.equals("c")
                                                        ? Optional.of(new MemberName("b"))
                                                        : Optional.empty()))
                        .toList(),
                fenceable);
    }

    private boolean isDelayed(String name) {
        return delays && name.equals("c");
    }

    private NodeName home(int index) {
        return new NodeName(oneMachine ? "n1" : "n" + (index + 1));
    }

    private void began(Action.ByAgent action) {
        faults.began(action);
    }

    private Optional<DatabaseRecord> record() {
        return store.state().get(RECORD).map(entry -> RecordFormat.read(entry.value()));
    }

    private void applied(Command command) {
        if (command instanceof Command.Put put && put.puts().containsKey(RECORD)) {
            DatabaseRecord before = record().orElse(DatabaseRecord.initial());
            oracle.remembered(before, RecordFormat.read(requireNonNull(put.puts().get(RECORD))));
        }
    }

    private void pump(Server server) {
        server.pump();
        world.afterMillis(world.between(6, 50), () -> pump(server));
    }

    /** Whoever leads counts the time of leases, on its own clock, from when it became leader. */
    private void expire() {
        if (leader.filter(SimulatedNode::canLead).isEmpty()) {
            leader = nodes.stream().filter(SimulatedNode::canLead).findFirst();
            leader.ifPresent(node -> store.ledBy(node.clock));
        }
        if (leader.isPresent()) {
            store.expire();
        }
        world.afterMillis(100, this::expire);
    }

    /** The proxy's rules: a primary, no hold, before the deadline. */
    private void write(SimulatedNode node) {
        world.afterMillis((long) world.between(8, 50) * nodes.size(), () -> write(node));
        DatabaseTopology now = node.topology();
        if (!node.alive()
                || now.primary().isEmpty()
                || now.holdWrites()
                || node.clock.nanos() >= now.leaseDeadlineNanos()
                || node.openWrites() > 50) {
            return;
        }
        long id = nextWrite++;
        node.opened(1);
        boolean[] over = new boolean[1];
        int born = node.life();
        Runnable end =
                () -> {
                    if (!over[0] && node.life() == born) {
                        over[0] = true;
                        node.opened(-1);
                    }
                };
        MemberName to = now.primary().orElseThrow().name();
        Server server = servers.of(to);
        NodeName there = server.spec.node();
        int connected = server.life();
        if (network.linked(node.name, there)) {
            world.afterMillis(
                    network.delayMillis(node.name, there),
                    () -> {
                        // A connection ends with the process that it was made to.
                        if (server.life() == connected) {
                            arrive(node, now, id, end);
                        }
                    });
        }
        world.afterMillis(10_000, end);
    }

    private void arrive(SimulatedNode node, DatabaseTopology sentUnder, long id, Runnable end) {
        MemberName member = sentUnder.primary().orElseThrow().name();
        Server server = servers.of(member);
        if (!server.primary()) {
            end.run();
            return;
        }
        boolean late = node.clock.nanos() > sentUnder.leaseDeadlineNanos() + SLACK_NANOS;
        boolean[] stray = new boolean[1];
        server.write(
                id,
                () -> {
                    stray[0] = stray(server, sentUnder);
                    accepted(server, sentUnder, late);
                },
                () -> {
                    if (!stray[0]) {
                        oracle.acknowledged(id);
                    }
                    end.run();
                });
    }

    /**
     * Whoever starts a server by hand, elsewhere, in the moment after its death, may find a proxy
     * that has not heard of it: the one thing that a released lease cannot prevent.
     */
    private boolean stray(Server server, DatabaseTopology sentUnder) {
        Lease lease = new Lease(sentUnder.epoch(), server.name());
        return !oneMachine && server.byHand() && !store.newestGrant().equals(Optional.of(lease));
    }

    private void accepted(Server server, DatabaseTopology sentUnder, boolean late) {
        if (oneMachine || !server.byHand()) {
            oracle.accepted(server.name(), sentUnder, store.newestGrant(), late);
        }
    }
}
