package io.shoestring.control;

import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.Restart;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast.Ended;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberState.Primary;
import io.shoestring.model.Protection;
import io.shoestring.model.RollingRestart;
import io.shoestring.model.Switchover;

import java.util.Optional;

/**
 * A rolling restart, while its primary takes writes and no switchover is under way.
 *
 * <pre>
 *   TAKE_OUT   of a replica: no reads, no commit waits for it    → RESTART
 *   RESTART    its server was stopped and started                → CATCH_UP
 *   TAKE_OUT   of the primary, the last: all others follow       → HAND_OVER, and a switchover
 *   HAND_OVER  the switchover has ended, it is a replica         → CATCH_UP
 *   CATCH_UP   it follows, and commits may wait for it again     → TAKE_OUT of the next, or the end
 *   any        its restart or its switchover failed              → given up
 * </pre>
 *
 * <p>INVARIANT: one member is out at a time. While another one is missing, whatever the reason, it
 * waits. After a failover it goes on: who was the primary is restarted as the replica that it is.
 */
final class RollingSteps {
    private RollingSteps() {}

    /** What is to be done next; empty if no restart is under way. */
    static Optional<Step> step(View view, MemberSpec primary) {
        return view.record().restart().map(restart -> step(view, primary, restart));
    }

    private static Step step(View view, MemberSpec primary, RollingRestart restart) {
        if (restart.left().isEmpty()) {
            return end(view, restart, "is done; " + primary.name() + " is the primary.");
        }
        MemberName member = restart.left().getFirst();
        if (view.offline(member) || view.spec().member(member).isEmpty()) {
            return remember(
                    view, restart, restart.next(), clause(view, member) + ", and is left out");
        }
        boolean leads = member.equals(primary.name());
        return switch (restart.step()) {
            case TAKE_OUT ->
                    leads
                            ? handOver(view, primary.name(), restart)
                            : takeOut(view, primary.name(), restart, member);
            case RESTART -> restart(view, primary, restart, member);
            case HAND_OVER ->
                    leads
                            ? end(
                                    view,
                                    restart,
                                    "was given up: %s did not hand over, and was not restarted."
                                            .formatted(member))
                            : remember(
                                    view,
                                    restart,
                                    restart.at(RollingRestart.Step.CATCH_UP),
                                    member + " has handed over, and was restarted as a replica");
            case CATCH_UP -> catchUp(view, primary.name(), restart, member);
        };
    }

    /** Reads and commits leave it before its server does, so that nobody notices. */
    private static Step takeOut(
            View view, MemberName primary, RollingRestart restart, MemberName member) {
        Optional<MemberName> missing = missing(view, primary, Optional.of(member));
        if (missing.isPresent() || view.replica(member).isEmpty() || view.busy(member)) {
            return waits(restart, clause(view, missing.orElse(member)));
        }
        if (isAwaited(view, primary, member)) {
            return waits(restart, "commits still wait for " + member);
        }
        return view.seen().proxies().unaware() > 0
                ? waits(restart, "not all nodes know yet that " + member + " gets no reads")
                : remember(
                        view,
                        restart,
                        restart.at(RollingRestart.Step.RESTART),
                        member + " gets no reads any more, and no commit waits for it");
    }

    /** With protection maximum who is alone stays in the setting: commits wait until it is back. */
    private static boolean isAwaited(View view, MemberName primary, MemberName member) {
        boolean inForce =
                view.state(primary).orElse(null) instanceof Primary running
                        && running.synchronousNames().contains(member)
                        && view.spec().protection() != Protection.MAXIMUM;
        return inForce || view.record().synchronous().contains(member);
    }

