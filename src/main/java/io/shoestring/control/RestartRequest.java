package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Observation;
import io.shoestring.model.Protection;
import io.shoestring.model.RestartOrder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether a rolling restart can begin, and of whom in which order. */
public sealed interface RestartRequest {
    /**
     * It can.
     *
     * @param members in the order in which they are restarted, a primary last
     * @param notes what is good to know before, in sentences
     */
    record Possible(List<MemberName> members, List<String> notes) implements RestartRequest {
        public Possible {
            members = List.copyOf(members);
            notes = List.copyOf(notes);
        }
    }

    /** It cannot; the sentence says why and what to do. */
    record Refused(String sentence) implements RestartRequest {
        public Refused {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /** Judges a request; allowed while automatic failover is paused, too. */
    static RestartRequest judge(Observation observation, RestartOrder order) {
        View view = new View(observation);
        Optional<String> obstacle = obstacle(view, order.members());
        if (obstacle.isPresent()) {
            return new Refused(obstacle.get());
        }
        MemberName primary = view.record().primary().orElseThrow();
        List<MemberName> members = inOrder(view, primary, order);
        if (members.isEmpty()) {
            return new Refused(
                    order.pendingOnly()
                            ? "No setting of a member waits for a restart."
                            : "All members are offline: their servers are in your hands.");
        }
        return danger(view, primary, members)
                .<RestartRequest>map(Refused::new)
                .orElseGet(() -> new Possible(members, notes(view, primary, members)));
    }

    private static Optional<String> obstacle(View view, Set<MemberName> named) {
        if (Phase.of(view) != Phase.SERVING
                || !(view.state(view.record().primary().orElseThrow()).orElse(null)
                        instanceof MemberState.Primary)) {
            return Optional.of(
                    "There is no working primary at this moment; wait until there is one.");
        }
        if (view.record().switchover().isPresent()) {
            return Optional.of(
                    "Switchover "
                            + view.record().switchover().get().id()
                            + " is on its way; wait until it has ended.");
        }
        if (view.record().restart().isPresent()) {
            return Optional.of(underWay(view));
        }
        return named.stream().sorted().flatMap(name -> unfit(view, name).stream()).findFirst();
    }

    /** What is said to whoever asks for something that does not go beside it. */
    static String underWay(View view) {
        return "There is already "
                + view.record().restart().orElseThrow().clause()
                + "; wait until it has ended, or 'shoestring restart "
                + view.spec().name()
                + " --cancel' first.";
    }

    private static Optional<String> unfit(View view, MemberName name) {
        if (view.spec().member(name).isEmpty()) {
            return Optional.of(
                    "There is no member "
                            + name
                            + "; the members are "
                            + Words.list(
                                    view.spec().members().stream().map(MemberSpec::name).toList())
                            + ".");
        }
        return view.offline(name)
                ? Optional.of(name + " is offline: its server is in your hands.")
                : Optional.empty();
    }

    private static List<MemberName> inOrder(View view, MemberName primary, RestartOrder order) {
        List<MemberName> members =
                new ArrayList<>(view.others(primary).stream().map(MemberSpec::name).toList());
        members.add(primary);
        members.removeIf(
                name ->
                        view.offline(name)
                                || (!order.members().isEmpty() && !order.members().contains(name))
                                || (order.pendingOnly() && !isPending(view, name)));
        return members;
    }

    private static boolean isPending(View view, MemberName name) {
        return Optional.ofNullable(view.seen().members().get(name))
                .map(MemberFacts::pendingRestart)
                .filter(settings -> !settings.isEmpty())
                .isPresent();
    }

    /** One is out at a time: if somebody is missing already, that would be two. */
    private static Optional<String> danger(
            View view, MemberName primary, List<MemberName> members) {
        Optional<MemberName> missing = RollingSteps.missing(view, primary, Optional.empty());
        if (missing.isPresent()) {
            return Optional.of(
                    Words.clause(view, missing.get())
                            + ": a restart now would be one member more that is missing. Mend that"
                            + " first, or take it offline.");
        }
        if (members.contains(primary) && successors(view, primary).isEmpty()) {
            return Optional.of(
                    primary
                            + " is the primary, and nobody could take over from it while it is"
                            + " restarted, so clients would notice. Add a member, or bring one"
                            + " online"
                            + (members.size() > 1
                                    ? "; or restart only the others, by --member."
                                    : "."));
        }
        return Optional.empty();
    }

    private static List<MemberName> successors(View view, MemberName primary) {
        return view.others(primary).stream()
                .filter(spec -> spec.priority() > 0 && !view.offline(spec.name()))
                .map(MemberSpec::name)
                .toList();
    }

    private static List<String> notes(View view, MemberName primary, List<MemberName> members) {
        List<String> notes = new ArrayList<>();
        List<MemberName> successors = successors(view, primary);
        boolean only = successors.size() == 1 && members.contains(successors.getFirst());
        if (only) {
            notes.add(
                    "While %s is restarted, for some seconds, nobody could take over from %s%s."
                            .formatted(
                                    successors.getFirst(),
                                    primary,
                                    view.spec().protection() == Protection.MAXIMUM
                                            ? ", and commits wait (protection: maximum)"
                                            : ""));
        }
        if (members.contains(primary)) {
            notes.add(
                    "%s comes last, after a switchover; somebody else is the primary then."
                            .formatted(primary));
        }
        List<MemberName> left =
                view.spec().members().stream().map(MemberSpec::name).filter(view::offline).toList();
        if (!left.isEmpty()) {
            notes.add(Words.list(left) + " is left out: it is offline, in your hands.");
        }
        return notes;
    }
}
