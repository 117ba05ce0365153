package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.ClusterStatus;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * This machine as a node.
 *
 * @param now this machine's time of day
 * @param secrets files that only the node's account may read
 * @param certificates of the node's identity and of its listeners
 * @param openFiles how many files a process of this machine may have open at most
 * @param status what the running node says; empty if none runs here
 */
public record NodeFacts(
        Instant now,
        List<Secret> secrets,
        List<Certificate> certificates,
        OptionalLong openFiles,
        Optional<ClusterStatus> status) {
    public NodeFacts {
        requireNonNull(now, "now is null");
        secrets = List.copyOf(secrets);
        certificates = List.copyOf(certificates);
        requireNonNull(openFiles, "openFiles is null");
        requireNonNull(status, "status is null");
    }

    /** A file with a secret, and who may do what with it: {@code rw-------}. */
    public record Secret(Path file, String permissions) {
        public Secret {
            requireNonNull(file, "file is null");
            requireNonNull(permissions, "permissions is null");
        }
    }

    /**
     * A certificate.
     *
     * @param renewed whether a node renews it by itself
     */
    public record Certificate(Path file, Instant from, Instant until, boolean renewed) {
        public Certificate {
            requireNonNull(file, "file is null");
            requireNonNull(from, "from is null");
            requireNonNull(until, "until is null");
        }
    }
}
