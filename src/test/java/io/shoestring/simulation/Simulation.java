package io.shoestring.simulation;

import io.shoestring.consensus.Command;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Decision;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Observation;
import io.shoestring.model.Protection;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One run: three servers, one node, a client that writes all the time, and faults by chance. After
 * the faults it has to come to rest.
 */
final class Simulation {
    private static final long START_MILLIS = 10_000;
    private static final long FAULTS_MILLIS = 45_000;
    private static final long SETTLE_MILLIS = 50_000;

    private final World world;
    private final DatabaseSpec spec;
    private final Servers servers;
    private final Oracle oracle;
    private final SimulatedStore store;
    private final SimulatedNode node;
    private final boolean twoMembers;
    private DatabaseTopology topology;
    private Optional<DatabaseRecord> record = Optional.empty();
    private long nextWrite = 1;
    private int openWrites;
    private boolean faulty;

    Simulation(long seed, Function<Observation, Decision> decide) {
        this.world = new World(seed);
        this.twoMembers = seed % 4 == 0;
        this.spec = spec(seed % 5 == 0 ? Protection.PERFORMANCE : Protection.AVAILABILITY);
        this.servers = new Servers(spec, world);
        this.oracle = new Oracle(spec, world, servers);
        this.store = new SimulatedStore(world, this::applied);
        this.topology = DatabaseTopology.unknown(spec.name());
        this.node =
                new SimulatedNode(
                        world,
                        spec,
                        servers,
                        store,
                        observation -> {
                            record = Optional.of(observation.record());
                            return decide.apply(observation);
                        },
                        () -> openWrites,
                        this::published,
                        this::began);
    }

    /** Runs it all; throws an {@code AssertionError} if a promise is broken. */
    void run() {
        servers.all().getFirst().create();
        node.start();
        servers.all().forEach(this::pump);
        expire();
        write();
        world.runMillis(START_MILLIS);
        faults(true);
        fault();
        world.runMillis(FAULTS_MILLIS);
        faults(false);
        world.trace("FAULTS end");
        servers.all().forEach(Server::resume);
        node.pause(false);
        world.runMillis(SETTLE_MILLIS);
        oracle.settled(topology, record.orElseThrow());
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
                                                new NodeName("local"),
                                                new Endpoint(
                                                        "127.0.0.1", 5433 + names.indexOf(name)),
                                                1))
                        .toList());
    }

    private void faults(boolean on) {
        faulty = on;
        store.faulty(on);
        node.faulty(on);
    }

    private void applied(Command command) {
        oracle.applied(command, record);
    }

    private void published(DatabaseTopology next) {
        topology = next;
        oracle.published(next);
    }

    /** The worst moment for a crash is while something is being done. */
    private void began(Action.OnMember action) {
        if (faulty && world.chance(0.08)) {
            Server victim =
                    world.chance(0.5) ? primaryOr(anyServer()) : servers.of(action.member());
            world.afterMillis(world.between(0, 200), () -> kill(victim));
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

    private void expire() {
        if (node.up()) {
            store.expire();
        }
        world.afterMillis(100, this::expire);
    }

    /** The proxy's rules: a primary, no hold, before the deadline. */
    private void write() {
        world.afterMillis(world.between(8, 50), this::write);
        DatabaseTopology now = topology;
        if (now.primary().isEmpty()
                || now.holdWrites()
                || world.nanos() >= now.leaseDeadlineNanos()
                || openWrites > 50) {
            return;
        }
        long id = nextWrite++;
        openWrites++;
        boolean[] over = new boolean[1];
        world.afterMillis(world.between(0, 4), () -> arrive(now, id, () -> end(over)));
        world.afterMillis(10_000, () -> end(over));
    }

    private void end(boolean[] over) {
        if (!over[0]) {
            over[0] = true;
            openWrites--;
        }
    }

    private void arrive(DatabaseTopology sentUnder, long id, Runnable end) {
        MemberName member = sentUnder.primary().orElseThrow().name();
        Server server = servers.of(member);
        if (!server.primary()) {
            end.run();
            return;
        }
        server.write(
                id,
                () -> oracle.accepted(member, sentUnder, store.newestGrant()),
                () -> {
                    oracle.acknowledged(id);
                    end.run();
                });
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
        switch (world.between(0, 12)) {
            case 0, 1 -> kill(primaryOr(server));
            case 2 -> kill(server);
            case 3 -> pause(server, world.between(200, 3_500));
            case 4 -> pause(server, world.between(5_000, 20_000));
            case 5 -> node.crash();
            case 6 -> node.stall(world.between(500, 14_000));
            case 7 -> freeze(server, world.between(500, 8_000));
            case 8, 9 -> node.switchover(target());
            case 10 -> lose(server);
            case 11 -> startByHand(server);
            default -> {
                node.pause(world.chance(0.3));
                kill(primaryOr(server));
                kill(server);
            }
        }
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
        boolean replica =
                topology.primary().isPresent()
                        && !topology.primary().get().name().equals(server.name())
                        && servers.of(topology.primary().get().name()).primary()
                        && record.flatMap(DatabaseRecord::switchover).isEmpty();
        if (replica && node.up()) {
            world.trace("LOSE the disk of " + server.name());
            server.kill();
            server.erase();
        }
    }
}
