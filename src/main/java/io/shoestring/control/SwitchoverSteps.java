package io.shoestring.control;

import io.shoestring.model.Action.Checkpoint;
import io.shoestring.model.Action.Fence;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.Stop;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast.Ended;
import io.shoestring.model.MemberState;
import io.shoestring.model.Switchover;

import java.util.Optional;

/**
 * A planned change of the primary, while the old one holds the lease.
 *
 * <pre>
 *   CHECKPOINT  done                              → DRAIN
 *   DRAIN       no transaction open               → STOP
 *   DRAIN       of a rehearsal: the target, too,    ended: nothing happened
 *               has the whole log
 *   CHECKPOINT, DRAIN  any obstacle, too long     → given up: nothing happened
 *   STOP        stopped, target has its whole log   release the lease → VACANT, and on as in
 *                                                   a failover
 *   STOP        failed, still takes writes        → given up: nothing happened
 *   STOP        failed half way                   fence the primary, then as a failover
 *   STOP        stopped, target lacks something   → undone: the primary is started in place
 * </pre>
 */
final class SwitchoverSteps {
    private SwitchoverSteps() {}

    static Step step(View view, MemberName primary, Switchover switchover) {
        if (view.state(primary).isEmpty()) {
            return Step.wait(awaiting(view, primary, switchover));
        }
        return switch (switchover.step()) {
            case CHECKPOINT -> checkpoint(view, primary, switchover);
            case DRAIN -> drain(view, primary, switchover);
            case STOP -> stop(view, primary, switchover);
            case FORCE -> Forced.whileServing(view, primary, switchover);
        };
    }

    /** The target of a switchover whose old primary stopped cleanly and lost nothing on the way. */
    static Optional<Choice> handedOver(View view) {
        return view.record()
                .switchover()
                .filter(switchover -> switchover.step() == Switchover.Step.STOP)
                .filter(switchover -> targetHasAll(view, switchover))
                .filter(switchover -> Succession.recent(view, switchover.to()))
                .filter(
                        switchover ->
                                Succession.recent(view, view.record().primary().orElseThrow()))
                .flatMap(switchover -> view.spec().member(switchover.to()))
                .filter(target -> !view.busy(target.name()))
                .map(target -> new Choice.Chosen(target, "the operator asked for it"));
    }

    private static Step checkpoint(View view, MemberName primary, Switchover switchover) {
        Optional<String> obstacle = obstacle(view, primary, switchover);
        if (obstacle.isPresent()) {
            return giveUp(view, switchover, obstacle.get());
        }
        Optional<Ended> ended = endedSince(view, primary, Checkpoint.class);
        if (ended.isPresent()) {
            return ended.get()
                    .failure()
                    .map(failure -> giveUp(view, switchover, "the checkpoint failed: " + failure))
                    .orElseGet(() -> next(view, switchover, Switchover.Step.DRAIN));
        }
        if (elapsed(view) > Patience.CHECKPOINT_NANOS) {
            return giveUp(view, switchover, "the checkpoint took more than 60 s");
        }
        return Step.take(
                new Checkpoint(
                        primary,
                        prefix(switchover)
                                + "begins with a checkpoint on "
                                + primary
                                + ", so that its stop is short."));
    }

    private static Step drain(View view, MemberName primary, Switchover switchover) {
        Optional<String> obstacle = obstacle(view, primary, switchover);
        if (obstacle.isPresent()) {
            return giveUp(view, switchover, obstacle.get());
        }
        int open = view.seen().proxies().openTransactions();
        long elapsed = elapsed(view);
        boolean drained = open == 0 && view.seen().proxies().unaware() == 0;
        if (drained && !switchover.rehearsal()) {
            return next(view, switchover, Switchover.Step.STOP);
        }
        if (drained && caughtUp(view, primary, switchover)) {
            return rehearsed(view, primary, switchover);
        }
        if (elapsed > Patience.DRAIN_NANOS) {
            return giveUp(
                    view,
                    switchover,
                    drained
                            ? switchover.to() + " did not have the whole log after 5 s"
                            : (open == 1 ? "1 transaction was" : open + " transactions were")
                                    + " still open after 5 s");
        }
        return Step.wait(prefix(switchover) + "holds new writes until the open ones have ended.");
    }

