package io.shoestring.control;

import io.shoestring.model.Action.Fence;
import io.shoestring.model.Action.GrantLease;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import java.util.Optional;

/**
 * The record's primary is gone or silent.
 *
 * <pre>
 *   SERVING  gone, somebody may take over   release the lease          → VACANT
 *   SERVING  gone, nobody may               remember: closed           → OPENING (started in place)
 *   VACANT   gone, somebody may take over   grant the lease to it      → GRANTED
 *   VACANT   running, or nobody else may    grant it to the same again → GRANTED
 *   any      silent too long, somebody may  fence it                   → gone
 *   any      process ended, others are left fence it                   → gone
 *   SERVING  its node does not answer        see MachineFence; else wait until the lease ends
 *   VACANT   its node does not answer        see Unreached
 * </pre>
 */
final class Failover {
    private Failover() {}

    /** What to do while serving; empty if the primary takes writes. */
    static Optional<Step> whileServing(View view, MemberName primary) {
        return switch (view.state(primary).orElse(null)) {
            case null -> Optional.of(unseen(view, primary));
            case MemberState.Primary running when view.foreign(primary) ->
                    Optional.of(Step.wait(Words.clause(view, primary) + "."));
            case MemberState.Primary running -> Optional.empty();
            case MemberState.Stopped stopped -> Optional.of(gone(view, primary, true));
            case MemberState.Empty empty -> Optional.of(gone(view, primary, false));
            case MemberState.Replica replica ->
                    Optional.of(
                            close(view, primary + " was made a replica: it is promoted again."));
            case MemberState.Starting starting -> Optional.of(starting(view, primary));
            case MemberState.Unresponsive silent -> Optional.of(silent(view, primary, silent));
            case MemberState.Unreachable away -> Optional.of(Unreached.whileServing(primary));
        };
    }

    /** What to do while nobody holds the lease. */
    static Step whileVacant(View view, MemberName primary) {
        return switch (view.state(primary).orElse(null)) {
            case null -> unseen(view, primary);
            case MemberState.Primary running ->
                    again(primary, primary + " runs as the primary and nobody holds the lease");
            case MemberState.Replica replica ->
                    again(primary, primary + " was chosen and not promoted yet");
            case MemberState.Stopped stopped -> succeed(view, primary, true);
            case MemberState.Empty empty -> succeed(view, primary, false);
            case MemberState.Starting starting -> starting(view, primary);
            case MemberState.Unresponsive silent -> silent(view, primary, silent);
            case MemberState.Unreachable away -> Unreached.whileVacant(view, primary);
        };
    }

    /** A primary that does not take connections yet, or not any more. */
    static Step starting(View view, MemberName primary) {
        return hung(
                view,
                primary,
                view.inStateNanos(primary) > Patience.STARTING_PRIMARY_NANOS,
                primary + " has not taken connections for a long time");
    }

    /** A primary whose process is there and says nothing. */
    static Step silent(View view, MemberName primary, MemberState.Unresponsive silent) {
        if (view.exited(primary)) {
            return Step.take(
                    new Fence(
                            primary,
                            primary
                                    + "'s server process ended and left others behind: they are"
                                    + " ended by force."));
        }
        return hung(
                view,
                primary,
                view.now() - silent.sinceNanos() > Patience.SILENT_PRIMARY_NANOS,
                primary + " is alive but has not answered for a long time");
    }

    /** Ends the lease, or closes the primary to start it again, or says that nothing helps. */
    static Step gone(View view, MemberName primary, boolean hasData) {
        return switch (Succession.now(view)) {
            case Choice.Chosen chosen ->
                    Step.take(
                            new ReleaseLease(
                                    primary,
                                    view.record().epoch(),
                                    Optional.of(chosen.member().name()),
                                    "No process of "
                                            + primary
                                            + " is left, and "
                                            + chosen.why()
                                            + ": it takes over."));
            case Choice.Pending pending -> pending(primary, pending);
            case Choice.Nobody nobody when hasData ->
                    close(
                            view,
                            "No process of "
                                    + primary
                                    + " is left; it is started again in place, because nobody can"
                                    + " take over: "
                                    + nobody.why()
                                    + ".");
            case Choice.Nobody nobody -> lost(primary, nobody);
        };
    }

    private static Step succeed(View view, MemberName primary, boolean hasData) {
        Choice choice = SwitchoverSteps.handedOver(view).orElseGet(() -> Succession.now(view));
        return switch (choice) {
            case Choice.Chosen chosen -> grant(primary, chosen);
            case Choice.Pending pending -> pending(primary, pending);
            case Choice.Nobody nobody when hasData -> again(primary, nobody.why());
            case Choice.Nobody nobody -> lost(primary, nobody);
        };
    }

    /** The lease goes to who was chosen. */
    static Step grant(MemberName primary, Choice.Chosen chosen) {
        MemberName next = chosen.member().name();
        return Step.take(
                new GrantLease(
                        next, next + " takes over from " + primary + ": " + chosen.why() + "."));
    }

    private static Step again(MemberName primary, String why) {
        return Step.take(new GrantLease(primary, primary + " stays the primary: " + why + "."));
    }

    private static Step pending(MemberName primary, Choice.Pending pending) {
        return Step.wait("No process of " + primary + " is left; " + pending.why() + ".");
    }

    private static Step lost(MemberName primary, Choice.Nobody nobody) {
        return Step.wait(
                "The data of "
                        + primary
                        + " is gone and nobody can take over: "
                        + nobody.why()
                        + ". Bring back the data directory of "
                        + primary
                        + ", or restore a backup.");
    }

    private static Step unseen(View view, MemberName primary) {
        return Step.wait(
                "There is no primary at this moment: " + Words.clause(view, primary) + ".");
    }

    private static Step hung(View view, MemberName primary, boolean tooLong, String what) {
        if (!tooLong) {
            return Step.wait(Words.clause(view, primary) + "; it is given some time.");
        }
        return switch (Succession.ifItDied(view)) {
            case Choice.Chosen chosen ->
                    Step.take(
                            new Fence(
                                    primary,
                                    what
                                            + ": it is stopped by force, so that "
                                            + chosen.member().name()
                                            + " can take over."));
            case Choice.Pending pending -> Step.wait(what + "; " + pending.why() + ".");
            case Choice.Nobody nobody ->
                    Step.wait(what + ", and nobody can take over: " + nobody.why() + ".");
        };
    }

    private static Step close(View view, String reason) {
        return Step.take(new Remember(view.record(), view.record().withWritable(false), reason));
    }
}
