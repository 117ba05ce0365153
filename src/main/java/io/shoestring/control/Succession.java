package io.shoestring.control;

import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Position;
import io.shoestring.model.Switchover;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Who may be promoted, and who of them is best.
 *
 * <p>Availability. INVARIANT: every acknowledged commit of the record's epoch is on at least one of
 * {@code record.synchronous}. A commit waits for <em>one</em> of them, therefore <em>all</em> of
 * them have to be read before the most advanced is known, and only that one may be taken. They
 * followed the same primary in the same epoch, so their log positions compare without the timeline.
 *
 * <p>Performance. The most advanced running replica, if it does not lack more of the primary's log
 * than the limit.
 *
 * <p>In both, positions count only if they were looked at after the primary was provably gone, and
 * not long ago.
 */
final class Succession {
    private Succession() {}

    /**
     * Who takes over from the record's primary, which was seen to be gone, or is out of reach after
     * its lease has ended.
     */
    static Choice now(View view) {
        return now(view, view.record().switchover().map(Switchover::to));
    }

    /** The same, where {@code holder} was given the lease already: it is kept among equals. */
    static Choice confirm(View view, MemberName holder) {
        Optional<Choice> handed = SwitchoverSteps.handedOver(view);
        return handed.isPresent() ? handed.get() : now(view, Optional.of(holder));
    }

    private static Choice now(View view, Optional<MemberName> wanted) {
        MemberName primary = view.record().primary().orElseThrow();
        if (view.record().paused()) {
            return new Choice.Nobody("automatic failover is paused");
        }
        if (Unreached.away(view, primary)) {
            return whileAway(view, wanted);
        }
        if (!recent(view, primary)) {
            return new Choice.Pending("it is looked at again");
        }
        return view.state(primary).filter(Succession::gone).isPresent()
                ? choose(view, goneSince(view, primary), wanted)
                : new Choice.Nobody(Words.clause(view, primary));
    }

    private static boolean gone(MemberState state) {
        return state instanceof MemberState.Stopped || state instanceof MemberState.Empty;
    }

    private static OptionalLong goneSince(View view, MemberName primary) {
        return OptionalLong.of(view.past(primary).map(MemberPast::sinceNanos).orElseThrow());
    }

    /** What was received is looked at after the lease was seen to be ended, never before. */
    private static Choice whileAway(View view, Optional<MemberName> wanted) {
        OptionalLong ended = view.seen().leaseFacts().endedNanos();
        if (ended.isEmpty()) {
            return new Choice.Nobody("its lease has not ended");
        }
        if (view.synchronousMode() && !Unreached.settled(view) && !Forced.passesOver(view)) {
            return new Choice.Pending("the synchronous replicas are being detached");
        }
        return choose(view, ended, wanted);
    }

    /** Who would take over if the record's primary died now. */
    static Choice ifItDied(View view) {
        if (view.record().paused()) {
            return new Choice.Nobody("automatic failover is paused");
        }
        return choose(view, OptionalLong.empty(), view.record().switchover().map(Switchover::to));
    }

    private static Choice choose(View view, OptionalLong goneSince, Optional<MemberName> wanted) {
        return Forced.choice(view, goneSince).orElseGet(() -> automatic(view, goneSince, wanted));
    }

    private static Choice automatic(
            View view, OptionalLong goneSince, Optional<MemberName> wanted) {
        return view.synchronousMode()
                ? amongSynchronous(view, goneSince, wanted)
                : amongReplicas(view, goneSince, wanted);
    }

    private static Choice amongSynchronous(
            View view, OptionalLong goneSince, Optional<MemberName> wanted) {
        DatabaseRecord record = view.record();
        Set<MemberName> names = record.synchronous();
        if (names.isEmpty()) {
            return new Choice.Nobody(whyNobodyIsSynchronous(view));
        }
        List<MemberName> unreadable =
                names.stream().filter(name -> !readable(view, name)).sorted().toList();
        if (!unreadable.isEmpty()) {
            return new Choice.Nobody(
                    Words.clauses(view, unreadable)
                            + ", and may hold acknowledged commits that nobody else has");
        }
        if (names.stream().anyMatch(name -> !freshEnough(view, name, goneSince))) {
            return new Choice.Pending("what " + Words.list(names) + " received is being read");
        }
        return mostAdvanced(view, names, wanted);
    }

