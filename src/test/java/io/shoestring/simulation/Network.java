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

    void heal() {
        cut.clear();
        slow.clear();
    }

    /** Has {@code what} happen at the other end, if it arrives. */
    void send(NodeName from, NodeName to, Runnable what) {
        if (passes(from, to)) {
            int extra = slow.getOrDefault(new Way(from, to), 0);
            world.afterMillis(world.between(0, 3) + world.between(0, extra), what);
        }
    }
}
