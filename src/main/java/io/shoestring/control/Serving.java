package io.shoestring.control;

import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The primary of this epoch takes writes, or did so until a moment ago. */
final class Serving {
    private Serving() {}

    static Step step(View view, MemberName primary) {
        Optional<MemberSpec> spec = view.spec().member(primary);
        if (spec.isEmpty()) {
            return Step.wait(
                    "The primary "
                            + primary
                            + " is not in the configuration: put it back, or switch over first and"
                            + " remove it then.");
        }
        if (view.record().switchover().isPresent()) {
            return SwitchoverSteps.step(view, primary, view.record().switchover().get());
        }
        return Failover.whileServing(view, primary).orElseGet(() -> upkeep(view, spec.get()));
    }

    /** The synchronous set first: commits may be waiting for one who died. */
    private static Step upkeep(View view, MemberSpec primary) {
        List<Action> actions = new ArrayList<>();
        if (view.state(primary.name()).orElseThrow() instanceof MemberState.Primary running) {
            Membership.step(view, primary.name(), running).ifPresent(actions::add);
        }
        // One thing at a time changes the record.
        Optional<Step> restart =
                actions.isEmpty() ? RollingSteps.step(view, primary) : Optional.empty();
        actions.addAll(Rejoin.steps(view, primary));
        restart.ifPresent(step -> actions.addAll(step.actions()));
        return new Step(
                actions,
                summary(view, primary.name())
                        + restart.map(step -> " " + step.sentence()).orElse(""));
    }

    private static String summary(View view, MemberName primary) {
        List<MemberName> others = view.others(primary).stream().map(MemberSpec::name).toList();
        String serving = primary + " is the primary of epoch " + view.record().epoch();
        if (view.blocked(primary)) {
            return serving
                    + "; "
                    + Words.clauses(view, others)
                    + "; no commit is acknowledged until a replica is synchronous (protection:"
                    + " maximum).";
        }
        Set<MemberName> synchronous = view.record().synchronous();
        return serving
                + (others.isEmpty() ? "" : "; " + Words.clauses(view, others))
                + (synchronous.isEmpty()
                        ? "."
                        : "; commits wait for "
                                + (synchronous.size() == 1 ? "" : "one of ")
                                + Words.list(synchronous)
                                + ".");
    }
}
