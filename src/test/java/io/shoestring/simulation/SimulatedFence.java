package io.shoestring.simulation;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;

import java.util.function.Consumer;

/**
 * The fence command, run on a conductor's machine: it succeeds, fails, does its work and fails to
 * say so, takes long, or has nobody to tell, because the conductor is gone. What it says is true.
 */
final class SimulatedFence {
    private static final int LONGEST_OFF_MILLIS = 6_000;

    private SimulatedFence() {}

    static void run(SimulatedNode conductor, Action.FenceNode action, Consumer<Outcome> answered) {
        World world = conductor.cluster.world();
        SimulatedNode victim = conductor.cluster.node(action.node());
        if (victim == conductor) {
            // As the real one: it never switches off the machine that it runs on.
            conductor.afterMillis(
                    1, () -> answered.accept(new Outcome.Failed("it is this very machine")));
            return;
        }
        if (isReached(conductor, victim)) {
            conductor.afterMillis(
                    world.between(1, 700),
                    () -> answered.accept(new Outcome.Failed("it answers somebody")));
            return;
        }
        boolean slow = conductor.faulty() && world.chance(0.2);
        int millis = slow ? world.between(3_000, 8_000) : world.between(100, 1_500);
        boolean works = !conductor.faulty() || world.chance(0.75);
        boolean tells = !conductor.faulty() || world.chance(0.85);
        world.trace("FENCE of " + victim.name + " for epoch " + action.proof().epoch());
        if (conductor.faulty() && world.chance(0.15)) {
            world.afterMillis(world.between(0, millis + 300), conductor::crash);
        }
        if (works) {
            world.afterMillis(millis, () -> victim.lose(world.between(1_000, LONGEST_OFF_MILLIS)));
        }
        if (conductor.faulty() && world.chance(0.6)) {
            world.afterMillis(world.between(6_000, 16_000), () -> cutOffNext(conductor.cluster));
        }
        Outcome outcome =
                works && tells ? new Outcome.Done("it is off") : new Outcome.Failed("no answer");
        conductor.afterMillis(millis + world.between(1, 100), () -> answered.accept(outcome));
    }

    /** The next primary is no better off: what was proved of the one before does not count. */
    private static void cutOffNext(SimulatedNode.Cluster cluster) {
        cluster.servers().all().stream()
                .filter(Server::primary)
                .map(server -> cluster.node(server.spec.node()))
                .filter(SimulatedNode::faulty)
                .findFirst()
                .ifPresent(node -> cutOff(node, cluster));
    }

    private static void cutOff(SimulatedNode node, SimulatedNode.Cluster cluster) {
        cluster.world().trace("ISOLATE " + node.name + " after a fence");
        for (SimulatedNode other : cluster.nodes()) {
            cluster.network().cut(node.name, other.name, 15_000);
            cluster.network().cut(other.name, node.name, 15_000);
        }
    }

    /** As the real one asks: this node, and whoever of the others hears this node. */
    static boolean isReached(SimulatedNode conductor, SimulatedNode victim) {
        return conductor.cluster.nodes().stream()
                .filter(node -> node != victim)
                .filter(node -> node == conductor || hears(conductor, node))
                .anyMatch(node -> hears(node, victim));
    }

    private static boolean hears(SimulatedNode from, SimulatedNode to) {
        Network network = from.cluster.network();
        return to.alive()
                && network.linked(from.name, to.name)
                && network.linked(to.name, from.name);
    }
}
