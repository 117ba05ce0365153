package io.shoestring.control;

import io.shoestring.model.Action;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberName;
import io.shoestring.model.Observation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is to be done about one database, as a function of what was observed of it: no clock, no
 * I/O, no threads, no memory. The states are in {@link Phase}; each operation has a file of its
 * own.
 *
 * <p>At most one of the actions changes consensus: the caller carries it out and asks again, so a
 * crash between any two steps leads to an observation like any other.
 */
public final class Decider {
    private Decider() {}

    /** The decision; the same observation always gives the same one. */
    public static Decision decide(Observation observation) {
        View view = new View(observation);
        if (!view.spec().managed()) {
            return Observing.decide(view);
        }
        Step step = step(view).after(Fencing.strangers(view));
        Step possible = new Step(possible(view, step.actions()), step.sentence());
        DatabaseTopology topology = TopologyOf.view(view, step);
        return new Decision(
                possible.actions(),
                topology,
                possible.sentence(),
                Readiness.sentence(view, topology),
                Readiness.isCovered(view, topology));
    }

    private static Step step(View view) {
        return switch (Phase.of(view)) {
            case NEW -> Bootstrap.step(view);
            case GRANTED -> Granted.step(view);
            case VACANT -> Failover.whileVacant(view, primary(view));
            case OPENING ->
                    MachineFence.step(view, primary(view))
                            .or(() -> Forced.whileOpening(view, primary(view)))
                            .orElseGet(() -> Opening.step(view, primary(view)));
            case SERVING ->
                    MachineFence.step(view, primary(view))
                            .orElseGet(() -> Serving.step(view, primary(view)));
        };
    }

    private static MemberName primary(View view) {
        return view.record().primary().orElseThrow();
    }

    /** One action on a member at a time: what comes first is more urgent. */
    private static List<Action> possible(View view, List<Action> actions) {
        Set<MemberName> taken = new HashSet<>(view.seen().busy().keySet());
        List<Action> possible = new ArrayList<>();
        for (Action action : actions) {
            if (!(action instanceof Action.ByAgent byAgent) || taken.add(byAgent.member())) {
                possible.add(action);
            }
        }
        return possible;
    }
}
