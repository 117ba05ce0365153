package io.shoestring.control;

import io.shoestring.model.Action;
import io.shoestring.model.Action.Detach;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The record's primary is on a node that does not answer. It may be running: frozen, or cut off
 * from us alone.
 *
 * <pre>
 *   SERVING  wait: its lease ends in consensus when its node cannot renew it any more  → VACANT
 *   VACANT   more than one synchronous    detach them all                              → detached
 *   VACANT   one synchronous, or detached grant the lease to the most advanced         → GRANTED
 *   VACANT   nobody may take over         wait until its node answers
 * </pre>
 *
 * <p>It stopped itself before consensus let its lease end. What protects acknowledged commits even
 * if it did not (it was frozen, and goes on where it was): a commit waits for one of the
 * synchronous members. If there is one, whatever that one acknowledges before its promotion it also
 * has, and afterwards it acknowledges nothing more. If there are several, one could acknowledge a
 * commit after another was chosen. INVARIANT: therefore positions of several count only when none
 * of them receives any more.
 */
final class Unreached {
    private Unreached() {}

    static Step whileServing(MemberName primary) {
        return Step.wait(
                "The node of "
                        + primary
                        + " does not answer; "
                        + primary
                        + " stays the primary as long as its node renews the lease.");
    }

    static Step whileVacant(View view, MemberName primary) {
        List<Action> detaching = detaching(view);
        if (!detaching.isEmpty()) {
            return new Step(
                    detaching,
                    away(primary)
                            + "before somebody takes over, none of "
                            + Words.list(view.record().synchronous())
                            + " may receive from it any more.");
        }
        return switch (Succession.now(view)) {
            case Choice.Chosen chosen -> Failover.grant(primary, chosen);
            case Choice.Pending pending -> Step.wait(away(primary) + pending.why() + ".");
            case Choice.Nobody nobody ->
                    Step.wait(away(primary) + "nobody can take over: " + nobody.why() + ".");
        };
    }

    private static String away(MemberName primary) {
        return "The node of " + primary + " does not answer and its lease has ended; ";
    }

    private static List<Action> detaching(View view) {
        Set<MemberName> names = view.record().synchronous();
        List<Action> actions = new ArrayList<>();
        if (!view.synchronousMode() || view.record().paused() || names.size() < 2) {
            return actions;
        }
        for (MemberName name : names.stream().sorted().toList()) {
            if (view.replica(name).isPresent() && !detached(view, name)) {
                actions.add(
                        new Detach(
                                name,
                                view.record().epoch(),
                                name + " receives nothing any more, so that what it has counts."));
            }
        }
        return actions;
    }

    /** Whether positions of the synchronous set are final. */
    static boolean settled(View view) {
        Set<MemberName> names = view.record().synchronous();
        return names.size() < 2 || names.stream().allMatch(name -> detached(view, name));
    }

    private static boolean detached(View view, MemberName name) {
        return view.replica(name)
                .filter(replica -> replica.upstream().isEmpty() && !replica.streaming())
                .isPresent();
    }

    /** Whether the record's primary is out of reach. */
    static boolean away(View view, MemberName primary) {
        return view.state(primary).orElse(null) instanceof MemberState.Unreachable;
    }
}
