package io.shoestring.consensus.etcd;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Check;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where an etcd is, and how to get in.
 *
 * @param endpoints the client addresses of its members, {@code http} or {@code https}; they are
 *     tried in turn
 * @param cluster the cluster's name: everything is kept under {@code shoestring/<cluster>/}
 * @param login who this node is, if the etcd wants to know
 * @param authority the certificates (PEM) that the etcd's must be signed by; those of the Java
 *     machine if empty
 * @param identity this node's own certificate and key, if the etcd wants them
 * @param timeout how long a call takes at most; at least one second
 */
public record EtcdSettings(
        List<URI> endpoints,
        String cluster,
        Optional<Login> login,
        Optional<Path> authority,
        Optional<Identity> identity,
        Duration timeout) {
    /** The time-out that fits an etcd on a small network. */
    public static final Duration USUAL_TIMEOUT = Duration.ofSeconds(4);

    /**
     * A user of the etcd.
     *
     * @param passwordFile its first line is the password; read again whenever it is needed
     */
    public record Login(String user, Path passwordFile) {
        public Login {
            requireNonNull(user, "user is null");
            requireNonNull(passwordFile, "passwordFile is null");
        }
    }

    /**
     * A client certificate and its key; PEM files.
     *
     * @param key PKCS #8
     */
    public record Identity(Path certificate, Path key) {
        public Identity {
            requireNonNull(certificate, "certificate is null");
            requireNonNull(key, "key is null");
        }
    }

    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
        Check.that(!endpoints.isEmpty(), "no endpoints");
        requireNonNull(cluster, "cluster is null");
        requireNonNull(login, "login is null");
        requireNonNull(authority, "authority is null");
        requireNonNull(identity, "identity is null");
        Check.that(timeout.compareTo(Duration.ofSeconds(1)) >= 0, "the time-out is below 1 s");
    }
}
