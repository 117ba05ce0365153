package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.AddressName;
import io.shoestring.model.AddressObservation;
import io.shoestring.model.AddressObservation.Standing;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.Follows;
import io.shoestring.model.NodeName;

import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether an address can be moved to a node by hand, or be balanced again. */
public sealed interface AddressMove {
    /** What the operator is told. */
    String sentence();

    /** It can. */
    record Possible(String sentence) implements AddressMove {
        public Possible {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /** It cannot; the sentence says why and what to do. */
    record Refused(String sentence) implements AddressMove {
        public Refused {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /**
     * Judges a request.
     *
     * @param to where it shall go; empty: wherever it fits best, again
     */
    static AddressMove judge(AddressObservation seen, AddressName name, Optional<NodeName> to) {
        Optional<AddressSpec> spec =
                seen.addresses().stream().filter(each -> each.name().equals(name)).findFirst();
        if (spec.isEmpty()) {
            return new Refused(
                    "There is no address "
                            + name
                            + "; there are: "
                            + list(seen.addresses().stream().map(AddressSpec::name).toList())
                            + ".");
        }
        if (spec.get().follows() instanceof Follows.PrimaryOf(var database)) {
            return new Refused(
                    "%s follows the primary of %s: 'shoestring switchover %s --to MEMBER' moves both."
                            .formatted(name, database, database));
        }
        return to.map(node -> moved(seen, spec.get(), node))
                .orElseGet(() -> new Possible(name + " is balanced again from now on."));
    }

    private static AddressMove moved(AddressObservation seen, AddressSpec spec, NodeName node) {
        if (!spec.candidates().contains(node)) {
            return new Refused(
                    "%s cannot be on %s; it can be on: %s."
                            .formatted(spec.name(), node, list(spec.candidates())));
        }
        if (!good(seen, spec, node)) {
            return new Refused(
                    "%s is not good for %s at this moment, so %s stays where it is."
                            .formatted(node, spec.follows(), spec.name()));
        }
        return new Possible(
                "%1$s goes to %2$s. While %2$s is not good for %3$s it is on another node; 'shoestring address balance %1$s' ends that it is chosen by hand."
                        .formatted(spec.name(), node, spec.follows()));
    }

    private static boolean good(AddressObservation seen, AddressSpec spec, NodeName node) {
        Standing standing = seen.standings().get(node);
        if (standing == null) {
            return false;
        }
        return switch (spec.follows()) {
            case Follows.PrimaryOf _ -> false;
            case Follows.ReplicaOf(var database) -> standing.replicas().containsKey(database);
            case Follows.HealthyListener follows ->
                    standing.listeners().containsKey(follows.listener());
        };
    }

    private static String list(Collection<?> names) {
        return names.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
