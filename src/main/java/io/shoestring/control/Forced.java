package io.shoestring.control;

import io.shoestring.model.Action.Fence;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Position;
import io.shoestring.model.Switchover;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A failover that an operator forces: whatever the primary does, it is stopped, and the member that
 * was named takes over.
 *
 * <pre>
 *   SERVING, OPENING  runs, starts or is silent     fence it                     → gone
 *   SERVING, OPENING  gone                          release the lease            → VACANT
 *   VACANT            gone, or out of reach         grant the lease to the named → GRANTED
 *   any               the named one may not be      as if nobody had asked
 * </pre>
 *
 * <p>Only the choice is the operator's. INVARIANT: as with any other, the lease has to be given
 * back or to have ended first; and no more is lost than was accepted, as far as it can be known,
 * which is judged again when the primary is gone.
 */
final class Forced {
    /**
     * What would be lost.
     *
     * @param bytes empty: nobody knows
     * @param clause that says it
     */
    record Cost(OptionalLong bytes, String clause) {}

    private Forced() {}

    /** Ends the primary that somebody else is to replace; empty if there is nothing to end. */
    static Optional<Step> whileOpening(View view, MemberName primary) {
        return wanted(view, primary)
                .filter(wanted -> running(view, primary))
                .filter(wanted -> elapsed(view) <= Patience.FORCE_NANOS)
                .filter(wanted -> allowed(view, primary, OptionalLong.empty()).isPresent())
                .map(wanted -> fence(primary, wanted));
    }

    static Step whileServing(View view, MemberName primary, Switchover wanted) {
        return switch (view.state(primary).orElseThrow()) {
            case MemberState.Primary running -> stop(view, primary, wanted);
            case MemberState.Starting starting -> stop(view, primary, wanted);
            case MemberState.Unresponsive silent -> stop(view, primary, wanted);
            case MemberState.Stopped stopped -> Failover.gone(view, primary, true);
            case MemberState.Empty empty -> Failover.gone(view, primary, false);
            case MemberState.Unreachable away when elapsed(view) <= Patience.FORCE_NANOS ->
                    Unreached.whileServing(primary);
            case MemberState.Unreachable away ->
                    giveUp(view, wanted, "the node of " + primary + " still renews its lease");
            case MemberState.Replica replica ->
                    giveUp(view, wanted, primary + " is not the primary any more");
        };
    }

    private static Step stop(View view, MemberName primary, Switchover wanted) {
        if (elapsed(view) > Patience.FORCE_NANOS) {
            return giveUp(view, wanted, primary + " could not be stopped within 60 s");
        }
        if (allowed(view, primary, OptionalLong.empty()).isEmpty()) {
            return giveUp(
                    view,
                    wanted,
                    problem(view, wanted.to()).orElseGet(() -> cost(view, wanted.to()).clause()));
        }
        return fence(primary, wanted);
    }

    private static Step fence(MemberName primary, Switchover wanted) {
        return Step.take(
                new Fence(
                        primary,
                        "%s %s stops %s by force, so that %s can take over."
                                .formatted(wanted.noun(), wanted.id(), primary, wanted.to())));
    }

    private static boolean running(View view, MemberName primary) {
        return switch (view.state(primary).orElse(null)) {
            case MemberState.Primary running -> true;
            case MemberState.Starting starting -> true;
            case MemberState.Unresponsive silent -> true;
            case null, default -> false;
        };
    }

    /**
     * That the operator's member takes over, or that it is looked at for that; empty if nobody
     * asked for it, or it may not.
     */
    static Optional<Choice> choice(View view, OptionalLong goneSince) {
        MemberName primary = view.record().primary().orElseThrow();
        return wanted(view, primary).flatMap(wanted -> allowed(view, primary, goneSince));
    }

    private static Optional<Switchover> wanted(View view, MemberName primary) {
        return view.record()
                .switchover()
                .filter(Switchover::forced)
                .filter(switchover -> !switchover.to().equals(primary));
    }

    private static Optional<Choice> allowed(View view, MemberName primary, OptionalLong goneSince) {
        Switchover wanted = wanted(view, primary).orElseThrow();
        Optional<MemberSpec> target = view.spec().member(wanted.to());
        if (target.isEmpty() || problem(view, wanted.to()).isPresent()) {
            return Optional.empty();
        }
        if (!read(view, wanted, goneSince)) {
            return Optional.of(
                    new Choice.Pending("what " + wanted.to() + " received is being read"));
        }
        Cost cost = cost(view, wanted.to());
        return wanted.loss().covers(cost.bytes())
                ? Optional.of(
                        new Choice.Chosen(
                                target.get(),
                                "%s was chosen by an operator (%s)"
                                        .formatted(wanted.to(), cost.clause())))
                : Optional.empty();
    }

