package io.shoestring.control;

import io.shoestring.model.Action.EndLease;
import io.shoestring.model.Action.FenceNode;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Fenced;
import io.shoestring.model.LeaseFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import java.util.Optional;

/**
 * The holder of the lease is on a node that does not answer, and there is a command that switches
 * machines off: who is provably off need not be waited for.
 *
 * <pre>
 *   silent, not renewed, somebody may take over   run the fence command
 *   it ended with exit status 0                   remember: fenced
 *   the record says so of this very renewal       end the lease             → VACANT
 *   anything else                                 wait until the lease ends → VACANT
 * </pre>
 *
 * <p>INVARIANT: the lease is ended before its time only if it was not renewed since before a fence
 * command was begun that has succeeded. What proves it is in the record, so that another conductor
 * goes on from there; for a later epoch or renewal it proves nothing.
 */
final class MachineFence {
    private MachineFence() {}

    /** The next step, if a machine can be helped by force. */
    static Optional<Step> step(View view, MemberName primary) {
        LeaseFacts lease = view.seen().leaseFacts();
        if (view.record().paused()
                || lease.held().isEmpty()
                || !(view.state(primary).orElse(null) instanceof MemberState.Unreachable away)) {
            return Optional.empty();
        }
        Fenced wanted = new Fenced(view.record().epoch(), lease.renewal());
        Optional<Step> proven = proven(view, primary, wanted);
        return proven.isPresent() ? proven : asked(view, primary, away, wanted);
    }

    private static Optional<Step> proven(View view, MemberName primary, Fenced wanted) {
        if (view.record().fenced().equals(Optional.of(wanted))) {
            return Optional.of(
                    Step.take(
                            new EndLease(
                                    primary,
                                    wanted,
                                    "The machine of "
                                            + primary
                                            + " is off: its lease ends before its time.")));
        }
        if (view.seen().fence().done().equals(Optional.of(wanted))) {
            return Optional.of(
                    Step.take(
                            new Remember(
                                    view.record(),
                                    view.record().withFenced(wanted),
                                    "The machine of "
                                            + primary
                                            + " was switched off by the fence command.")));
        }
        return Optional.empty();
    }

    private static Optional<Step> asked(
            View view, MemberName primary, MemberState.Unreachable away, Fenced wanted) {
        LeaseFacts lease = view.seen().leaseFacts();
        boolean silent =
                view.now() - away.sinceNanos() >= Patience.FENCE_AFTER_NANOS
                        && view.now() - lease.renewalSeenNanos() >= Patience.NOT_RENEWED_NANOS;
        Optional<MemberSpec> spec = view.spec().member(primary);
        if (view.seen().fence().running().isPresent()) {
            return Optional.of(
                    Step.wait(
                            "The node of "
                                    + primary
                                    + " does not answer, and the fence command is being run for"
                                    + " its machine."));
        }
        return view.spec().fenceable() && silent && spec.isPresent()
                ? fence(view, spec.get(), wanted)
                : Optional.empty();
    }

    private static Optional<Step> fence(View view, MemberSpec primary, Fenced wanted) {
        if (!(Succession.ifItDied(view) instanceof Choice.Chosen chosen)) {
            return Optional.empty();
        }
        return Optional.of(
                Step.take(
                        new FenceNode(
                                primary.node(),
                                primary.name(),
                                wanted,
                                "The node of "
                                        + primary.name()
                                        + " does not answer and does not renew the lease: the"
                                        + " fence command is run for machine "
                                        + primary.node()
                                        + ", so that "
                                        + chosen.member().name()
                                        + " can take over.")));
    }
}
