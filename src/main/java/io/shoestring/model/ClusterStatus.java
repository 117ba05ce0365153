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
        List<BackendStatus> backends) {
    public ClusterStatus {
        databases = List.copyOf(databases);
        listeners = List.copyOf(listeners);
        backends = List.copyOf(backends);
    }

    /** Of a node without backends. */
    public ClusterStatus(
            String cluster,
            String node,
            String version,
            long topologyVersion,
            List<DatabaseStatus> databases,
            List<ListenerStatus> listeners) {
        this(cluster, node, version, topologyVersion, databases, listeners, List.of());
    }

    /** The same with these backends. */
    public ClusterStatus with(List<BackendStatus> found) {
        return new ClusterStatus(
                cluster, node, version, topologyVersion, databases, listeners, found);
    }
}
