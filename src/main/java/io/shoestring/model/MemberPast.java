package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the conductor remembers of a member from one look to the next; forgotten with its term.
 *
 * @param sinceNanos when the first look <em>ended</em> that showed the member in the kind of state
 *     in which it still is (a replica that begins or ceases to stream, or follows another primary,
 *     is of another kind); counted anew after an action. What is seen of others in a look that
 *     began after this instant was true after the member had come into this state
 * @param exited whether its server process was reported to have ended, and no look since then has
 *     shown it running again or provably gone
 * @param ended the newest action on it that ended; forgotten when its server process ends or
 *     another action is begun
 * @param letGoNanos when the look at the primary ended that was the first to miss the member among
 *     those that stream; empty while it streams, and when it was never seen to
 */
public record MemberPast(
        long sinceNanos, boolean exited, Optional<Ended> ended, OptionalLong letGoNanos) {
    public MemberPast {
        requireNonNull(letGoNanos, "letGoNanos is null");
        requireNonNull(ended, "ended is null");
    }

    /**
     * An action that is over.
     *
     * @param atNanos when it ended, on the conductor's clock
     * @param failure why it failed; empty when it is done
     */
    public record Ended(Action.ByAgent action, long atNanos, Optional<String> failure) {
        public Ended {
            requireNonNull(action, "action is null");
            requireNonNull(failure, "failure is null");
        }
    }
}
