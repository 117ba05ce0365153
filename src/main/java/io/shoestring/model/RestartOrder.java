package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Set;

/**
 * What an operator asks for when it is about a rolling restart.
 *
 * @param members who is to be restarted; none: all
 * @param pendingOnly only those of them that have settings which wait for a restart
 */
public record RestartOrder(Kind kind, Set<MemberName> members, boolean pendingOnly) {
    public RestartOrder {
        requireNonNull(kind, "kind is null");
        members = Set.copyOf(members);
    }

    /** What is to be done about it. */
    public enum Kind {
        /** It begins at once. */
        NOW,
        /** Nothing is done: it is only said what would prevent it, or what would happen. */
        CHECK,
        /** The one that is on its way ends after what it is doing. */
        CANCEL
    }
}
