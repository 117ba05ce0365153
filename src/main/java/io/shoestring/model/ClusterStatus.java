package io.shoestring.model;

import java.util.List;

/** Everything on one screen. */
public record ClusterStatus(
        String cluster,
        String node,
        String version,
        long topologyVersion,
        List<DatabaseStatus> databases,
        List<ListenerStatus> listeners,
        List<AddressStatus> addresses,
        List<BackendStatus> backends,
        List<NodeStatus> nodes) {
    public ClusterStatus {
        databases = List.copyOf(databases);
        listeners = List.copyOf(listeners);
        addresses = List.copyOf(addresses);
        backends = List.copyOf(backends);
        nodes = List.copyOf(nodes);
    }

    /** Of a node that is alone, without backends. */
    public ClusterStatus(
            String cluster,
            String node,
            String version,
            long topologyVersion,
            List<DatabaseStatus> databases,
            List<ListenerStatus> listeners,
            List<AddressStatus> addresses) {
        this(
                cluster,
                node,
                version,
                topologyVersion,
                databases,
                listeners,
                addresses,
                List.of(),
                List.of());
    }

    /** The same with these backends. */
    public ClusterStatus with(List<BackendStatus> found) {
        return new ClusterStatus(
                cluster,
                node,
                version,
                topologyVersion,
                databases,
                listeners,
                addresses,
                found,
                nodes);
    }
}
