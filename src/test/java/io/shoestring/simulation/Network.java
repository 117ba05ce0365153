package io.shoestring.simulation;

import io.shoestring.model.NodeName;

import java.util.HashMap;
import java.util.Map;

/** The links between the machines: each direction can be cut or slow on its own. */
final class Network {
    private record Way(NodeName from, NodeName to) {}

    private final World world;
    private final Map<Way, Integer> cut = new HashMap<>();
    private final Map<Way, Integer> slow = new HashMap<>();
    private final Map<Way, Double> lossy = new HashMap<>();
    private final Map<Way, Double> repeating = new HashMap<>();

    Network(World world) {
        this.world = world;
    }

    /** Whether both directions work. */
    boolean linked(NodeName one, NodeName other) {
        return passes(one, other) && passes(other, one);
    }

    /** Whether what is sent now arrives. */
    boolean passes(NodeName from, NodeName to) {
        return cut.isEmpty() || from.equals(to) || !cut.containsKey(new Way(from, to));
    }

    /** Nothing passes for so long; faults of one way add up. */
    void cut(NodeName from, NodeName to, long millis) {
        Way way = new Way(from, to);
        cut.merge(way, 1, Integer::sum);
        world.afterMillis(millis, () -> cut.computeIfPresent(way, (it, n) -> n > 1 ? n - 1 : null));
    }

    /** What is sent takes up to {@code delayMillis} longer, and overtakes, for so long. */
    void slow(NodeName from, NodeName to, int delayMillis, long millis) {
        Way way = new Way(from, to);
        slow.put(way, delayMillis);
        world.afterMillis(millis, () -> slow.remove(way));
    }

    /** Each message is lost by this chance, for so long. */
    void lose(NodeName from, NodeName to, double chance, long millis) {
        Way way = new Way(from, to);
        lossy.put(way, chance);
        world.afterMillis(millis, () -> lossy.remove(way));
    }

    /** Each message arrives twice by this chance, the second time later, for so long. */
    void repeat(NodeName from, NodeName to, double chance, long millis) {
        Way way = new Way(from, to);
        repeating.put(way, chance);
        world.afterMillis(millis, () -> repeating.remove(way));
    }

    void heal() {
        cut.clear();
        slow.clear();
        lossy.clear();
        repeating.clear();
    }

    /** Has {@code what} happen at the other end, if it arrives. */
    void send(NodeName from, NodeName to, Runnable what) {
        Way way = new Way(from, to);
        if (!passes(from, to) || by(lossy, way)) {
            return;
        }
        world.afterMillis(delayMillis(way), what);
        if (by(repeating, way)) {
            world.afterMillis(delayMillis(way) + world.between(0, 3_000), what);
        }
    }

    private boolean by(Map<Way, Double> chances, Way way) {
        Double chance = chances.get(way);
        return chance != null && world.chance(chance);
    }

    private int delayMillis(Way way) {
        return world.between(0, 3) + world.between(0, slow.getOrDefault(way, 0));
    }

    /** How long what is sent now is on its way on a connection, which loses and repeats nothing. */
    int delayMillis(NodeName from, NodeName to) {
        return delayMillis(new Way(from, to));
    }
}
