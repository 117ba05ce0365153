package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.AddressSpec;
import io.shoestring.model.DatabaseName;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A whole configuration that was found to be sound. Maps keep the order of the file. */
public record ShoestringConfig(
        ClusterConfig cluster,
        ConsensusConfig consensus,
        Map<DatabaseName, DatabaseConfig> databases,
        Map<String, ListenerConfig> listeners,
        Map<String, BackendConfig> backends,
        List<AddressSpec> addresses,
        AdminConfig admin,
        Optional<AcmeConfig> acme) {
    public ShoestringConfig {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(consensus, "consensus is null");
        databases = Collections.unmodifiableMap(new LinkedHashMap<>(databases));
        listeners = Collections.unmodifiableMap(new LinkedHashMap<>(listeners));
        backends = Collections.unmodifiableMap(new LinkedHashMap<>(backends));
        addresses = List.copyOf(addresses);
        requireNonNull(admin, "admin is null");
        requireNonNull(acme, "acme is null");
    }
}
