package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressObservation.Standing;
import io.shoestring.model.AddressRight;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Follows;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which node is the best one for the addresses of readers and listeners. Safety does not rest on
 * it: two nodes may plan differently for a while, and the right decides.
 *
 * <p>Readers' addresses are spread evenly over the good replicas; one that has a good place moves
 * only when its node has more than its share. Who became good a moment ago is given nothing new
 * until it has been so for {@link #CALM_NANOS}.
 *
 * <p>What an operator moved by hand goes to that node while it is good for it; the others are
 * spread around it.
 */
final class AddressPlan {
    static final long CALM_NANOS = 10_000_000_000L;

    private final AddressObservation seen;
    private final Map<AddressName, NodeName> chosen = new HashMap<>();

    private AddressPlan(AddressObservation seen) {
        this.seen = seen;
    }

    /** The best node of each; an address for which no node fits is not in it. */
    static Map<AddressName, NodeName> of(AddressObservation seen) {
        AddressPlan plan = new AddressPlan(seen);
        Set<DatabaseName> read = new LinkedHashSet<>();
        for (AddressSpec address : seen.addresses()) {
            switch (address.follows()) {
                case Follows.PrimaryOf _ -> {}
                case Follows.ReplicaOf(var database) -> read.add(database);
                case Follows.HealthyListener follows -> plan.listener(address, follows);
            }
        }
        read.forEach(plan::readers);
        return plan.chosen;
    }

    private void listener(AddressSpec address, Follows.HealthyListener follows) {
        List<NodeName> healthy =
                address.candidates().stream()
                        .filter(node -> healthySince(node, follows.listener()).isPresent())
                        .toList();
        Optional<NodeName> wished = wish(address).filter(healthy::contains);
        if (wished.isPresent()) {
            chosen.put(address.name(), wished.get());
            return;
        }
        Optional<NodeName> holder = holder(address).filter(healthy::contains);
        Optional<NodeName> better =
                healthy.stream()
                        .filter(
                                node ->
                                        healthySince(node, follows.listener())
                                                .filter(this::calm)
                                                .isPresent())
                        .findFirst()
                        .filter(_ -> follows.failback());
        Optional<NodeName> stays =
                holder.filter(node -> better.isEmpty() || before(address, node, better.get()));
        stays.or(() -> holder.isPresent() ? better : Optional.empty())
                .or(() -> healthy.stream().findFirst())
                .ifPresent(node -> chosen.put(address.name(), node));
    }

    private static boolean before(AddressSpec address, NodeName one, NodeName other) {
        return address.candidates().indexOf(one) <= address.candidates().indexOf(other);
    }

    private void readers(DatabaseName database) {
        List<AddressSpec> addresses =
                seen.addresses().stream()
                        .filter(each -> each.follows().equals(new Follows.ReplicaOf(database)))
                        .toList();
        Map<NodeName, Integer> load = places(database, addresses);
        if (load.isEmpty()) {
            toTheWriter(database, addresses);
            return;
        }
        int share = (addresses.size() + load.size() - 1) / load.size();
        List<AddressSpec> moving = new ArrayList<>();
        List<AddressSpec> free = new ArrayList<>();
        for (AddressSpec address : addresses) {
            wish(address)
                    .filter(load::containsKey)
                    .ifPresentOrElse(node -> put(address, node, load), () -> free.add(address));
        }
        for (AddressSpec address : free) {
            holder(address)
                    .filter(node -> load.getOrDefault(node, share) < share)
                    .ifPresentOrElse(node -> put(address, node, load), () -> moving.add(address));
        }
        moving.forEach(
                address -> leastLoaded(address, load).ifPresent(node -> put(address, node, load)));
    }

    /** The good replicas' nodes, each with no address yet. */
    private Map<NodeName, Integer> places(DatabaseName database, List<AddressSpec> addresses) {
        Map<NodeName, Integer> places = new HashMap<>();
        for (AddressSpec address : addresses) {
            for (NodeName node : address.candidates()) {
                Optional<Long> since = goodSince(node, database);
                boolean here = holder(address).equals(Optional.of(node));
                if (since.isPresent() && (here || calm(since.get()))) {
                    places.put(node, 0);
                }
            }
        }
        return places;
    }

    private void put(AddressSpec address, NodeName node, Map<NodeName, Integer> load) {
        load.merge(node, 1, Integer::sum);
        chosen.put(address.name(), node);
    }

    /** Of equals the first in the configuration. */
    private static Optional<NodeName> leastLoaded(
            AddressSpec address, Map<NodeName, Integer> load) {
        return address.candidates().stream()
                .filter(load::containsKey)
                .reduce((one, other) -> load(load, other) < load(load, one) ? other : one);
    }

    private static int load(Map<NodeName, Integer> load, NodeName node) {
        return requireNonNull(load.get(node), "no such place");
    }

    /** A primary whose lease has run out is none: whoever has the address keeps it then. */
    private void toTheWriter(DatabaseName database, List<AddressSpec> addresses) {
        DatabaseTopology part = seen.topology().of(database);
        Optional<NodeName> writer =
                part.primary()
                        .filter(_ -> part.leaseDeadlineNanos() - seen.nowNanos() > 0)
                        .map(MemberSpec::node);
        for (AddressSpec address : addresses) {
            writer.or(() -> holder(address)).ifPresent(node -> chosen.put(address.name(), node));
        }
    }

    private Optional<NodeName> holder(AddressSpec address) {
        return seen.right(address).map(AddressRight::holder);
    }

    private Optional<NodeName> wish(AddressSpec address) {
        return Optional.ofNullable(seen.wishes().get(address.name()));
    }

    private Optional<Long> goodSince(NodeName node, DatabaseName database) {
        return standing(node).map(standing -> standing.replicas().get(database));
    }

    private Optional<Long> healthySince(NodeName node, String listener) {
        return standing(node).map(standing -> standing.listeners().get(listener));
    }

    private Optional<Standing> standing(NodeName node) {
        return Optional.ofNullable(seen.standings().get(node));
    }

    private boolean calm(long sinceNanos) {
        return seen.nowNanos() - sinceNanos >= CALM_NANOS;
    }
}
