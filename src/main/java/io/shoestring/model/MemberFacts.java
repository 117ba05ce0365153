package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * One observation of one member.
 *
 * @param observedAtNanos when the observation <em>began</em>, on the clock of the conductor (for a
 *     member elsewhere: when the question was sent, so that no clocks are compared): what it says
 *     was true at or after this instant
 * @param pendingRestart the settings that differ from what the server was started with, and come
 *     into force at its next start
 */
public record MemberFacts(
        MemberName member, long observedAtNanos, MemberState state, List<String> pendingRestart) {
    public MemberFacts {
        requireNonNull(member, "member is null");
        requireNonNull(state, "state is null");
        pendingRestart = List.copyOf(pendingRestart);
    }

    /** For which no setting waits, as far as is known. */
    public MemberFacts(MemberName member, long observedAtNanos, MemberState state) {
        this(member, observedAtNanos, state, List.of());
    }
}
