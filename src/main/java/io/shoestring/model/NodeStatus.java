package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * One node as the operator sees it.
 *
 * @param address by which the others reach it
 * @param decides whether it is the one that decides
 * @param votes whether it votes in consensus, as was known last
 * @param version of Shoestring that it runs; empty if it was never heard
 * @param healthy whether it answers, votes, has the same configuration as the node that tells, and
 *     a clock that agrees with the others'
 * @param state one short sentence
 */
public record NodeStatus(
        String name,
        String address,
        boolean decides,
        boolean votes,
        String version,
        boolean healthy,
        String state) {
    public NodeStatus {
        requireNonNull(name, "name is null");
        requireNonNull(address, "address is null");
        requireNonNull(version, "version is null");
        requireNonNull(state, "state is null");
    }
}
