package io.shoestring.control;

import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressRight;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStep;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Follows;
import io.shoestring.model.NodeName;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one node shall do about each virtual address, as a function of what it knows: no clock, no
 * I/O, no threads, no memory.
 *
 * <p>INVARIANTS:
 *
 * <ol>
 *   <li>A node has an address only under a right of its own that has not run out, or if no other
 *       node may ever have it. Rights are granted one after the other by consensus, so no two nodes
 *       have it, however different their views are.
 *   <li>A right is given back only after the address was taken from the machine.
 *   <li>A machine on which nobody else's right depends keeps its address through an interruption:
 *       its clients wait there for the next primary.
 * </ol>
 */
public final class AddressDecider {
    private AddressDecider() {}

    /** The steps in the order of the configuration; the same observation always gives the same. */
    public static Map<AddressName, AddressStep> decide(AddressObservation seen) {
        Map<AddressName, NodeName> plan = AddressPlan.of(seen);
        Map<AddressName, AddressStep> steps = new LinkedHashMap<>();
        for (AddressSpec address : seen.addresses()) {
            steps.put(address.name(), step(seen, address, plan));
        }
        return Collections.unmodifiableMap(steps);
    }

    private static AddressStep step(
            AddressObservation seen, AddressSpec address, Map<AddressName, NodeName> plan) {
        return switch (address.follows()) {
            case Follows.PrimaryOf(var database) -> writer(seen, address, database);
            case Follows.ReplicaOf _, Follows.HealthyListener _ ->
                    planned(seen, address, Optional.ofNullable(plan.get(address.name())));
        };
    }

    private static AddressStep writer(
            AddressObservation seen, AddressSpec address, DatabaseName database) {
        Optional<AddressRight> right = seen.right(address);
        boolean alone = address.candidates().equals(List.of(seen.me()));
        boolean kept = alone && seen.held().contains(address.name());
        if (right.isEmpty()) {
            return kept ? waiting(seen, database) : away(database);
        }
        AddressRight found = right.get();
        if (!found.holder().equals(seen.me())) {
            return new AddressStep.Leave(primary(found.holder(), database));
        }
        if (kept || valid(found, seen.nowNanos())) {
            return new AddressStep.Hold(
                    found.epoch(),
                    alone ? OptionalLong.empty() : OptionalLong.of(found.deadlineNanos()),
                    primary(seen.me(), database));
        }
        return new AddressStep.Leave(
                "the lease of "
                        + database
                        + " could not be renewed in time, so another machine may have it");
    }

    private static AddressStep waiting(AddressObservation seen, DatabaseName database) {
        return new AddressStep.Hold(
                seen.topology().of(database).epoch(),
                OptionalLong.empty(),
                database
                        + " has no primary at this moment, and its next one will be on this machine"
                        + " too");
    }

    private static AddressStep away(DatabaseName database) {
        return new AddressStep.Leave(database + " has no primary at this moment");
    }

    private static String primary(NodeName node, DatabaseName database) {
        return node + " has the primary of " + database;
    }

    private static AddressStep planned(
            AddressObservation seen, AddressSpec address, Optional<NodeName> wanted) {
        Optional<AddressRight> right = seen.right(address);
        if (right.isEmpty()) {
            return wanted.equals(Optional.of(seen.me()))
                    ? new AddressStep.Ask(fits(seen, seen.me(), address))
                    : new AddressStep.Leave(
                            wanted.map(node -> fits(seen, node, address))
                                    .orElse("no node fits for " + address.follows()));
        }
        AddressRight found = right.get();
        return found.holder().equals(seen.me())
                ? mine(seen, address, found, wanted)
                : new AddressStep.Leave(fits(seen, found.holder(), address));
    }

    private static AddressStep mine(
            AddressObservation seen,
            AddressSpec address,
            AddressRight right,
            Optional<NodeName> wanted) {
        if (!valid(right, seen.nowNanos())) {
            return new AddressStep.Leave(
                    "the right to it could not be renewed in time, so another machine may have it");
        }
        if (wanted.isPresent() && !wanted.get().equals(seen.me())) {
            return new AddressStep.GiveBack(right.epoch(), fits(seen, wanted.get(), address));
        }
        String reason =
                wanted.isPresent()
                        ? fits(seen, seen.me(), address)
                        : "no node fits better for " + address.follows();
        return new AddressStep.Hold(right.epoch(), OptionalLong.of(right.deadlineNanos()), reason);
    }

    private static String fits(AddressObservation seen, NodeName node, AddressSpec address) {
        boolean wished = node.equals(seen.wishes().get(address.name()));
        return node + (wished ? " is chosen by hand for " : " is chosen for ") + address.follows();
    }

    private static boolean valid(AddressRight right, long nowNanos) {
        return right.deadlineNanos() - nowNanos > 0;
    }
}