    private static Choice mostAdvanced(
            View view, Set<MemberName> names, Optional<MemberName> wanted) {
        Lsn best =
                names.stream()
                        .map(name -> view.replica(name).orElseThrow().received().lsn())
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
        List<MemberSpec> equals =
                view.spec().members().stream()
                        .filter(spec -> names.contains(spec.name()))
                        .filter(spec -> eligible(view, spec))
                        .filter(
                                spec ->
                                        view.replica(spec.name())
                                                .orElseThrow()
                                                .received()
                                                .lsn()
                                                .equals(best))
                        .toList();
        return preferred(equals, wanted)
                .<Choice>map(
                        spec ->
                                new Choice.Chosen(
                                        spec, spec.name() + " has every acknowledged commit"))
                .orElseGet(
                        () ->
                                new Choice.Nobody(
                                        "of "
                                                + Words.list(names)
                                                + " the most advanced cannot be promoted now"));
    }

    private static Choice amongReplicas(
            View view, OptionalLong goneSince, Optional<MemberName> wanted) {
        if (handingOver(view.record())) {
            return new Choice.Nobody("a planned switchover must not lose anything");
        }
        MemberName primary = view.record().primary().orElseThrow();
        List<MemberSpec> running =
                view.others(primary).stream()
                        .filter(spec -> readable(view, spec.name()) && eligible(view, spec))
                        .toList();
        if (running.isEmpty()) {
            return new Choice.Nobody("no replica is running");
        }
        if (running.stream().anyMatch(spec -> !freshEnough(view, spec.name(), goneSince))) {
            return new Choice.Pending("what the replicas received is being read");
        }
        return mostAdvancedOf(view, primary, running, goneSince, wanted);
    }

    private static Choice mostAdvancedOf(
            View view,
            MemberName primary,
            List<MemberSpec> running,
            OptionalLong goneSince,
            Optional<MemberName> wanted) {
        Position best =
                running.stream()
                        .map(spec -> received(view, spec))
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
        List<MemberSpec> equals =
                running.stream().filter(spec -> received(view, spec).equals(best)).toList();
        MemberSpec member = preferred(equals, wanted).orElseThrow();
        Optional<String> tooMuch = Loss.tooMuch(view, primary, member.name(), goneSince);
        if (tooMuch.isPresent()) {
            return new Choice.Nobody(tooMuch.get());
        }
        return new Choice.Chosen(member, member.name() + " is the most advanced replica");
    }

    private static Position received(View view, MemberSpec spec) {
        return view.replica(spec.name()).orElseThrow().received();
    }

    static boolean readable(View view, MemberName name) {
        return view.replica(name).isPresent() && !view.foreign(name);
    }

    private static boolean eligible(View view, MemberSpec spec) {
        return spec.priority() > 0 && !view.busy(spec.name()) && !view.offline(spec.name());
    }

    static boolean freshEnough(View view, MemberName name, OptionalLong goneSince) {
        MemberFacts facts = view.seen().members().get(name);
        return goneSince.isEmpty()
                || (facts != null
                        && recent(view, name)
                        && facts.observedAtNanos() - goneSince.getAsLong() >= 0);
    }

    /** A loop that was stalled finds old looks before it: they say nothing of now. */
    static boolean recent(View view, MemberName name) {
        MemberFacts facts = view.seen().members().get(name);
        return facts != null && view.now() - facts.observedAtNanos() <= Patience.FRESH_LOOK_NANOS;
    }

    /**
     * Among equals: who is wanted (by the operator, or because it has the lease), then priority,
     * then the order of the file.
     */
    private static Optional<MemberSpec> preferred(
            List<MemberSpec> equals, Optional<MemberName> wanted) {
        List<MemberSpec> ordered = new ArrayList<>(equals);
        ordered.sort(
                Comparator.comparing((MemberSpec spec) -> !wanted.equals(Optional.of(spec.name())))
                        .thenComparing(Comparator.comparingInt(MemberSpec::priority).reversed()));
        return ordered.stream().findFirst();
    }

    private static boolean handingOver(DatabaseRecord record) {
        return record.switchover()
                .map(Switchover::step)
                .filter(step -> step == Switchover.Step.STOP)
                .isPresent();
    }

    private static String whyNobodyIsSynchronous(View view) {
        List<MemberName> others =
                view.others(view.record().primary().orElseThrow()).stream()
                        .map(MemberSpec::name)
                        .toList();
        if (others.isEmpty()) {
            return "there is no other member";
        }
        return others.stream()
                        .allMatch(
                                name ->
                                        readable(view, name)
                                                && !view.busy(name)
                                                && !view.offline(name))
                ? "no replica is known to have every acknowledged commit yet"
                : Words.clauses(view, others);
    }
}
