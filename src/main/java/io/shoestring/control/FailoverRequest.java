package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Observation;

import java.util.Optional;

/** Whether a failover can be forced, and what it would cost. */
public sealed interface FailoverRequest {
    /** It can; the clause says what is lost, or that nothing is. */
    record Possible(MemberName from, MemberName to, String cost) implements FailoverRequest {
        public Possible {
            requireNonNull(from, "from is null");
            requireNonNull(to, "to is null");
            requireNonNull(cost, "cost is null");
        }
    }

    /** It cannot, or not for that; the sentence says why and what to do. */
    record Refused(String sentence) implements FailoverRequest {
        public Refused {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /**
     * Judges a request.
     *
     * @param to whom the operator asks for
     * @param accepted what may be lost
     */
    static FailoverRequest judge(Observation observation, MemberName to, AcceptedLoss accepted) {
        View view = new View(observation);
        return obstacle(view, to)
                .<FailoverRequest>map(Refused::new)
                .orElseGet(() -> judged(view, to, accepted));
    }

    private static Optional<String> obstacle(View view, MemberName to) {
        if (view.spec().member(to).isEmpty()) {
            return Optional.of(
                    "There is no member %s; the members are %s."
                            .formatted(
                                    to,
                                    Words.list(
                                            view.spec().members().stream()
                                                    .map(MemberSpec::name)
                                                    .toList())));
        }
        if (view.record().paused()) {
            return Optional.of(
                    "Automatic actions are paused, and nothing would be done: 'shoestring resume"
                            + " "
                            + view.spec().name()
                            + "' first.");
        }
        if (view.record().switchover().isPresent()) {
            return Optional.of(
                    "%s %s is on its way; wait until it has ended."
                            .formatted(
                                    view.record().switchover().get().noun(),
                                    view.record().switchover().get().id()));
        }
        return switch (Phase.of(view)) {
            case NEW -> Optional.of("There was no primary yet that somebody could replace.");
            case GRANTED -> Optional.of("Somebody is taking over at this moment; wait for it.");
            case SERVING, VACANT, OPENING -> targetObstacle(view, to);
        };
    }

    private static Optional<String> targetObstacle(View view, MemberName to) {
        return view.record().primary().filter(to::equals).isPresent()
                ? Optional.of(to + " is the primary already.")
                : Forced.problem(view, to)
                        .map(problem -> to + " cannot become the primary: " + problem + ".");
    }

    private static FailoverRequest judged(View view, MemberName to, AcceptedLoss accepted) {
        Forced.Cost cost = Forced.cost(view, to);
        return accepted.covers(cost.bytes())
                ? new Possible(view.record().primary().orElseThrow(), to, cost.clause())
                : new Refused(tooMuch(view, to, cost, accepted));
    }

    private static String tooMuch(
            View view, MemberName to, Forced.Cost cost, AcceptedLoss accepted) {
        String again =
                "'shoestring failover %s --to %s --accept-loss %s'"
                        .formatted(view.spec().name(), to, AcceptedLoss.toAccept(cost.bytes()));
        boolean planned =
                SwitchoverRequest.judge(view.seen(), Optional.of(to))
                        instanceof SwitchoverRequest.Possible;
        return (accepted.bytes() == 0
                        ? "Data would be lost: "
                        : "More would be lost than was accepted: ")
                + cost.clause()
                + ". "
                + (planned
                        ? "Nothing is lost by 'shoestring switchover %s --to %s'. "
                                .formatted(view.spec().name(), to)
                        : "")
                + "If the loss is accepted: "
                + again
                + ".";
    }
}
