package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.Observation;
import io.shoestring.model.Protection;
import io.shoestring.model.Switchover;

import java.util.HashSet;
import java.util.Set;

/**
 * Whether a member can be taken out of use, or back in. Out of use it gets no reads, holds no
 * commits, is never promoted, and nothing is done to it: it is in the operator's hands.
 */
public sealed interface OfflineRequest {
    /** It can; {@code next} is what is to be remembered, and is as before if nothing changes. */
    record Possible(DatabaseRecord next, String sentence) implements OfflineRequest {
        public Possible {
            requireNonNull(next, "next is null");
            requireNonNull(sentence, "sentence is null");
        }
    }

    /** It cannot; the sentence says why and what to do. */
    record Refused(String sentence) implements OfflineRequest {
        public Refused {
            requireNonNull(sentence, "sentence is null");
        }
    }

    /** Judges a request; allowed while automatic failover is paused, too. */
    static OfflineRequest judge(Observation observation, MemberName member, boolean offline) {
        View view = new View(observation);
        if (view.spec().member(member).isEmpty()) {
            return new Refused(
                    "There is no member "
                            + member
                            + "; the members are "
                            + Words.list(
                                    view.spec().members().stream().map(MemberSpec::name).toList())
                            + ".");
        }
        return offline ? out(view, member) : in(view, member);
    }

    private static OfflineRequest out(View view, MemberName member) {
        boolean entitled =
                view.record().primary().filter(member::equals).isPresent()
                        || view.seen()
                                .lease()
                                .map(Lease::holder)
                                .filter(member::equals)
                                .isPresent();
        if (entitled) {
            return new Refused(
                    "%s is the primary; 'shoestring switchover %s' first, and take it offline then."
                            .formatted(member, view.spec().name()));
        }
        boolean awaited =
                view.record().switchover().map(Switchover::to).filter(member::equals).isPresent();
        if (awaited) {
            return new Refused(
                    "A switchover to " + member + " is on its way; wait until it has ended.");
        }
        Set<MemberName> names = new HashSet<>(view.record().offline());
        boolean news = names.add(member);
        return new Possible(
                view.record().withOffline(names),
                news
                        ? member
                                + " is offline: it gets no reads, commits do not wait for it, it is"
                                + " never promoted, and nothing is done to it until it is online."
                                + whoIsLeft(view, names)
                        : member + " was offline before.");
    }

    private static String whoIsLeft(View view, Set<MemberName> names) {
        MemberName primary = view.record().primary().orElse(new MemberName(""));
        boolean somebody =
                view.others(primary).stream()
                        .anyMatch(spec -> !names.contains(spec.name()) && spec.priority() > 0);
        if (somebody) {
            return "";
        }
        return " Until then nobody can take over from the primary"
                + (view.spec().protection() == Protection.MAXIMUM
                        ? ", and with protection maximum no commit is acknowledged while no member"
                                + " is its replica."
                        : ".");
    }

    private static OfflineRequest in(View view, MemberName member) {
        Set<MemberName> names = new HashSet<>(view.record().offline());
        boolean news = names.remove(member);
        return new Possible(
                view.record().withOffline(names),
                news
                        ? member + " is online: it is made a replica again, and is used as one."
                        : member + " was online before.");
    }
}
