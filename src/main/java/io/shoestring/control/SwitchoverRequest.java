package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberState.Primary;
import io.shoestring.model.Observation;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Whether a planned switchover can begin; checked again at each of its steps. */
public sealed interface SwitchoverRequest {
    /** It can. */
    record Possible(MemberName from, MemberName to) implements SwitchoverRequest {
        public Possible {
            requireNonNull(from, "from is null");
            requireNonNull(to, "to is null");
        }
    }

    /** It cannot; the sentence says why and what to do. */
    record Refused(String sentence) implements SwitchoverRequest {
        public Refused {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /**
     * Judges a request.
     *
     * @param to whom the operator asks for; empty: the best replica
     */
    static SwitchoverRequest judge(Observation observation, Optional<MemberName> to) {
        View view = new View(observation);
        if (Phase.of(view) != Phase.SERVING
                || !(view.state(view.record().primary().orElseThrow()).orElse(null)
                        instanceof Primary)) {
            return new Refused(
                    "There is no working primary at this moment; wait until there is one.");
        }
        if (view.record().switchover().isPresent()) {
            return new Refused(
                    "Switchover "
                            + view.record().switchover().get().id()
                            + " is on its way; wait until it has ended.");
        }
        MemberName from = view.record().primary().orElseThrow();
        return to.map(name -> named(view, from, name)).orElseGet(() -> best(view, from));
    }

    private static SwitchoverRequest named(View view, MemberName from, MemberName to) {
        if (view.spec().member(to).isEmpty()) {
            return new Refused(
                    "There is no member "
                            + to
                            + "; the members are "
                            + Words.list(
                                    view.spec().members().stream().map(MemberSpec::name).toList())
                            + ".");
        }
        if (to.equals(from)) {
            return new Refused(to + " is the primary already.");
        }
        return targetProblem(view, from, to)
                .<SwitchoverRequest>map(
                        problem -> new Refused(to + " cannot become the primary: " + problem + "."))
                .orElseGet(() -> new Possible(from, to));
    }

    private static SwitchoverRequest best(View view, MemberName from) {
        List<MemberSpec> possible =
                view.others(from).stream()
                        .filter(spec -> targetProblem(view, from, spec.name()).isEmpty())
                        .filter(spec -> spec.priority() > 0)
                        .toList();
        return possible.stream()
                .max(
                        Comparator.comparing(
                                        (MemberSpec spec) ->
                                                view.replica(spec.name()).orElseThrow().received())
                                .thenComparingInt(MemberSpec::priority))
                .<SwitchoverRequest>map(spec -> new Possible(from, spec.name()))
                .orElseGet(() -> new Refused(nobody(view, from)));
    }

    private static String nobody(View view, MemberName from) {
        List<String> problems =
                view.others(from).stream()
                        .map(
                                spec ->
                                        targetProblem(view, from, spec.name())
                                                .orElse("its priority is 0"))
                        .toList();
        return problems.isEmpty()
                ? "There is no other member."
                : "No member can become the primary: " + String.join("; ", problems) + ".";
    }

    /** What keeps a member from being the target, as a clause; empty if nothing does. */
    static Optional<String> targetProblem(View view, MemberName from, MemberName to) {
        Optional<MemberState.Replica> replica = view.replica(to);
        if (replica.isEmpty() || view.foreign(to) || view.busy(to) || view.offline(to)) {
            return Optional.of(Words.clause(view, to));
        }
        if (view.delay(to).isPresent()) {
            return Optional.of(Words.delayed(to, view.delay(to).get()));
        }
        if (!replica.get().streaming()) {
            return Optional.of(to + " gets no log from " + from);
        }
        if (view.synchronousMode() && !hasEveryCommit(view, from, to)) {
            return Optional.of(to + " is not known to have every acknowledged commit yet");
        }
        if (view.state(from).orElse(null) instanceof Primary primary
                && primary.current().lsn().bytesAheadOf(replica.get().received().lsn())
                        > Patience.FAR_BEHIND_BYTES) {
            return Optional.of(to + " is more than 16 MiB behind; wait until it has caught up");
        }
        return Optional.empty();
    }

    /**
     * Or will have, when the primary has stopped: what a synchronous replica acknowledges reaches
     * those who get their log from it. Nothing is handed over before the target has all.
     */
    private static boolean hasEveryCommit(View view, MemberName from, MemberName to) {
        return view.record().synchronous().contains(to)
                || view.spec()
                        .member(from)
                        .flatMap(primary -> Upstream.feeder(view, primary, to))
                        .filter(view.record().synchronous()::contains)
                        .isPresent();
    }
}