    /** By looks at both that began while writes were held. */
    private static boolean caughtUp(View view, MemberName primary, Switchover switchover) {
        return since(view, primary)
                && since(view, switchover.to())
                && view.state(primary).orElse(null) instanceof MemberState.Primary running
                && view.replica(switchover.to())
                        .filter(
                                target ->
                                        target.received().lsn().compareTo(running.current().lsn())
                                                >= 0)
                        .isPresent();
    }

    private static boolean since(View view, MemberName member) {
        return Optional.ofNullable(view.seen().members().get(member))
                .filter(
                        facts ->
                                facts.observedAtNanos()
                                                - view.seen().switchoverStepNanos()
                                                - Patience.HOLD_SEEN_NANOS
                                        >= 0)
                .isPresent();
    }

    private static Step rehearsed(View view, MemberName primary, Switchover switchover) {
        return remember(
                view,
                view.record().withSwitchover(Optional.empty()),
                prefix(switchover)
                        + "went well: the open transactions ended, and "
                        + switchover.to()
                        + " has the whole log. Nothing is handed over; "
                        + primary
                        + " goes on as the primary.");
    }

    private static Step stop(View view, MemberName primary, Switchover switchover) {
        return switch (view.state(primary).orElseThrow()) {
            case MemberState.Stopped stopped -> stopped(view, primary, switchover);
            case MemberState.Primary running -> stopOrGoOn(view, primary, switchover);
            case MemberState.Starting ending -> stopOrFence(view, primary, switchover);
            case MemberState.Unresponsive silent -> stopOrFence(view, primary, switchover);
            case MemberState.Unreachable away -> Step.wait(awaiting(view, primary, switchover));
            case MemberState.Empty empty ->
                    giveUp(view, switchover, "the data of " + primary + " is gone");
            case MemberState.Replica replica ->
                    giveUp(view, switchover, primary + " is not the primary any more");
        };
    }

    /** One that still takes writes is not stopping: it goes on as if nothing had happened. */
    private static Step stopOrGoOn(View view, MemberName primary, Switchover switchover) {
        return stopProblem(view, primary)
                .map(problem -> giveUp(view, switchover, problem))
                .orElseGet(() -> stopNow(primary, switchover));
    }

    private static Step stopOrFence(View view, MemberName primary, Switchover switchover) {
        if (view.exited(primary) || stopProblem(view, primary).isPresent()) {
            return Step.take(
                    new Fence(
                            primary,
                            prefix(switchover)
                                    + "could not stop "
                                    + primary
                                    + " cleanly in time: it is stopped by force."));
        }
        return stopNow(primary, switchover);
    }

    private static Step stopNow(MemberName primary, Switchover switchover) {
        return Step.take(new Stop(primary, prefix(switchover) + "stops " + primary + " cleanly."));
    }

    private static Optional<String> stopProblem(View view, MemberName primary) {
        if (view.busy(primary)) {
            return Optional.empty();
        }
        if (elapsed(view) > Patience.STOP_NANOS) {
            return Optional.of(primary + " could not be stopped within 10 s");
        }
        return endedSince(view, primary, Stop.class)
                .flatMap(Ended::failure)
                .map(failure -> primary + " could not be stopped: " + failure);
    }

    private static Step stopped(View view, MemberName primary, Switchover switchover) {
        Optional<Choice> target = handedOver(view);
        if (target.isEmpty() && mayStillCome(view, primary, switchover)) {
            return Step.wait(
                    prefix(switchover)
                            + "waits until "
                            + switchover.to()
                            + " has the last of the log of "
                            + primary
                            + ".");
        }
        return switch (target.orElseGet(() -> Succession.now(view))) {
            case Choice.Chosen chosen ->
                    Step.take(
                            new ReleaseLease(
                                    primary,
                                    view.record().epoch(),
                                    Optional.of(chosen.member().name()),
                                    prefix(switchover)
                                            + "moves the lease from "
                                            + primary
                                            + " to "
                                            + chosen.member().name()
                                            + "."));
            case Choice.Pending pending ->
                    Step.wait(prefix(switchover) + "waits: " + pending.why());
            case Choice.Nobody nobody -> undo(view, primary, switchover);
        };
    }

