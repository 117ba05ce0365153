package io.shoestring.control;

import io.shoestring.model.Action.Promote;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.StartPrimary;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import java.util.Optional;
import java.util.Set;

/**
 * Brings the holder of the lease to where it takes writes under its epoch.
 *
 * <pre>
 *   replica (running or stopped)     promote
 *   stopped, not a replica           release if somebody else may take over, else start in place
 *   takes writes, nothing under way  remember: writable           → SERVING
 * </pre>
 */
final class Opening {
    private Opening() {}

    static Step step(View view, MemberName primary) {
        return switch (view.state(primary).orElse(null)) {
            case null -> Step.wait(waiting(view, primary));
            case MemberState.Primary running -> running(view, primary, running);
            case MemberState.Replica replica -> promote(view, primary);
            case MemberState.Stopped stopped when stopped.wasReplica() -> promote(view, primary);
            case MemberState.Stopped stopped -> startOrHandOver(view, primary);
            case MemberState.Empty empty -> Failover.gone(view, primary, false);
            case MemberState.Starting starting -> Failover.starting(view, primary);
            case MemberState.Unresponsive silent -> Failover.silent(view, primary, silent);
            case MemberState.Unreachable away -> Step.wait(waiting(view, primary));
        };
    }

    private static Step running(View view, MemberName primary, MemberState.Primary running) {
        if (view.busy(primary) || view.foreign(primary)) {
            return Step.wait(waiting(view, primary));
        }
        DatabaseRecord next =
                view.record()
                        .withSynchronous(provable(view.record(), running))
                        .withWritable(true)
                        .withSwitchover(Optional.empty())
                        .withSystemIdentifier(running.systemIdentifier());
        return Step.take(new Remember(view.record(), next, opened(view.record(), primary)));
    }

    /** Only while the server itself waits for a subset of them, the record may name them. */
    private static Set<MemberName> provable(DatabaseRecord record, MemberState.Primary running) {
        Set<MemberName> inForce = running.synchronousNames();
        boolean holds = !inForce.isEmpty() && record.synchronous().containsAll(inForce);
        return holds ? record.synchronous() : Set.of();
    }

    private static String opened(DatabaseRecord record, MemberName primary) {
        String opened = primary + " takes writes as the primary of epoch " + record.epoch() + ".";
        return record.switchover()
                .filter(switchover -> !switchover.to().equals(primary))
                .map(
                        switchover ->
                                "%s %s was undone: %s"
                                        .formatted(switchover.noun(), switchover.id(), opened))
                .orElse(opened);
    }

    private static Step promote(View view, MemberName primary) {
        if (view.busy(primary)) {
            return Step.wait(waiting(view, primary));
        }
        if (!Fencing.strangers(view).isEmpty()) {
            return Step.wait(
                    primary + " is promoted as soon as the other primary is provably stopped.");
        }
        long epoch = view.record().epoch();
        return Step.take(
                new Promote(
                        primary,
                        epoch,
                        view.blockedFor(primary),
                        primary + " becomes the primary of epoch " + epoch + "."));
    }

    private static Step startOrHandOver(View view, MemberName primary) {
        if (view.busy(primary)) {
            return Step.wait(waiting(view, primary));
        }
        return switch (Succession.now(view)) {
            case Choice.Chosen chosen ->
                    Step.take(
                            new ReleaseLease(
                                    primary,
                                    view.record().epoch(),
                                    Optional.of(chosen.member().name()),
                                    primary
                                            + " does not run, and "
                                            + chosen.why()
                                            + ": it takes over."));
            case Choice.Pending pending ->
                    Step.wait(primary + " is stopped; " + pending.why() + ".");
            case Choice.Nobody nobody ->
                    Step.take(
                            new StartPrimary(
                                    primary,
                                    view.record().epoch(),
                                    waitedFor(view, primary),
                                    primary + " is started as the primary."));
        };
    }

    private static Set<MemberName> waitedFor(View view, MemberName primary) {
        Set<MemberName> known = view.record().synchronous();
        return known.isEmpty() ? view.blockedFor(primary) : known;
    }

    private static String waiting(View view, MemberName primary) {
        return "There is no primary yet: " + Words.clause(view, primary) + ".";
    }
}
