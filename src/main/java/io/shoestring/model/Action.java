package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.Set;

/** Something that the node shall do. Every action can be repeated, and says why in one sentence. */
public sealed interface Action {
    /** One sentence that an operator understands; it becomes the event. */
    String reason();

    /** Asks consensus for the lease for {@code member}: a new epoch. */
    record GrantLease(MemberName member, String reason) implements Action {
        public GrantLease {
            requireNonNull(member, "member is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Has the fence command make sure that the machine of {@code node} is off, where {@code member}
     * holds the lease. Run on the conductor's own machine, beside the loop; {@code proof} is what
     * it proves if it succeeds.
     */
    record FenceNode(NodeName node, MemberName member, Fenced proof, String reason)
            implements Action {
        public FenceNode {
            requireNonNull(node, "node is null");
            requireNonNull(member, "member is null");
            requireNonNull(proof, "proof is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Ends the lease that {@code member} holds before its time, if it was not renewed since {@code
     * proof}, because the member's machine was switched off.
     */
    record EndLease(MemberName member, Fenced proof, String reason) implements Action {
        public EndLease {
            requireNonNull(member, "member is null");
            requireNonNull(proof, "proof is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** Carried out by the agent of the member's node; one at a time for each member. */
    sealed interface ByAgent extends Action {
        /** Whom it is done to. */
        MemberName member();
    }

    /**
     * Gives the lease of {@code epoch} back, because {@code member}, its holder, provably cannot
     * write any more. Done by the holder's own agent, which reads back that no process is left and
     * starts none meanwhile: from anywhere else, a start could overtake it.
     *
     * @param next whom consensus is to grant it in the same step, if somebody was chosen; whether
     *     that one may have it is judged again when it is seen to have it
     */
    record ReleaseLease(MemberName member, long epoch, Optional<MemberName> next, String reason)
            implements ByAgent {
        public ReleaseLease {
            requireNonNull(member, "member is null");
            requireNonNull(next, "next is null");
            requireNonNull(reason, "reason is null");
        }

        /** Which nobody is granted in the same step. */
        public ReleaseLease(MemberName member, long epoch, String reason) {
            this(member, epoch, Optional.empty(), reason);
        }
    }

    /** Replaces the record in consensus, if it is still {@code expected}. */
    record Remember(DatabaseRecord expected, DatabaseRecord next, String reason) implements Action {
        public Remember {
            requireNonNull(expected, "expected is null");
            requireNonNull(next, "next is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** An action on the server of one member; runs beside the loop. */
    sealed interface OnMember extends ByAgent {}

    /**
     * Makes a replica the primary of {@code epoch}, on a new timeline: commits on it wait for one
     * of {@code synchronous} from the first on (none: for nobody) until told otherwise. A replica
     * that is stopped is started as a replica first, never as a primary on its old timeline.
     */
    record Promote(MemberName member, long epoch, Set<MemberName> synchronous, String reason)
            implements OnMember {
        public Promote {
            requireNonNull(member, "member is null");
            synchronous = Set.copyOf(synchronous);
            requireNonNull(reason, "reason is null");
        }

        /** Whose commits wait for nobody. */
        public Promote(MemberName member, long epoch, String reason) {
            this(member, epoch, Set.of(), reason);
        }
    }

    /**
     * Starts a stopped member as the primary of {@code epoch}, with commits waiting for {@code
     * synchronous}.
     */
    record StartPrimary(MemberName member, long epoch, Set<MemberName> synchronous, String reason)
            implements OnMember {
        public StartPrimary {
            requireNonNull(member, "member is null");
            synchronous = Set.copyOf(synchronous);
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Makes a member a running replica of {@code upstream}, by the cheapest way that is sound:
     * point and start it, rewind it, or clone it. Divergent data is kept aside.
     *
     * @param source a replica that a clone is copied from, to spare the primary
     */
    record Follow(
            MemberName member,
            MemberSpec upstream,
            long epoch,
            Optional<MemberSpec> source,
            String reason)
            implements OnMember {
        public Follow {
            requireNonNull(member, "member is null");
            requireNonNull(upstream, "upstream is null");
            requireNonNull(source, "source is null");
            requireNonNull(reason, "reason is null");
        }

        /** By a copy of {@code upstream}, if one is needed. */
        public Follow(MemberName member, MemberSpec upstream, long epoch, String reason) {
            this(member, upstream, epoch, Optional.empty(), reason);
        }
    }

    /**
     * Has a running replica of {@code primary} get its log from {@code upstream} instead, another
     * replica. If that does not work it gets it from the primary, as before; it is never rewound or
     * copied for it.
     */
    record Cascade(
            MemberName member, MemberSpec upstream, MemberSpec primary, long epoch, String reason)
            implements OnMember {
        public Cascade {
            requireNonNull(member, "member is null");
            requireNonNull(upstream, "upstream is null");
            requireNonNull(primary, "primary is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Makes commits on the primary wait for {@code names} (none: for nobody); done when proven to
     * be in force.
     */
    record SetSynchronous(MemberName member, Set<MemberName> names, long epoch, String reason)
            implements OnMember {
        public SetSynchronous {
            requireNonNull(member, "member is null");
            names = Set.copyOf(names);
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Makes commits on the primary wait for one of {@code names}, of whom none is there: from its
     * end on no commit is acknowledged. Nothing is proven of what was acknowledged before.
     */
    record Block(MemberName member, Set<MemberName> names, long epoch, String reason)
            implements OnMember {
        public Block {
            requireNonNull(member, "member is null");
            names = Set.copyOf(names);
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Makes a running replica receive nothing any more, from nobody, so that what it has received
     * is final and its primary, wherever that is, gets no acknowledgement from it. Done when read
     * back.
     */
    record Detach(MemberName member, long epoch, String reason) implements OnMember {
        public Detach {
            requireNonNull(member, "member is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Stops the server of a running replica cleanly, once no client's query runs there any more,
     * and makes it a running replica of {@code upstream} again.
     *
     * @param id the rolling restart that wants it
     */
    record Restart(MemberName member, MemberSpec upstream, long epoch, String id, String reason)
            implements OnMember {
        public Restart {
            requireNonNull(member, "member is null");
            requireNonNull(upstream, "upstream is null");
            requireNonNull(id, "id is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** Runs a checkpoint, so that the stop or the rewind that follows is short. */
    record Checkpoint(MemberName member, String reason) implements OnMember {
        public Checkpoint {
            requireNonNull(member, "member is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** Stops a member cleanly; its replicas get the last of its log. */
    record Stop(MemberName member, String reason) implements OnMember {
        public Stop {
            requireNonNull(member, "member is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** Makes sure that no process of the member can write: at once, by force, read back. */
    record Fence(MemberName member, String reason) implements OnMember {
        public Fence {
            requireNonNull(member, "member is null");
            requireNonNull(reason, "reason is null");
        }
    }
}
