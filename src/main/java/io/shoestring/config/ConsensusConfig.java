package io.shoestring.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the cluster's memory is.
 *
 * @param etcd the members of an etcd; empty: this node keeps the memory itself, as the only voter
 * @param user who the node is for the etcd
 * @param passwordFile its first line is the user's password; there if {@code user} is
 * @param caFile the certificates that the etcd's must be signed by
 * @param certificateFile the node's own certificate for the etcd
 * @param keyFile its private key; there if {@code certificateFile} is
 */
public record ConsensusConfig(
        List<URI> etcd,
        Optional<String> user,
        Optional<Path> passwordFile,
        Optional<Path> caFile,
        Optional<Path> certificateFile,
        Optional<Path> keyFile) {
    public ConsensusConfig {
        etcd = List.copyOf(etcd);
    }

    /** On this node alone. */
    public static ConsensusConfig onThisNode() {
        return new ConsensusConfig(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
