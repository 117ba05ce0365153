package io.shoestring.cluster.join;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** What a joining machine and a member say to each other, as JSON. */
final class JoinMessages {
    /** Shows the token and asks what the cluster is; uses nothing up. */
    static final String LOOK = "join/look";

    /** Uses the token up and asks for a certificate. */
    static final String JOIN = "join";

    private JoinMessages() {}

    /**
     * Who asks.
     *
     * @param cluster whose name its file says, if it has one
     * @param time the new machine's time of day
     */
    record Visitor(
            String token, String secret, String node, Optional<String> cluster, Instant time) {}

    /** The member's whole configuration file. */
    record Cluster(String name, UUID id, String configuration) {}

    /**
     * Asks for the certificate.
     *
     * @param request PKCS#10, PEM
     */
    record Application(Visitor visitor, String request) {}

    /**
     * Makes the machine a node. All parts are PEM.
     *
     * @param authorityKey secret; every node has it, so that any machine may be lost
     */
    record Admission(String certificate, String authority, String authorityKey) {}
}
