package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * One observation of one member.
 *
 * @param observedAtNanos when the observation <em>began</em>, on the node's {@code Clock}: what it
 *     says was true at or after this instant
 */
public record MemberFacts(MemberName member, long observedAtNanos, MemberState state) {
    public MemberFacts {
        requireNonNull(member, "member is null");
        requireNonNull(state, "state is null");
    }
}
