package io.shoestring.simulation;

import io.shoestring.model.Action;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.SwitchoverOrder;
import io.shoestring.node.DatabaseLoop;
import io.shoestring.node.Operations;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What goes wrong by chance, in whatever order: servers and nodes die, freeze, lose or fill their
 * disks; links break, one way or both, lose, delay, and repeat; operators want something meanwhile;
 * and the conductor is gone in the middle.
 */
final class Faults {
    private final World world;
    private final Network network;
    private final Servers servers;
    private final SimulatedStore store;
    private final List<SimulatedNode> nodes;
    private final Supplier<Optional<DatabaseRecord>> record;
    private boolean faulty;

    Faults(
            World world,
            Network network,
            Servers servers,
            SimulatedStore store,
            List<SimulatedNode> nodes,
            Supplier<Optional<DatabaseRecord>> record) {
        this.world = world;
        this.network = network;
        this.servers = servers;
        this.store = store;
        this.nodes = nodes;
        this.record = record;
    }

    /**
     * @param restarts whether an operator asks for rolling restarts, too
     */
    void begin(boolean restarts) {
        faulty(true);
        fault();
        if (restarts) {
            restarts();
        }
    }

    private void restarts() {
        if (faulty) {
            world.afterMillis(world.between(1_000, 15_000), this::restarts);
            restart(anyServer());
        }
    }

    void end() {
        faulty(false);
        world.trace("FAULTS end");
        network.heal();
        nodes.forEach(SimulatedNode::thaw);
        servers.all().forEach(server -> server.full(false));
        nodes.forEach(node -> node.full(false));
        resumeOften();
        servers.names().forEach(this::onlineOften);
    }

    private void faulty(boolean on) {
        faulty = on;
        store.faulty(on);
        nodes.forEach(node -> node.faulty(on));
    }

    /** An operator says it until it is written down. */
    private void resumeOften() {
        if (record.get().map(DatabaseRecord::paused).orElse(false)) {
            command(loop -> loop.commands().pause(false));
            world.afterMillis(1_000, this::resumeOften);
        }
    }

    /** Also when nobody is: a node that was stopped may still carry out what it was told before. */
    private void onlineOften(MemberName member) {
        if (record.get().filter(it -> it.offline().contains(member)).isPresent()) {
            command(loop -> loop.commands().offline(member, false));
        }
        world.afterMillis(1_000, () -> onlineOften(member));
    }

    /** For a while, and sometimes until the end; the primary may die meanwhile. */
    private void offline(Server server) {
        command(loop -> loop.commands().offline(server.name(), true));
        world.afterMillis(
                world.between(500, 20_000),
                () ->
                        command(
                                loop ->
                                        loop.commands()
                                                .offline(
                                                        server.name(),
                                                        faulty && world.chance(0.2))));
        if (world.chance(0.5)) {
            world.afterMillis(world.between(0, 5_000), () -> kill(primaryOr(server)));
        }
    }

    private boolean oneMachine() {
        return nodes.size() == 1;
    }

