package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What the decision needs to know of a member's configuration.
 *
 * @param endpoint where clients and other members reach it
 * @param priority among equally advanced members the higher one is promoted; 0 means never
 * @param delay how much later it applies the log, if it does so on purpose; its priority is 0 then
 * @param upstream the member that it gets its log from while both are replicas; empty: the primary
 */
public record MemberSpec(
        MemberName name,
        NodeName node,
        Endpoint endpoint,
        int priority,
        Optional<Delay> delay,
        Optional<MemberName> upstream) {
    public MemberSpec {
        requireNonNull(name, "name is null");
        requireNonNull(node, "node is null");
        requireNonNull(endpoint, "endpoint is null");
        requireNonNull(delay, "delay is null");
        requireNonNull(upstream, "upstream is null");
    }

    /** That applies the log as soon as it can, and gets it from the primary. */
    public MemberSpec(MemberName name, NodeName node, Endpoint endpoint, int priority) {
        this(name, node, endpoint, priority, Optional.empty(), Optional.empty());
    }

    /** Whether a server that says so of itself gets its log from here. */
    public boolean isUpstreamOf(MemberState.Replica replica) {
        return replica.upstream().equals(endpoint.toString())
                || replica.upstream().equals(endpoint.host() + ":" + endpoint.port());
    }
}
