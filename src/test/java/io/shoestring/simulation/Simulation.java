package io.shoestring.simulation;

import static java.util.Objects.requireNonNull;

import io.shoestring.consensus.Command;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Protection;
import io.shoestring.node.DatabaseLoop;
import io.shoestring.node.Operations;
import io.shoestring.node.RecordFormat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One run: three servers, one node or three, clients that write all the time, and faults by chance.
 * After the faults it has to come to rest.
 *
 * <p>Every third seed has everything on one machine; in the others each node has one server, or, if
 * there are two servers, the third node only votes.
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
    private final boolean twoMembers;
    private final boolean oneMachine;
    private Optional<SimulatedNode> leader = Optional.empty();
    private long nextWrite = 1;
    private boolean faulty;

    Simulation(long seed, Weakness weakness) {
        this.world = new World(seed);
        this.twoMembers = seed % 4 == 0;
        this.oneMachine = seed % 3 == 0;
        this.spec = spec(seed % 5 == 0 ? Protection.PERFORMANCE : Protection.AVAILABILITY);
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
                        this::began);
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
        faults(true);
        fault();
        world.runMillis(FAULTS_MILLIS);
        faults(false);
        world.trace("FAULTS end");
        network.heal();
        servers.all().forEach(Server::resume);
        resumeOften();
        world.runMillis(SETTLE_MILLIS);
        nodes.forEach(node -> oracle.settled(node.topology(), record().orElseThrow()));
    }

    /** An operator says it until it is written down. */
    private void resumeOften() {
        if (record().map(DatabaseRecord::paused).orElse(false)) {
            command(loop -> loop.pause(false));
            world.afterMillis(1_000, this::resumeOften);
        }
    }

    String story() {
        return world.story();
    }

    int acknowledged() {
        return oracle.acknowledgedCount();
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
                                                1))
                        .toList());
    }

    private NodeName home(int index) {
        return new NodeName(oneMachine ? "n1" : "n" + (index + 1));
    }

    private SimulatedNode home(Server server) {
        return nodes.stream()
                .filter(node -> node.name.equals(server.spec.node()))
                .findFirst()
                .orElseThrow();
    }

    private void faults(boolean on) {
        faulty = on;
        store.faulty(on);
        nodes.forEach(node -> node.faulty(on));
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

    /** What the conductor, if there is one, published last. */
    private DatabaseTopology topology() {
        return conductor().orElse(nodes.getFirst()).topology();
    }

    private Optional<SimulatedNode> conductor() {
        return nodes.stream().filter(node -> node.term().isPresent()).findFirst();
    }

    private void command(Function<DatabaseLoop, Operations.Reply> how) {
        conductor()
                .ifPresent(
                        node ->
                                node.arrived(
                                        () ->
                                                node.term()
                                                        .ifPresent(
                                                                it ->
                                                                        world.trace(
                                                                                "OPERATOR "
                                                                                        + how.apply(
                                                                                                        it
                                                                                                                .loop())
                                                                                                .sentence()))));
    }

    /** The worst moment for a crash is while something is being done. */
    private void began(Action.ByAgent action) {
        if (faulty && world.chance(0.08)) {
            Server victim =
                    world.chance(0.5) ? primaryOr(anyServer()) : servers.of(action.member());
            world.afterMillis(world.between(0, 200), () -> kill(victim));
        }
        if (faulty && action instanceof Action.Promote && world.chance(0.5)) {
            // The old primary, frozen until now, finds its replicas where it left them.
            world.afterMillis(world.between(0, 300), () -> nodes.forEach(SimulatedNode::thaw));
        }
        if (faulty
                && action instanceof Action.SetSynchronous set
                && set.names().size() > 1
                && world.chance(0.3)) {
            freeze(anyServer(), 600);
            world.afterMillis(world.between(60, 200), () -> kill(servers.of(set.member())));
        }
    }

    private void pump(Server server) {
        server.pump();
        world.afterMillis(world.between(6, 50), () -> pump(server));
    }

    /** Whoever leads counts the time of leases, on its own clock, from when it became leader. */
    private void expire() {
        if (leader.filter(node -> node.alive() && node.withMajority()).isEmpty()) {
            leader = nodes.stream().filter(it -> it.alive() && it.withMajority()).findFirst();
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
        if (network.linked(node.name, servers.of(to).spec.node())) {
            world.afterMillis(world.between(0, 4), () -> arrive(node, now, id, end));
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
        server.write(
                id,
                () -> accepted(server, sentUnder, late),
                () -> {
                    oracle.acknowledged(id);
                    end.run();
                });
    }

    /**
     * Whoever starts a server by hand, elsewhere, in the moment after its death, may find a proxy
     * that has not heard of it: the one thing that a released lease cannot prevent.
     */
    private void accepted(Server server, DatabaseTopology sentUnder, boolean late) {
        if (oneMachine || !server.byHand()) {
            oracle.accepted(server.name(), sentUnder, store.newestGrant(), late);
        }
    }

    private void fault() {
        if (!faulty) {
            return;
        }
        world.afterMillis(world.between(300, 6_000), this::fault);
        Server server = anyServer();
        if (world.chance(0.1)) {
            // What was just killed is started before anybody could react.
            Server primary = primaryOr(server);
            kill(primary);
            world.afterMillis(world.between(1, 200), () -> startByHand(primary));
        }
        if (!oneMachine && world.chance(0.5)) {
            machineFault(server);
            return;
        }
        switch (world.between(0, 12)) {
            case 0, 1 -> kill(primaryOr(server));
            case 2 -> kill(server);
            case 3 -> pause(server, world.between(200, 3_500));
            case 4 -> pause(server, world.between(5_000, 20_000));
            case 5 -> anyNode().crash();
            case 6 -> anyNode().stall(world.between(500, 14_000));
            case 7 -> freeze(server, world.between(500, 8_000));
            case 8, 9 -> command(loop -> loop.switchover(target()));
            case 10 -> lose(server);
            case 11 -> startByHand(server);
            default -> {
                boolean off = world.chance(0.3);
                command(loop -> loop.pause(off));
                kill(primaryOr(server));
                kill(server);
            }
        }
    }

    private void machineFault(Server server) {
        SimulatedNode node = world.chance(0.4) ? home(primaryOr(server)) : anyNode();
        SimulatedNode other = anyNode();
        switch (world.between(0, 9)) {
            case 0 -> node.lose(world.between(1_000, 30_000));
            case 1, 2 -> node.freeze(world.between(1_000, 25_000));
            case 3, 4 -> isolate(node);
            case 5 -> cut(node, other, true);
            case 6 -> cut(node, other, false);
            case 7 -> slow(node, other);
            case 8 -> conductor().orElse(node).crash();
            default -> conductor().orElse(node).stall(world.between(500, 14_000));
        }
    }

    private void isolate(SimulatedNode node) {
        int millis = world.between(1_000, 25_000);
        world.trace("ISOLATE " + node.name + " for " + millis + " ms");
        for (SimulatedNode other : nodes) {
            network.cut(node.name, other.name, millis);
            network.cut(other.name, node.name, millis);
        }
    }

    private void cut(SimulatedNode from, SimulatedNode to, boolean both) {
        int millis = world.between(1_000, 25_000);
        world.trace(
                "CUT %s %s %s for %d ms".formatted(from.name, both ? "-" : ">", to.name, millis));
        network.cut(from.name, to.name, millis);
        if (both) {
            network.cut(to.name, from.name, millis);
        }
    }

    private void slow(SimulatedNode from, SimulatedNode to) {
        world.trace("SLOW from " + from.name + " to " + to.name);
        network.slow(from.name, to.name, world.between(100, 8_000), world.between(1_000, 15_000));
    }

    private SimulatedNode anyNode() {
        return nodes.get(world.between(0, nodes.size() - 1));
    }

    private Server anyServer() {
        List<Server> all = servers.all();
        return all.get(world.between(0, all.size() - 1));
    }

    private Server primaryOr(Server other) {
        return servers.all().stream().filter(Server::primary).findFirst().orElse(other);
    }

    private Optional<MemberName> target() {
        return world.chance(0.5) ? Optional.empty() : Optional.of(anyServer().name());
    }

    private void kill(Server server) {
        world.trace("KILL " + server.name());
        server.kill();
    }

    private void pause(Server server, int millis) {
        world.trace("PAUSE " + server.name() + " for " + millis + " ms");
        server.pause();
        world.afterMillis(
                millis,
                () -> {
                    world.trace("RESUME " + server.name());
                    server.resume();
                });
    }

    private void freeze(Server server, int millis) {
        world.trace("FREEZE the link of " + server.name() + " for " + millis + " ms");
        server.freezeLink(millis);
    }

    /** Somebody, or an init script, starts what is stopped, as it was. */
    private void startByHand(Server server) {
        if (server.stopped() && !server.empty() && !server.broken()) {
            world.trace("SOMEBODY starts " + server.name());
            server.startAgain();
        }
    }

    /** The disk of a replica is lost; of a primary it would be a loss that nobody can help. */
    private void lose(Server server) {
        DatabaseTopology now = topology();
        boolean replica =
                now.primary().isPresent()
                        && !now.primary().get().name().equals(server.name())
                        && servers.of(now.primary().get().name()).primary()
                        && !servers.of(now.primary().get().name()).paused()
                        && record().flatMap(DatabaseRecord::primary)
                                .equals(now.primary().map(MemberSpec::name))
                        && record().flatMap(DatabaseRecord::switchover).isEmpty();
        boolean whole =
                nodes.stream().allMatch(SimulatedNode::alive)
                        && nodes.stream().allMatch(node -> linkedToAll(node));
        if (replica && whole) {
            world.trace("LOSE the disk of " + server.name());
            server.kill();
            server.erase();
        }
    }

    private boolean linkedToAll(SimulatedNode node) {
        return nodes.stream().allMatch(other -> network.linked(node.name, other.name));
    }
}
