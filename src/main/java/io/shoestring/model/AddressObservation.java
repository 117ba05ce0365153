package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that one node's decision about the addresses may depend on.
 *
 * @param nowNanos the node's clock
 * @param me the node that decides, and for which it decides
 * @param addresses all that are configured, in the order of the file
 * @param topology where the databases' primaries and replicas are
 * @param rights who has the right to a reader's or a listener's address, by consensus; the right to
 *     a writer's address is the primary's lease, which is in the topology
 * @param standings what is known of nodes that were heard of in time; a node that is not in it
 *     counts as gone
 * @param held the addresses that are on this machine now
 * @param wishes the nodes to which an operator moved addresses by hand
 */
public record AddressObservation(
        long nowNanos,
        NodeName me,
        List<AddressSpec> addresses,
        Topology topology,
        Map<AddressName, AddressRight> rights,
        Map<NodeName, Standing> standings,
        List<AddressName> held,
        Map<AddressName, NodeName> wishes) {
    public AddressObservation {
        requireNonNull(me, "me is null");
        addresses = List.copyOf(addresses);
        requireNonNull(topology, "topology is null");
        rights = Map.copyOf(rights);
        standings = Map.copyOf(standings);
        held = List.copyOf(held);
        wishes = Map.copyOf(wishes);
    }

    /** Without anything that an operator wants. */
    public AddressObservation(
            long nowNanos,
            NodeName me,
            List<AddressSpec> addresses,
            Topology topology,
            Map<AddressName, AddressRight> rights,
            Map<NodeName, Standing> standings,
            List<AddressName> held) {
        this(nowNanos, me, addresses, topology, rights, standings, held, Map.of());
    }

    /**
     * What is known of one node.
     *
     * @param replicas since when its member of a database has been a replica good for readers; a
     *     database is absent when it is not
     * @param listeners since when each of its healthy listeners has been healthy
     */
    public record Standing(Map<DatabaseName, Long> replicas, Map<String, Long> listeners) {
        public Standing {
            replicas = Map.copyOf(replicas);
            listeners = Map.copyOf(listeners);
        }
    }

    /** The right to an address, wherever it comes from. */
    public Optional<AddressRight> right(AddressSpec address) {
        return switch (address.follows()) {
            case Follows.PrimaryOf(var database) -> {
                DatabaseTopology part = topology.of(database);
                yield part.primary()
                        .map(
                                primary ->
                                        new AddressRight(
                                                part.epoch(),
                                                primary.node(),
                                                part.leaseDeadlineNanos()));
            }
            case Follows.ReplicaOf _, Follows.HealthyListener _ ->
                    Optional.ofNullable(rights.get(address.name()));
        };
    }
}