    private static Step restart(
            View view, MemberSpec primary, RollingRestart restart, MemberName member) {
        Optional<Ended> ended =
                view.ended(member)
                        .filter(
                                it ->
                                        it.action() instanceof Restart done
                                                && done.id().equals(restart.id()));
        if (ended.isPresent()) {
            return ended.get()
                    .failure()
                    .map(
                            failure ->
                                    end(
                                            view,
                                            restart,
                                            "was given up at " + member + ": " + failure))
                    .orElseGet(
                            () ->
                                    remember(
                                            view,
                                            restart,
                                            restart.at(RollingRestart.Step.CATCH_UP),
                                            member + " was restarted"));
        }
        if (member.equals(primary.name())) {
            return remember(view, restart, restart.later(), member + " has become the primary");
        }
        if (view.replica(member).isEmpty()
                || view.busy(member)
                || isAwaited(view, primary.name(), member)
                || view.seen().proxies().unaware() > 0) {
            return waits(restart, clause(view, member));
        }
        return Step.take(
                new Restart(
                        member,
                        primary,
                        view.record().epoch(),
                        restart.id(),
                        prefix(restart) + " restarts " + member + "."));
    }

    private static Step handOver(View view, MemberName primary, RollingRestart restart) {
        if (restart.left().size() > 1) {
            return remember(
                    view, restart, restart.later(), primary + " is the primary, and comes last");
        }
        Optional<MemberName> missing = missing(view, primary, Optional.empty());
        if (missing.isPresent()) {
            return waits(restart, clause(view, missing.get()));
        }
        return switch (SwitchoverRequest.judge(view.seen(), Optional.empty())) {
            case SwitchoverRequest.Refused refused ->
                    waits(restart, "no switchover is possible: " + refused.sentence());
            case SwitchoverRequest.Possible possible -> {
                DatabaseRecord next =
                        view.record()
                                .withRestart(Optional.of(restart.at(RollingRestart.Step.HAND_OVER)))
                                .withSwitchover(
                                        Optional.of(
                                                new Switchover(
                                                        restart.id(),
                                                        possible.to(),
                                                        Switchover.Step.CHECKPOINT)));
                yield Step.take(
                        new Remember(
                                view.record(),
                                next,
                                prefix(restart)
                                        + " has "
                                        + primary
                                        + " hand over to "
                                        + possible.to()
                                        + ", and restarts it by that."));
            }
        };
    }

    private static Step catchUp(
            View view, MemberName primary, RollingRestart restart, MemberName member) {
        boolean back =
                member.equals(primary)
                        || SwitchoverRequest.targetProblem(view, primary, member).isEmpty()
                        || (isNever(view, member) && isStreaming(view, member));
        return back
                ? remember(
                        view,
                        restart,
                        restart.next(),
                        "%s has caught up (%d of %d)"
                                .formatted(
                                        member,
                                        restart.total() - restart.left().size() + 1,
                                        restart.total()))
                : waits(restart, clause(view, member));
    }

    /** Whom no commit ever waits for. */
    private static boolean isNever(View view, MemberName member) {
        return view.spec().member(member).map(MemberSpec::priority).orElse(0) == 0;
    }

    private static boolean isStreaming(View view, MemberName member) {
        return !view.busy(member)
                && view.replica(member).filter(MemberState.Replica::attached).isPresent();
    }

    /** The first member in use, but for the primary and {@code except}, that does not follow. */
    static Optional<MemberName> missing(
            View view, MemberName primary, Optional<MemberName> except) {
        return view.others(primary).stream()
                .map(MemberSpec::name)
                .filter(name -> !view.offline(name) && !except.equals(Optional.of(name)))
                .filter(name -> view.foreign(name) || !isStreaming(view, name))
                .findFirst();
    }

    private static Step waits(RollingRestart restart, String why) {
        return Step.wait("Rolling " + restart.clause() + " and waits: " + ended(why));
    }

    private static Step remember(
            View view, RollingRestart restart, RollingRestart next, String what) {
        return Step.take(
                new Remember(
                        view.record(),
                        view.record().withRestart(Optional.of(next)),
                        prefix(restart) + ": " + what + "."));
    }

    private static Step end(View view, RollingRestart restart, String what) {
        return Step.take(
                new Remember(
                        view.record(),
                        view.record().withRestart(Optional.empty()),
                        prefix(restart) + " " + ended(what)));
    }

    private static String ended(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    private static String clause(View view, MemberName member) {
        return Words.clause(view, member);
    }

    private static String prefix(RollingRestart restart) {
        return "Rolling restart " + restart.id();
    }
}
