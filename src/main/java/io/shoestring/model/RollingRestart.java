package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

/**
 * The servers of a database being started anew, one after the other, on its way.
 *
 * @param id unique for this request
 * @param left who is still to come, in order; the first is being restarted
 * @param total how many there were at the beginning
 * @param step where the first of them is
 */
public record RollingRestart(String id, List<MemberName> left, int total, Step step) {
    public RollingRestart {
        requireNonNull(id, "id is null");
        left = List.copyOf(left);
        requireNonNull(step, "step is null");
    }

    /**
     * The steps of one member. A primary comes to none of the first two: its switchover is its
     * restart, because who has handed over is started anew as a replica.
     */
    public enum Step {
        /** It gets no reads any more, and no commit waits for it. */
        TAKE_OUT,
        /** Its server is stopped and started. */
        RESTART,
        /** It is the primary, and a switchover from it is on its way, or has just ended. */
        HAND_OVER,
        /** It runs again and catches up. */
        CATCH_UP
    }

    /** That begins with the first of {@code members}. */
    public static RollingRestart begin(String id, List<MemberName> members) {
        return new RollingRestart(id, members, members.size(), Step.TAKE_OUT);
    }

    /** The same at another step. */
    public RollingRestart at(Step next) {
        return new RollingRestart(id, left, total, next);
    }

    /** The same with the next member. */
    public RollingRestart next() {
        return new RollingRestart(id, left.subList(1, left.size()), total, Step.TAKE_OUT);
    }

    /** The same, its first member last. */
    public RollingRestart later() {
        List<MemberName> rotated = new ArrayList<>(left.subList(1, left.size()));
        rotated.add(left.getFirst());
        return new RollingRestart(id, rotated, total, Step.TAKE_OUT);
    }

    /** Whether it is this member's turn, and it is out of use for that. */
    public boolean takesOut(MemberName member) {
        return (step == Step.TAKE_OUT || step == Step.RESTART)
                && !left.isEmpty()
                && left.getFirst().equals(member);
    }

    /** Where it is, as a clause. */
    public String clause() {
        return left.isEmpty()
                ? "restart " + id + " ends"
                : "restart %s: %s (%d of %d) %s"
                        .formatted(
                                id,
                                left.getFirst(),
                                total - left.size() + 1,
                                total,
                                switch (step) {
                                    case TAKE_OUT -> "is taken out of use";
                                    case RESTART -> "is restarted";
                                    case HAND_OVER -> "hands over";
                                    case CATCH_UP -> "catches up";
                                });
    }
}
