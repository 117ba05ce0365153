package io.shoestring.node;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast;
import io.shoestring.model.MemberState;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the node knows of one member between two looks. Not thread-safe: the loop's.
 *
 * <p>INVARIANT: a look counts only if it began after the member's process was seen to end and after
 * the newest action on it ended; until then the member is unknown, or busy.
 */
final class MemberDesk {
    /** A look takes two seconds at most; one that does not come back says something too. */
    private static final long LOOK_HANGS_NANOS = 3_000_000_000L;

    private record Running(Action.ByAgent action, long beganNanos) {}

    private record Kind(Class<?> state, boolean streaming, String upstream) {}

    private final MemberName name;
    private final Attempts attempts = new Attempts();
    private Optional<MemberFacts> facts = Optional.empty();
    private Optional<Kind> kind = Optional.empty();
    private Optional<Running> running = Optional.empty();
    private Optional<String> looking = Optional.empty();
    private Optional<String> elsewhere = Optional.empty();
    private Optional<MemberPast.Ended> ended = Optional.empty();
    private boolean exited;
    private long exits;
    private OptionalLong coveredExits = OptionalLong.empty();
    private boolean attached;
    private OptionalLong letGoNanos = OptionalLong.empty();
    private long usefulFromNanos;
    private long arrivedNanos;
    private long sinceNanos;

    MemberDesk(MemberName name, long nowNanos) {
        this.name = name;
        this.usefulFromNanos = nowNanos;
        this.arrivedNanos = nowNanos;
        this.sinceNanos = nowNanos;
    }

    /** Whether a look began late enough to be taken in. */
    boolean counts(MemberLook seen) {
        return seen.facts().observedAtNanos() - usefulFromNanos >= 0;
    }

    /** Takes in a look that ended at {@code endNanos}. */
    void observed(MemberLook seen, long endNanos) {
        MemberFacts look = seen.facts();
        coveredExits = OptionalLong.empty();
        elsewhere = seen.busy();
        Optional<Kind> next = Optional.of(kind(look.state()));
        if (!next.equals(kind)) {
            sinceNanos = endNanos;
        }
        kind = next;
        facts = Optional.of(look);
        arrivedNanos = endNanos;
        looking = Optional.empty();
        exited = exited && !settled(look.state());
    }

    /** Whether an agent that knew of so many exits when it looked knew of all that we know of. */
    boolean knowsNoNewerExit(long known) {
        return known >= exits;
    }

    /** The newest look was made after so many exits: to hear of them later is no news. */
    void covered(long known) {
        coveredExits = OptionalLong.of(known);
    }

    /**
     * A look at the primary that ended at {@code endNanos} showed whether it streams to this one.
     */
    void listed(boolean streams, long endNanos) {
        if (streams) {
            letGoNanos = OptionalLong.empty();
        } else if (attached) {
            letGoNanos = OptionalLong.of(endNanos);
        }
        attached = streams;
    }

    /** Whether anything is known of it, be it that it does not answer. */
    boolean seen(long nowNanos) {
        return facts(nowNanos).isPresent();
    }

    /** Its server process ended for the nth time: what was seen before does not count any more. */
    void exited(long count, long nowNanos) {
        exits = count;
        if (coveredExits.isPresent() && count <= coveredExits.getAsLong()) {
            return;
        }
        exited = true;
        ended = Optional.empty();
        forgetLooks(nowNanos);
    }

    /** Whether an action may be begun now. */
    boolean allows(Action.ByAgent action, long nowNanos) {
        return busy(nowNanos).isEmpty() && attempts.allows(action, nowNanos);
    }

    void begin(Action.ByAgent action, long nowNanos) {
        running = Optional.of(new Running(action, nowNanos));
        ended = Optional.empty();
    }

    /** Takes in an action's end; returns in how many seconds it may be tried again. */
    int ended(Action.ByAgent action, Outcome outcome, long nowNanos) {
        Optional<String> failure =
                switch (outcome) {
                    case Outcome.Done done -> Optional.empty();
                    case Outcome.Failed failed -> Optional.of(failed.sentence());
                };
        running = Optional.empty();
        elsewhere = Optional.empty();
        if (action instanceof Action.ReleaseLease) {
            // Nothing was done to the server: what was seen of it still counts.
            return attempts.ended(action, outcome, nowNanos);
        }
        looking = Optional.of(Phrase.of(action));
        ended = Optional.of(new MemberPast.Ended(action, nowNanos, failure));
        kind = Optional.empty();
        usefulFromNanos = nowNanos;
        arrivedNanos = nowNanos;
        return attempts.ended(action, outcome, nowNanos);
    }

    /** Whether an action that was begun here is on its way. */
    boolean isRunning() {
        return running.isPresent();
    }

    /** How long the running action is on its way. */
    long runningNanos(long nowNanos) {
        return running.map(action -> nowNanos - action.beganNanos()).orElse(0L);
    }

    /**
     * What is being done to it, by us or for a conductor before us; a look that must follow is a
     * part of it.
     */
    Optional<String> busy(long nowNanos) {
        return running.map(action -> Phrase.of(action.action()))
                .or(() -> elsewhere)
                .or(() -> hangs(nowNanos) ? Optional.empty() : looking);
    }

    /** What failed and is going to be tried again. */
    Optional<String> waiting(long nowNanos) {
        return attempts.waiting(nowNanos);
    }

    /** The newest facts; silence if no look came back for too long. */
    Optional<MemberFacts> facts(long nowNanos) {
        if (!hangs(nowNanos)) {
            return facts;
        }
        return Optional.of(
                new MemberFacts(
                        name,
                        arrivedNanos,
                        new MemberState.Unresponsive(
                                "No look at it has come back for 3 s.", arrivedNanos)));
    }

    MemberPast past() {
        return new MemberPast(sinceNanos, exited, ended, letGoNanos);
    }

    private void forgetLooks(long nowNanos) {
        facts = Optional.empty();
        kind = Optional.empty();
        usefulFromNanos = nowNanos;
        arrivedNanos = nowNanos;
    }

    private boolean hangs(long nowNanos) {
        return nowNanos - arrivedNanos > LOOK_HANGS_NANOS;
    }

    private static Kind kind(MemberState state) {
        return state instanceof MemberState.Replica replica
                ? new Kind(MemberState.Replica.class, replica.streaming(), replica.upstream())
                : new Kind(state.getClass(), false, "");
    }

    private static boolean settled(MemberState state) {
        return switch (state) {
            case MemberState.Empty empty -> true;
            case MemberState.Stopped stopped -> true;
            case MemberState.Replica replica -> true;
            case MemberState.Primary primary -> true;
            case MemberState.Starting starting -> false;
            case MemberState.Unresponsive unresponsive -> false;
            case MemberState.Unreachable unreachable -> false;
        };
    }
}
