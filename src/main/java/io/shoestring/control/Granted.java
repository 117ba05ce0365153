package io.shoestring.control;

import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import java.util.Set;

/**
 * The lease was granted and the record does not know it yet. What the record says of the epoch
 * before is forgotten by the next step, so a new holder has to be alive then; otherwise the choice
 * is made again. It is also made again if it was not made by us on the record as it is: a conductor
 * that was late may have granted on what was true before.
 */
final class Granted {
    private Granted() {}

    static Step step(View view) {
        Lease lease = view.seen().lease().orElseThrow();
        boolean successor =
                view.record().primary().filter(name -> !name.equals(lease.holder())).isPresent();
        return successor ? successor(view, lease) : remember(view, lease);
    }

    private static Step successor(View view, Lease lease) {
        MemberName holder = lease.holder();
        if (!view.seen().leaseFacts().grantedHere()) {
            Choice choice = Succession.confirm(view, holder);
            if (choice instanceof Choice.Pending pending) {
                return Step.wait("There is no primary: " + pending.why() + ".");
            }
            if (!(choice instanceof Choice.Chosen chosen)
                    || !chosen.member().name().equals(holder)) {
                return withdraw(view, lease);
            }
        }
        return switch (view.state(holder).orElse(null)) {
            case null ->
                    view.exited(holder)
                            ? release(view, lease)
                            : Step.wait("There is no primary: " + Words.clause(view, holder) + ".");
            case MemberState.Stopped stopped -> release(view, lease);
            case MemberState.Empty empty -> release(view, lease);
            case MemberState.Replica replica -> remember(view, lease);
            case MemberState.Primary primary -> remember(view, lease);
            case MemberState.Starting starting -> remember(view, lease);
            case MemberState.Unresponsive silent -> remember(view, lease);
            case MemberState.Unreachable away ->
                    Step.wait("There is no primary: " + Words.clause(view, holder) + ".");
        };
    }

    private static Step release(View view, Lease lease) {
        return Step.take(
                new ReleaseLease(
                        lease.holder(),
                        lease.epoch(),
                        Words.clause(view, lease.holder())
                                + " before it was promoted: somebody is chosen anew."));
    }

    /** It was granted by a conductor that knew less than the record says now. */
    private static Step withdraw(View view, Lease lease) {
        MemberName holder = lease.holder();
        if (Unreached.away(view, holder)) {
            return Step.wait("There is no primary: " + Words.clause(view, holder) + ".");
        }
        return Step.take(
                new ReleaseLease(
                        holder,
                        lease.epoch(),
                        holder
                                + " was given the lease and is not the one to take over: somebody"
                                + " is chosen anew."));
    }

    /** Who keeps the lease keeps the set that its commits waited for; a new holder has none. */
    private static Step remember(View view, Lease lease) {
        DatabaseRecord record = view.record();
        boolean same = record.primary().filter(lease.holder()::equals).isPresent();
        return Step.take(
                new Remember(
                        record,
                        record.under(lease, same ? record.synchronous() : Set.of()),
                        lease.holder() + " holds the lease of epoch " + lease.epoch() + "."));
    }
}