    /** What is compared has to be looked at after the primary was gone, as far as it can be. */
    private static boolean read(View view, Switchover wanted, OptionalLong goneSince) {
        return Succession.freshEnough(view, wanted.to(), goneSince)
                && view.record().synchronous().stream()
                        .filter(name -> Succession.readable(view, name))
                        .allMatch(name -> Succession.freshEnough(view, name, goneSince));
    }

    /** Whether somebody who cannot be asked may have what is lost, and that was accepted. */
    static boolean passesOver(View view) {
        MemberName primary = view.record().primary().orElseThrow();
        return wanted(view, primary).filter(wanted -> wanted.loss().isUnknown()).isPresent()
                && view.record().synchronous().stream()
                        .anyMatch(name -> !Succession.readable(view, name));
    }

    /** What keeps the member from taking over whatever is accepted, as a clause. */
    static Optional<String> problem(View view, MemberName to) {
        if (view.delay(to).isPresent()) {
            return Optional.of(Words.delayed(to, view.delay(to).get()));
        }
        boolean possible =
                view.replica(to).isPresent()
                        && !view.foreign(to)
                        && !view.busy(to)
                        && !view.offline(to);
        return possible ? Optional.empty() : Optional.of(Words.clause(view, to));
    }

    /** What would be lost if the member, a running replica, took over. */
    static Cost cost(View view, MemberName to) {
        MemberName primary = view.record().primary().orElseThrow();
        Set<MemberName> names = view.record().synchronous();
        return view.synchronousMode() && !names.isEmpty()
                ? againstSynchronous(view, names, to)
                : againstPrimary(view, primary, to);
    }

    private static Cost againstSynchronous(View view, Set<MemberName> names, MemberName to) {
        List<MemberName> unreadable =
                names.stream().filter(name -> !Succession.readable(view, name)).sorted().toList();
        if (!unreadable.isEmpty()) {
            return new Cost(
                    OptionalLong.empty(),
                    "%s, and may hold acknowledged commits that %s lacks"
                            .formatted(Words.clauses(view, unreadable), to));
        }
        if (names.contains(to) && alive(view)) {
            return new Cost(OptionalLong.of(0), to + atLeast(names));
        }
        MemberName best =
                names.stream()
                        .max(Comparator.comparing(name -> received(view, name).lsn()))
                        .orElseThrow();
        // Who is synchronous followed in the same epoch; of another one only the timeline says it.
        boolean comparable =
                names.contains(to)
                        || received(view, to).timeline() == received(view, best).timeline();
        long lacking = received(view, best).lsn().bytesAheadOf(received(view, to).lsn());
        if (comparable && lacking <= 0) {
            return new Cost(OptionalLong.of(0), to + " has every acknowledged commit");
        }
        return comparable && view.spec().inBytes()
                ? new Cost(
                        OptionalLong.of(lacking),
                        "%s lacks %s of the log that %s has"
                                .formatted(to, Loss.words(lacking), best))
                : new Cost(
                        OptionalLong.empty(), "%s lacks some of what %s has".formatted(to, best));
    }

    /**
     * Each commit is on one of them, and what they have to the end is compared when it has come:
     * then whoever has more takes over instead, unless that may be lost.
     */
    private static String atLeast(Set<MemberName> names) {
        return names.size() == 1
                ? " has every acknowledged commit"
                : " is synchronous; if another one has more in the end, that one takes over";
    }

    private static boolean alive(View view) {
        return running(view, view.record().primary().orElseThrow());
    }

    private static Cost againstPrimary(View view, MemberName primary, MemberName to) {
        OptionalLong known = Loss.bytes(view, primary, to);
        if (view.state(primary).orElse(null) instanceof MemberState.Stopped stopped
                && stopped.clean()) {
            Position has = received(view, to);
            Position end = stopped.checkpoint();
            return has.timeline() == end.timeline() && has.lsn().compareTo(end.lsn()) >= 0
                    ? new Cost(OptionalLong.of(0), to + " has the whole log of " + primary)
                    : new Cost(known, lacks(to, primary, known, ""));
        }
        return new Cost(
                OptionalLong.empty(), lacks(to, primary, known, ", and how much more is unknown"));
    }

    private static String lacks(
            MemberName to, MemberName primary, OptionalLong known, String more) {
        return known.isPresent() && known.getAsLong() > 0
                ? "%s lacks %s of the log of %s%s"
                        .formatted(to, Loss.words(known.getAsLong()), primary, more)
                : "how much %s lacks of the log of %s is unknown".formatted(to, primary);
    }

    private static Position received(View view, MemberName name) {
        return view.replica(name).orElseThrow().received();
    }

    private static long elapsed(View view) {
        return view.now() - view.seen().switchoverStepNanos();
    }

    private static Step giveUp(View view, Switchover wanted, String why) {
        return Step.take(
                new Remember(
                        view.record(),
                        view.record().withSwitchover(Optional.empty()),
                        "%s %s was given up: %s.".formatted(wanted.noun(), wanted.id(), why)));
    }
}
