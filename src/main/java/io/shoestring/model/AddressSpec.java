package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * A virtual address as it is configured.
 *
 * @param networkInterface the interface that it is set on; empty: the one with that subnet
 * @param candidates the nodes that may have it, in the order of the configuration
 */
public record AddressSpec(
        AddressName name,
        IpPrefix address,
        Optional<String> networkInterface,
        Follows follows,
        List<NodeName> candidates) {
    public AddressSpec {
        requireNonNull(name, "name is null");
        requireNonNull(address, "address is null");
        requireNonNull(networkInterface, "networkInterface is null");
        requireNonNull(follows, "follows is null");
        candidates = List.copyOf(candidates);
    }
}
