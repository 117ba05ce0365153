package io.shoestring.model;

import static java.util.Objects.requireNonNull;

/**
 * One observation of one member.
 *
 * @param observedAtNanos when the observation <em>began</em>, on the clock of the conductor (for a
 *     member elsewhere: when the question was sent, so that no clocks are compared): what it says
 *     was true at or after this instant
 */
public record MemberFacts(MemberName member, long observedAtNanos, MemberState state) {
    public MemberFacts {
        requireNonNull(member, "member is null");
        requireNonNull(state, "state is null");
    }
}
