package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.MemberFacts;

import java.util.Optional;

/**
 * What an agent says of one of its members.
 *
 * @param facts what was seen, with instants of the conductor's clock
 * @param busy what was being done to it while it was looked at, whoever asked for it
 * @param lease if the agent holds the database's lease for it
 */
public record MemberLook(MemberFacts facts, Optional<String> busy, Optional<LeaseReport> lease) {
    public MemberLook {
        requireNonNull(facts, "facts is null");
        requireNonNull(busy, "busy is null");
        requireNonNull(lease, "lease is null");
    }

    /** A look at a member that nothing is done to and that holds nothing. */
    public static MemberLook of(MemberFacts facts) {
        return new MemberLook(facts, Optional.empty(), Optional.empty());
    }
}
