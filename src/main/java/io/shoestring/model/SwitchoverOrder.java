package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * What an operator asks for when it is about a change of the primary.
 *
 * @param to the member that shall become primary; empty: the best replica
 * @param at when, to the second; only of one that is for later
 * @param loss what is accepted to be lost; only of one that is forced
 */
public record SwitchoverOrder(
        Kind kind, Optional<MemberName> to, Optional<Instant> at, AcceptedLoss loss) {
    public SwitchoverOrder {
        requireNonNull(kind, "kind is null");
        requireNonNull(to, "to is null");
        requireNonNull(at, "at is null");
        requireNonNull(loss, "loss is null");
    }

    /** That loses nothing. */
    public SwitchoverOrder(Kind kind, Optional<MemberName> to, Optional<Instant> at) {
        this(kind, to, at, AcceptedLoss.NOTHING);
    }

    /** What is to be done about it. */
    public enum Kind {
        /** It begins at once. */
        NOW,
        /** Nothing is done: it is only said what would prevent it. */
        CHECK,
        /** All of it but the hand-over: writes are held for a moment, and released again. */
        REHEARSAL,
        /** It is remembered, and begins at its time. */
        LATER,
        /** What is remembered for later is forgotten. */
        CANCEL,
        /** Whatever the primary does: it is stopped, and the named member takes over. */
        FORCE,
        /** Nothing is done: it is only said what a forced one would lose. */
        FORCE_CHECK
    }

    /** For now. */
    public static SwitchoverOrder now(Optional<MemberName> to) {
        return new SwitchoverOrder(Kind.NOW, to, Optional.empty());
    }
}
