package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
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
 * @param fence switches a machine off, if there is something that can
 */
public record ClusterConfig(
        String name,
        Map<NodeName, String> nodes,
        int port,
        int consensusPort,
        Path directory,
        Optional<Path> watchdog,
        Optional<Fence> fence) {
    public ClusterConfig {
        requireNonNull(name, "name is null");
        nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
        requireNonNull(directory, "directory is null");
        requireNonNull(watchdog, "watchdog is null");
        requireNonNull(fence, "fence is null");
    }

    /**
     * The command that switches a node's machine off.
     *
     * @param command the program and its arguments, in which {@code {node}} and {@code {address}}
     *     stand for that machine's
     * @param timeout after which it is killed, and counts as failed
     */
    public record Fence(List<String> command, Duration timeout) {
        public Fence {
            command = List.copyOf(command);
            requireNonNull(timeout, "timeout is null");
        }
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
