package io.shoestring.cluster.identity;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.NodeName;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * What a node is: its name in a cluster, and what proves it.
 *
 * @param key the node's own, secret; never leaves the machine
 * @param certificate says that the key is the node's
 * @param authority who says so
 */
public record NodeIdentity(
        ClusterId cluster,
        NodeName node,
        PrivateKey key,
        X509Certificate certificate,
        X509Certificate authority) {
    public NodeIdentity {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(node, "node is null");
        requireNonNull(key, "key is null");
        requireNonNull(certificate, "certificate is null");
        requireNonNull(authority, "authority is null");
    }

    /** The same node with a newer certificate for the same key. */
    public NodeIdentity with(X509Certificate newer) {
        return new NodeIdentity(cluster, node, key, newer, authority);
    }

    /** When the certificate ends. */
    public Instant end() {
        return certificate.getNotAfter().toInstant();
    }

    /** Whether half of the certificate's time is over, or the node's address is not in it. */
    public boolean isDueForRenewal(Instant now, String address) {
        Instant from = certificate.getNotBefore().toInstant();
        Instant half = from.plus(Duration.between(from, end()).dividedBy(2));
        return !now.isBefore(half) || !CertificateNames.names(certificate, address);
    }

    @Override
    public String toString() {
        return "NodeIdentity[" + node + " of " + cluster + ", until " + end() + ", key hidden]";
    }
}
