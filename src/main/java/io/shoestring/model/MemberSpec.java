package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * What the decision needs to know of a member's configuration.
 *
 * @param endpoint where clients and other members reach it
 * @param priority among equally advanced members the higher one is promoted; 0 means never
 */
public record MemberSpec(MemberName name, NodeName node, Endpoint endpoint, int priority) {
    public MemberSpec {
        requireNonNull(name, "name is null");
        requireNonNull(node, "node is null");
        requireNonNull(endpoint, "endpoint is null");
    }
}
