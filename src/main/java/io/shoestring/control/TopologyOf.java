package io.shoestring.control;

import io.shoestring.model.Action;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Switchover;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the proxies shall do. INVARIANT: a primary is in it only if the lease is held under the
 * record's epoch, the record says that it takes writes, and what was seen does not contradict.
 */
final class TopologyOf {
    private TopologyOf() {}

    static DatabaseTopology view(View view, Step step) {
        Optional<MemberSpec> primary = primary(view, step);
        return new DatabaseTopology(
                view.spec().name(),
                view.record().epoch(),
                primary,
                holds(view),
                view.seen().leaseFacts().deadlineNanos(),
                primary.map(found -> replicas(view, found)).orElse(List.of()),
                primary.map(found -> reason(view, found)).orElse(step.sentence()));
    }

    private static Optional<MemberSpec> primary(View view, Step step) {
        if (Phase.of(view) != Phase.SERVING) {
            return Optional.empty();
        }
        MemberName name = view.record().primary().orElseThrow();
        boolean closing = step.actions().stream().anyMatch(action -> closes(action, name));
        return view.spec().member(name).filter(spec -> !closing && present(view, name));
    }

    /** A primary that is silent for a while keeps its clients: they wait for it as we do. */
    private static boolean present(View view, MemberName name) {
        return switch (view.state(name).orElse(null)) {
            case null -> false;
            case MemberState.Primary running -> !view.foreign(name);
            case MemberState.Unresponsive silent -> !view.exited(name);
            case MemberState.Unreachable away -> !view.exited(name);
            case MemberState.Starting starting -> false;
            case MemberState.Stopped stopped -> false;
            case MemberState.Empty empty -> false;
            case MemberState.Replica replica -> false;
        };
    }

    private static boolean closes(Action action, MemberName primary) {
        return switch (action) {
            case Action.Fence fence -> fence.member().equals(primary);
            case Action.ReleaseLease release -> true;
            case Action.Remember remember -> !remember.next().writable();
            case Action.GrantLease grant -> true;
            case Action.EndLease end -> true;
            case Action.FenceNode fence -> false;
            case Action.Promote promote -> false;
            case Action.StartPrimary start -> false;
            case Action.Follow follow -> false;
            case Action.Cascade cascade -> false;
            case Action.Detach detach -> false;
            case Action.SetSynchronous set -> false;
            case Action.Block block -> false;
            case Action.Checkpoint checkpoint -> false;
            case Action.Stop stop -> false;
            case Action.Restart restart -> false;
        };
    }

    private static boolean holds(View view) {
        return view.record()
                .switchover()
                .map(Switchover::step)
                .filter(step -> step != Switchover.Step.CHECKPOINT)
                .isPresent();
    }

    private static List<MemberSpec> replicas(View view, MemberSpec primary) {
        return view.others(primary.name()).stream()
                .filter(spec -> follows(view, spec, primary))
                .toList();
    }

    private static boolean follows(View view, MemberSpec spec, MemberSpec primary) {
        return !view.foreign(spec.name())
                && !view.offline(spec.name())
                && !view.restarting(spec.name())
                && view.replica(spec.name())
                        .filter(MemberState.Replica::streaming)
                        .filter(replica -> !isHeldBack(spec, replica))
                        .filter(_ -> Upstream.leadsToPrimary(view, primary, spec.name()))
                        .isPresent();
    }

    /** On purpose; also while its server does not know yet that it shall not any more. */
    private static boolean isHeldBack(MemberSpec spec, MemberState.Replica replica) {
        return spec.delay().isPresent() || replica.delay().isPresent();
    }

    private static String reason(View view, MemberSpec primary) {
        String serving = primary.name() + " is the primary of epoch " + view.record().epoch() + ".";
        return view.record()
                .switchover()
                .filter(switchover -> holds(view))
                .map(
                        switchover ->
                                serving
                                        + " Writes are held for "
                                        + switchover.noun().toLowerCase(Locale.ROOT)
                                        + " "
                                        + switchover.id()
                                        + " to "
                                        + switchover.to()
                                        + ".")
                .orElse(serving);
    }
}
