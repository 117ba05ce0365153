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
        List<AddressStatus> addresses) {
    public ClusterStatus {
        databases = List.copyOf(databases);
        listeners = List.copyOf(listeners);
        addresses = List.copyOf(addresses);
    }
}
