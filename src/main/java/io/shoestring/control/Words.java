package io.shoestring.control;

import io.shoestring.model.Delay;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How members and their states are spoken of. No changing numbers: a sentence is a state. */
final class Words {
    private Words() {}

    /** A whole clause: {@code b is stopped}. */
    static String clause(View view, MemberName member) {
        String busy = view.seen().busy().get(member);
        return member + (busy == null ? " " + predicate(view, member) : " is " + busy);
    }

    private static String predicate(View view, MemberName member) {
        if (view.spec().members().stream().noneMatch(spec -> spec.name().equals(member))) {
            return "is no member any more";
        }
        if (view.foreign(member) && !view.spec().managed()) {
            return "belongs to another cluster than before (its system identifier differs): if"
                    + " that is meant, give the database another name in the configuration";
        }
        if (view.foreign(member)) {
            return "belongs to another cluster (its system identifier differs): stop it and move"
                    + " its data directory away, then it is cloned";
        }
        if (view.offline(member)) {
            return "is offline (an operator took it out of use)";
        }
        if (view.restarting(member) && view.replica(member).isPresent()) {
            return "is out of use for its restart";
        }
        return switch (view.state(member).orElse(null)) {
            case null ->
                    view.exited(member)
                            ? "has just ended its server process"
                            : "has not been seen yet";
            case MemberState.Empty empty -> "has no data";
            case MemberState.Stopped stopped -> "is stopped";
            case MemberState.Starting starting ->
                    view.spec().managed()
                            ? "does not take connections yet"
                            : "takes no connections";
            case MemberState.Replica replica -> following(view, member, replica);
            case MemberState.Primary primary -> "takes writes";
            case MemberState.Unresponsive unresponsive -> "does not answer";
            case MemberState.Unreachable unreachable -> "is on a node that does not answer";
        };
    }

    private static String following(View view, MemberName member, MemberState.Replica replica) {
        String delay =
                view.delay(member).map(it -> ", delayed by " + it + " on purpose").orElse("");
        String way =
                Upstream.actual(view, replica)
                        .map(MemberSpec::name)
                        .filter(it -> !view.record().primary().equals(Optional.of(it)))
                        .map(it -> " by way of " + it)
                        .orElse("");
        if (replica.streaming()) {
            return "follows" + way + delay;
        }
        return replica.attached()
                ? "applies what it has" + delay + ", and then gets more log"
                : "runs as a replica but gets no log";
    }

    /** Why it cannot be promoted. */
    static String delayed(MemberName member, Delay delay) {
        return member
                + " is delayed by "
                + delay
                + " on purpose, and a promotion would apply at once what it holds back; if that"
                + " is meant, take its delay out of the configuration first";
    }

    /** {@code a}, {@code a and b}, {@code a, b and c}; {@code nobody} for none. */
    static String list(Collection<MemberName> names) {
        List<String> sorted = names.stream().sorted().map(MemberName::value).toList();
        if (sorted.isEmpty()) {
            return "nobody";
        }
        if (sorted.size() == 1) {
            return sorted.getFirst();
        }
        return String.join(", ", sorted.subList(0, sorted.size() - 1)) + " and " + sorted.getLast();
    }

    static String clauses(View view, Collection<MemberName> members) {
        return members.stream()
                .map(member -> clause(view, member))
                .collect(Collectors.joining("; "));
    }
}
