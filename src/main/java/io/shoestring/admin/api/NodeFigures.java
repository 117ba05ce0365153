package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.MachineStatus;
import io.shoestring.model.MemberFigures;

import java.util.List;
import java.util.Optional;

/**
 * What one node tells of its machine and of the database servers on it.
 *
 * @param problem why it tells nothing
 */
public record NodeFigures(
        String node,
        Optional<String> problem,
        Optional<MachineStatus> machine,
        List<MemberFigures> members) {
    public NodeFigures {
        requireNonNull(node, "node is null");
        requireNonNull(problem, "problem is null");
        requireNonNull(machine, "machine is null");
        members = List.copyOf(members);
    }

    /** Of a node that does not answer. */
    public static NodeFigures none(String node, String problem) {
        return new NodeFigures(node, Optional.of(problem), Optional.empty(), List.of());
    }
}