    /** The worst moment for a crash is while something is being done. */
    void began(Action.ByAgent action) {
        if (faulty && world.chance(0.08)) {
            Server victim =
                    world.chance(0.5) ? primaryOr(anyServer()) : servers.of(action.member());
            world.afterMillis(world.between(0, 200), () -> kill(victim));
        }
        if (faulty && world.chance(0.03)) {
            // Who wanted it does not hear what came of it.
            world.afterMillis(world.between(0, 200), () -> conductor().ifPresent(this::depose));
        }
        if (faulty && world.chance(0.02)) {
            // Its order arrives when somebody else has decided for long.
            conductor().ifPresent(it -> holdUp(it, home(servers.of(action.member()))));
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

    /** What the conductor, if there is one, published last. */
    private DatabaseTopology topology() {
        return conductor().orElse(nodes.getFirst()).topology();
    }

    private Optional<SimulatedNode> conductor() {
        return nodes.stream().filter(node -> node.term().isPresent()).findFirst();
    }

    private SimulatedNode home(Server server) {
        return nodes.stream()
                .filter(node -> node.name.equals(server.spec.node()))
                .findFirst()
                .orElseThrow();
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
        if (!oneMachine() && world.chance(0.5)) {
            machineFault(server);
            return;
        }
        switch (world.between(0, 16)) {
            case 0, 1 -> kill(primaryOr(server));
            case 2 -> kill(server);
            case 3 -> pause(server, world.between(200, 3_500));
            case 4 -> pause(server, world.between(5_000, 20_000));
            case 5 -> anyNode().crash();
            case 6 -> anyNode().stall(world.between(500, 14_000));
            case 7 -> freeze(server, world.between(500, 8_000));
            case 8, 9 -> switchover();
            case 12, 13 -> fill(server);
            case 14 -> fill(anyNode());
            case 10 -> lose(server);
            case 11 -> startByHand(server);
            case 15 -> offline(server);
            default -> {
                boolean off = world.chance(0.3);
                command(loop -> loop.commands().pause(off));
                kill(primaryOr(server));
                kill(server);
            }
        }
    }

    private void machineFault(Server server) {
        SimulatedNode node = world.chance(0.4) ? home(primaryOr(server)) : anyNode();
        SimulatedNode other = anyNode();
        switch (world.between(0, 11)) {
            case 10 -> lossy(node, other);
            case 11 -> repeating(node, other);
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

    /** Of all, or of one; now and then whoever leads it is gone before its end. */
    private void restart(Server server) {
        command(
                loop ->
                        loop.commands()
                                .restart(
                                        new RestartOrder(
                                                RestartOrder.Kind.NOW,
                                                world.chance(0.5)
                                                        ? Set.of(server.name())
                                                        : Set.of(),
                                                false)));
        if (world.chance(0.4)) {
            world.afterMillis(world.between(0, 5_000), () -> conductor().ifPresent(this::depose));
        }
        if (world.chance(0.2)) {
            world.afterMillis(
                    world.between(0, 5_000),
                    () ->
                            command(
                                    loop ->
                                            loop.commands()
                                                    .restart(
                                                            new RestartOrder(
                                                                    RestartOrder.Kind.CANCEL,
                                                                    Set.of(),
                                                                    false))));
        }
    }

    /** Now and then whoever leads it is gone before its end. */
    private void switchover() {
        command(
                loop ->
                        loop.commands()
                                .switchover(
                                        new SwitchoverOrder(kind(), target(), Optional.empty()),
                                        Instant.EPOCH));
        if (world.chance(0.4)) {
            world.afterMillis(world.between(0, 1_500), () -> conductor().ifPresent(this::depose));
        }
    }

    /** A forced one that may not lose anything: it is refused, or keeps the promises. */
    private SwitchoverOrder.Kind kind() {
        return switch (world.between(0, 9)) {
            case 0, 1 -> SwitchoverOrder.Kind.REHEARSAL;
            case 2, 3, 4 -> SwitchoverOrder.Kind.FORCE;
            default -> SwitchoverOrder.Kind.NOW;
        };
    }

    private void depose(SimulatedNode conductor) {
        switch (faulty ? world.between(0, 3) : 4) {
            case 0 -> conductor.crash();
            case 1 -> conductor.stall(world.between(500, 14_000));
            case 2 -> isolate(conductor);
            case 3 -> conductor.lose(world.between(1_000, 30_000));
            default -> {}
        }
    }

    private void holdUp(SimulatedNode conductor, SimulatedNode agent) {
        network.slow(conductor.name, agent.name, 15_000, 50);
        world.afterMillis(100, () -> depose(conductor));
    }

    private void fill(Server server) {
        int millis = world.between(500, 20_000);
        world.trace("FULL is the disk of " + server.name() + " for " + millis + " ms");
        server.full(true);
        world.afterMillis(millis, () -> server.full(false));
    }

    private void fill(SimulatedNode node) {
        int millis = world.between(500, 20_000);
        world.trace("FULL is the disk of consensus at " + node.name + " for " + millis + " ms");
        node.full(true);
        world.afterMillis(millis, () -> node.full(false));
    }

    private void lossy(SimulatedNode from, SimulatedNode to) {
        double chance = world.between(1, 8) / 10.0;
        world.trace("LOSSY from " + from.name + " to " + to.name + ": " + chance);
        network.lose(from.name, to.name, chance, world.between(1_000, 15_000));
    }

    private void repeating(SimulatedNode from, SimulatedNode to) {
        double chance = world.between(1, 10) / 10.0;
        world.trace("REPEATING from " + from.name + " to " + to.name + ": " + chance);
        network.repeat(from.name, to.name, chance, world.between(1_000, 15_000));
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
                    home(server).resume(server);
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
                        && record.get()
                                .flatMap(DatabaseRecord::primary)
                                .equals(now.primary().map(MemberSpec::name))
                        && record.get().flatMap(DatabaseRecord::switchover).isEmpty();
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
