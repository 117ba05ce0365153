package io.shoestring.node;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.Outcome;

import java.util.Optional;

/**
 * What an agent says of an action that is over.
 *
 * @param look a look at the member that began after the action's end, with instants of the
 *     conductor's clock; it saves a question while clients wait
 * @param exits how often the member's server process had ended before that look, as far as its
 *     agent knew; 0 without a look
 */
public record Ending(Outcome outcome, Optional<MemberLook> look, long exits) {
    public Ending {
        requireNonNull(outcome, "outcome is null");
        requireNonNull(look, "look is null");
    }

    /** Without a look: the conductor looks itself. */
    public static Ending of(Outcome outcome) {
        return new Ending(outcome, Optional.empty(), 0);
    }
}
