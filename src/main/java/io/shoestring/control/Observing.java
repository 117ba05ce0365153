package io.shoestring.control;

import io.shoestring.model.Action;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Decision;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import java.util.List;
import java.util.Optional;

/**
 * A database that somebody else manages: nothing is ever done to its members. Its primary is found,
 * remembered under an epoch of its own, and published.
 *
 * <p>INVARIANT: who takes writes on an older timeline than the newest that was seen is an old
 * primary that does not know it yet; it is never published. Of two on the same timeline none is,
 * because nobody here can know which of them is right.
 */
final class Observing {
    private static final long SECOND_NANOS = 1_000_000_000L;

    /** So long a proxy goes on by the newest it heard; it is told anew in steps. */
    private static final long TRUST_NANOS = 9 * SECOND_NANOS;

    private static final long STEP_NANOS = 2 * SECOND_NANOS;

    private record Found(MemberName member, MemberState.Primary state) {
        int timeline() {
            return state.current().timeline();
        }
    }

    private Observing() {}

    static Decision decide(View view) {
        List<Found> newest = newest(view);
        if (newest.size() == 1) {
            return isKnown(view.record(), newest.getFirst())
                    ? serving(view, newest.getFirst().member())
                    : remember(view, newest.getFirst());
        }
        if (newest.size() > 1) {
            return nobody(
                    view,
                    Words.list(newest.stream().map(Found::member).toList())
                            + " each take writes on the same timeline: nothing is sent to them"
                            + " until one is left.");
        }
        return silent(view)
                .map(member -> serving(view, member))
                .orElseGet(() -> nobody(view, missing(view)));
    }

    private static List<Found> newest(View view) {
        List<Found> all =
                view.spec().members().stream()
                        .map(MemberSpec::name)
                        .flatMap(name -> found(view, name).stream())
                        .toList();
        int highest = all.stream().mapToInt(Found::timeline).max().orElse(0);
        return highest < view.record().timeline()
                ? List.of()
                : all.stream().filter(each -> each.timeline() == highest).toList();
    }

    private static Optional<Found> found(View view, MemberName name) {
        return view.state(name)
                .filter(MemberState.Primary.class::isInstance)
                .filter(_ -> !view.foreign(name))
                .map(state -> new Found(name, (MemberState.Primary) state));
    }

    private static boolean isKnown(DatabaseRecord record, Found found) {
        return record.primary().equals(Optional.of(found.member()))
                && record.timeline() == found.timeline()
                && record.systemIdentifier() == found.state().systemIdentifier();
    }

    private static Decision remember(View view, Found found) {
        DatabaseRecord record = view.record();
        String sentence =
                "%s was found to be the primary (timeline %d)."
                        .formatted(found.member(), found.timeline());
        DatabaseRecord next =
                record.withObserved(
                        found.member(),
                        found.timeline(),
                        found.state().systemIdentifier(),
                        record.epoch() + 1);
        return decision(
                List.of(new Remember(record, next, sentence)),
                topology(view, Optional.empty(), sentence),
                sentence);
    }

    /** The remembered primary, if it does not answer since a moment: clients wait for it. */
    private static Optional<MemberName> silent(View view) {
        return view.record()
                .primary()
                .filter(
                        name ->
                                view.state(name).orElse(null) instanceof MemberState.Unresponsive it
                                        && view.now() - it.sinceNanos()
                                                < Patience.SILENT_PRIMARY_NANOS);
    }

    private static Decision serving(View view, MemberName primary) {
        List<MemberName> others = view.others(primary).stream().map(MemberSpec::name).toList();
        String sentence =
                primary
                        + " is the primary, as whoever manages it made it"
                        + (others.isEmpty() ? "." : "; " + Words.clauses(view, others) + ".");
        return decision(List.of(), topology(view, view.spec().member(primary), sentence), sentence);
    }

    private static Decision nobody(View view, String sentence) {
        return decision(List.of(), topology(view, Optional.empty(), sentence), sentence);
    }

    private static String missing(View view) {
        List<MemberName> late =
                view.spec().members().stream()
                        .map(MemberSpec::name)
                        .filter(name -> found(view, name).isPresent())
                        .toList();
        String all =
                Words.clauses(view, view.spec().members().stream().map(MemberSpec::name).toList());
        return late.isEmpty()
                ? "There is no primary: " + all + "."
                : Words.list(late)
                        + " takes writes on an older timeline than "
                        + view.record().primary().map(MemberName::value).orElse("the primary")
                        + " did, so nothing is sent there: "
                        + all
                        + ".";
    }

    private static DatabaseTopology topology(
            View view, Optional<MemberSpec> primary, String sentence) {
        return new DatabaseTopology(
                view.spec().name(),
                view.record().epoch(),
                primary,
                false,
                Math.floorDiv(view.now(), STEP_NANOS) * STEP_NANOS + TRUST_NANOS,
                primary.map(found -> replicas(view, found)).orElse(List.of()),
                sentence);
    }

    private static List<MemberSpec> replicas(View view, MemberSpec primary) {
        return view.others(primary.name()).stream()
                .filter(spec -> !view.foreign(spec.name()))
                .filter(
                        spec ->
                                view.replica(spec.name())
                                        .filter(MemberState.Replica::streaming)
                                        .filter(replica -> replica.delay().isEmpty())
                                        .isPresent())
                .toList();
    }

    private static Decision decision(
            List<Action> actions, DatabaseTopology topology, String sentence) {
        return new Decision(
                actions,
                topology,
                sentence,
                "It is only observed: who takes over, and what is lost then, is up to whoever"
                        + " manages it.",
                topology.primary().isPresent());
    }
}
