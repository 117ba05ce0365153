package io.shoestring.address;

import io.shoestring.model.AddressObservation.Standing;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Since when each node has a good replica and healthy listeners, as this node sees it. What is not
 * heard of for a moment counts as good; what is not for {@link #PATIENCE_NANOS} has to be so anew.
 * Not thread-safe.
 */
final class Standings {
    static final long PATIENCE_NANOS = 3_000_000_000L;

    /** One thing of one node: its replica of a database, or a listener of that name. */
    private record Thing(NodeName node, boolean replica, String name) {}

    private record Good(long sinceNanos, long lastNanos) {}

    private final Map<Thing, Good> good = new HashMap<>();

    /**
     * What is known now.
     *
     * @param listeners the healthy ones of each node that was heard of
     */
    Map<NodeName, Standing> see(
            Topology topology,
            Map<NodeName, ? extends Collection<String>> listeners,
            long nowNanos) {
        for (Thing thing : things(topology, listeners)) {
            good.merge(
                    thing,
                    new Good(nowNanos, nowNanos),
                    (before, now) -> new Good(before.sinceNanos(), now.lastNanos()));
        }
        good.values().removeIf(it -> nowNanos - it.lastNanos() > PATIENCE_NANOS);
        return standings();
    }

    private static Set<Thing> things(
            Topology topology, Map<NodeName, ? extends Collection<String>> listeners) {
        Set<Thing> things = new HashSet<>();
        for (DatabaseTopology part : topology.databases().values()) {
            for (MemberSpec replica : part.replicas()) {
                things.add(new Thing(replica.node(), true, part.database().value()));
            }
        }
        listeners.forEach(
                (node, names) -> names.forEach(name -> things.add(new Thing(node, false, name))));
        return things;
    }

    private Map<NodeName, Standing> standings() {
        Map<NodeName, Map<DatabaseName, Long>> replicas = new HashMap<>();
        Map<NodeName, Map<String, Long>> listeners = new HashMap<>();
        good.forEach(
                (thing, since) -> {
                    replicas.computeIfAbsent(thing.node(), any -> new HashMap<>());
                    listeners.computeIfAbsent(thing.node(), any -> new HashMap<>());
                    if (thing.replica()) {
                        replicas.get(thing.node())
                                .put(new DatabaseName(thing.name()), since.sinceNanos());
                    } else {
                        listeners.get(thing.node()).put(thing.name(), since.sinceNanos());
                    }
                });
        Map<NodeName, Standing> standings = new HashMap<>();
        replicas.forEach(
                (node, databases) ->
                        standings.put(
                                node,
                                new Standing(databases, listeners.getOrDefault(node, Map.of()))));
        return standings;
    }
}