    private static boolean mayStillCome(View view, MemberName primary, Switchover switchover) {
        boolean clean =
                view.state(primary).orElseThrow() instanceof MemberState.Stopped stopped
                        && stopped.clean();
        boolean targetDead =
                view.exited(switchover.to())
                        || view.state(switchover.to()).orElse(null) instanceof MemberState.Stopped;
        return clean && !targetDead && elapsed(view) <= Patience.STOP_NANOS;
    }

    /** Why it cannot go on, while nothing has happened yet. */
    private static Optional<String> obstacle(View view, MemberName primary, Switchover switchover) {
        boolean present =
                switch (view.state(primary).orElseThrow()) {
                    case MemberState.Primary running -> true;
                    case MemberState.Unresponsive silent ->
                            view.now() - silent.sinceNanos() < Patience.SILENT_SYNCHRONOUS_NANOS;
                    case MemberState.Unreachable away ->
                            view.now() - away.sinceNanos() < Patience.SILENT_SYNCHRONOUS_NANOS;
                    case MemberState.Stopped stopped -> false;
                    case MemberState.Starting starting -> false;
                    case MemberState.Empty empty -> false;
                    case MemberState.Replica replica -> false;
                };
        return present
                ? SwitchoverRequest.targetProblem(view, primary, switchover.to())
                : Optional.of(Words.clause(view, primary));
    }

    private static boolean targetHasAll(View view, Switchover switchover) {
        MemberName primary = view.record().primary().orElseThrow();
        return view.state(primary).orElse(null) instanceof MemberState.Stopped stopped
                && stopped.clean()
                && !view.foreign(switchover.to())
                && view.replica(switchover.to())
                        .filter(
                                target ->
                                        target.received()
                                                        .lsn()
                                                        .compareTo(stopped.checkpoint().lsn())
                                                >= 0)
                        .isPresent();
    }

    private static Optional<Ended> endedSince(View view, MemberName member, Class<?> kind) {
        return view.ended(member)
                .filter(ended -> kind.isInstance(ended.action()))
                .filter(ended -> ended.atNanos() - view.seen().switchoverStepNanos() >= 0);
    }

    private static String awaiting(View view, MemberName primary, Switchover switchover) {
        return prefix(switchover) + "waits: " + Words.clause(view, primary) + ".";
    }

    private static long elapsed(View view) {
        return view.now() - view.seen().switchoverStepNanos();
    }

    private static Step next(View view, Switchover switchover, Switchover.Step step) {
        String reason =
                prefix(switchover)
                        + switch (step) {
                            case CHECKPOINT -> "begins.";
                            case DRAIN -> "holds new writes.";
                            case STOP -> "found no open transaction.";
                            case FORCE -> "is forced.";
                        };
        return remember(
                view, view.record().withSwitchover(Optional.of(switchover.at(step))), reason);
    }

    private static Step giveUp(View view, Switchover switchover, String why) {
        return remember(
                view,
                view.record().withSwitchover(Optional.empty()),
                prefix(switchover) + "was given up: " + why + ".");
    }

    /** The switchover stays in the record until its old primary takes writes again. */
    private static Step undo(View view, MemberName primary, Switchover switchover) {
        return remember(
                view,
                view.record().withWritable(false),
                prefix(switchover)
                        + "is undone, because "
                        + switchover.to()
                        + " does not have the whole log: "
                        + primary
                        + " is started again.");
    }

    private static Step remember(View view, DatabaseRecord next, String reason) {
        return Step.take(new Remember(view.record(), next, reason));
    }

    private static String prefix(Switchover switchover) {
        return switchover.noun() + " " + switchover.id() + " ";
    }
}
