package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who belongs to the cluster.
 *
 * @param nodes each machine's address
 * @param port by which the nodes speak to each other
 * @param consensusPort by which they agree
 * @param directory where each node keeps its own state (consensus, events)
 * @param watchdog the machine's watchdog, that of each node with a member
 */
public record ClusterConfig(
        String name,
        Map<NodeName, String> nodes,
        int port,
        int consensusPort,
        Path directory,
        Optional<Path> watchdog) {
    public ClusterConfig {
        requireNonNull(name, "name is null");
        nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
        requireNonNull(directory, "directory is null");
        requireNonNull(watchdog, "watchdog is null");
    }

    /** Where each node's channel is. */
    public Map<NodeName, Endpoint> channels() {
        return at(port);
    }

    /** Where each node's consensus is. */
    public Map<NodeName, Endpoint> voters() {
        return at(consensusPort);
    }

    private Map<NodeName, Endpoint> at(int number) {
        Map<NodeName, Endpoint> endpoints = new LinkedHashMap<>();
        nodes.forEach((name, address) -> endpoints.put(name, new Endpoint(address, number)));
        return Collections.unmodifiableMap(endpoints);
    }
}
