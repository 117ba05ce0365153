package io.shoestring.control;

import io.shoestring.model.Action;
import io.shoestring.model.Action.Cascade;
import io.shoestring.model.Action.Follow;
import io.shoestring.model.Delay;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Makes replicas of all who are not the primary; only behind one that takes writes. A member that
 * an operator took out of use is left alone.
 */
final class Rejoin {
    private Rejoin() {}

    static List<Action> steps(View view, MemberSpec primary) {
        return view.others(primary.name()).stream()
                .map(MemberSpec::name)
                .filter(name -> !view.busy(name) && !view.foreign(name))
                .filter(name -> !view.offline(name))
                .flatMap(name -> step(view, primary, name).stream())
                .toList();
    }

    private static Optional<Action> step(View view, MemberSpec primary, MemberName name) {
        MemberSpec upstream = Upstream.wanted(view, primary, name);
        if (upstream.equals(primary)) {
            return follow(view, primary, name);
        }
        Optional<MemberState.Replica> replica = view.replica(name);
        boolean there = replica.filter(upstream::isUpstreamOf).isPresent();
        boolean direct =
                replica.filter(MemberState.Replica::attached)
                        .filter(primary::isUpstreamOf)
                        .isPresent();
        // Only who follows the primary in every way is led on: all else is mended there.
        boolean asMeant = replica.filter(it -> it.delay().equals(view.delay(name))).isPresent();
        if (asMeant && there) {
            return Optional.empty();
        }
        return asMeant && direct
                ? cascade(view, primary, upstream, name)
                : follow(view, primary, name);
    }

    /** Not while commits wait for it: then it leaves the synchronous set first. */
    private static Optional<Action> cascade(
            View view, MemberSpec primary, MemberSpec upstream, MemberName name) {
        boolean awaited =
                view.record().synchronous().contains(name)
                        || (view.state(primary.name()).orElse(null)
                                        instanceof MemberState.Primary running
                                && running.synchronousNames().contains(name));
        return awaited
                ? Optional.empty()
                : Optional.of(
                        new Cascade(
                                name,
                                upstream,
                                primary,
                                view.record().epoch(),
                                name
                                        + " gets its log from "
                                        + upstream.name()
                                        + " from now on, as it is configured."));
    }

    private static Optional<Action> follow(View view, MemberSpec primary, MemberName name) {
        return problem(view, primary, name)
                .map(
                        problem ->
                                new Follow(
                                        name,
                                        primary,
                                        view.record().epoch(),
                                        source(view, primary, name),
                                        name
                                                + " "
                                                + problem
                                                + ": it is made a replica of "
                                                + primary.name()
                                                + "."));
    }

    /**
     * Of the replicas that have nearly everything the one that it is to get its log from, else one
     * for which no commit waits, if there is.
     */
    private static Optional<MemberSpec> source(View view, MemberSpec primary, MemberName name) {
        Optional<MemberSpec> upstream = Upstream.configured(view, primary, name);
        return view.others(primary.name()).stream()
                .filter(
                        spec ->
                                !spec.name().equals(name)
                                        && mayBeCopied(view, primary, spec.name()))
                .min(
                        Comparator.comparing(
                                        (MemberSpec spec) -> !upstream.equals(Optional.of(spec)))
                                .thenComparing(
                                        spec -> view.record().synchronous().contains(spec.name())));
    }

    private static boolean mayBeCopied(View view, MemberSpec primary, MemberName name) {
        return !view.busy(name)
                && !view.foreign(name)
                && !view.offline(name)
                && !view.restarting(name)
                && view.delay(name).isEmpty()
                && view.state(primary.name()).orElse(null) instanceof MemberState.Primary running
                && view.replica(name)
                        .filter(MemberState.Replica::streaming)
                        .filter(_ -> Upstream.leadsToPrimary(view, primary, name))
                        .filter(
                                replica ->
                                        running.current()
                                                        .lsn()
                                                        .bytesAheadOf(replica.replayed().lsn())
                                                <= Patience.FAR_BEHIND_BYTES)
                        .isPresent();
    }

    private static Optional<String> problem(View view, MemberSpec primary, MemberName name) {
        return switch (view.state(name).orElse(null)) {
            case null -> Optional.empty();
            case MemberState.Empty empty -> Optional.of("has no data");
            case MemberState.Stopped stopped -> Optional.of("is stopped");
            case MemberState.Replica replica -> problem(view, primary, name, replica);
            // Fenced first, if it is one of ours.
            case MemberState.Primary second -> Optional.empty();
            case MemberState.Starting starting -> Optional.empty();
            case MemberState.Unresponsive unresponsive -> Optional.empty();
            case MemberState.Unreachable unreachable -> Optional.empty();
        };
    }

    private static Optional<String> problem(
            View view, MemberSpec primary, MemberName name, MemberState.Replica replica) {
        if (!primary.isUpstreamOf(replica)) {
            return Optional.of("follows another server");
        }
        Optional<Delay> delay = view.delay(name);
        if (!replica.delay().equals(delay)) {
            return Optional.of(
                    "applies the log "
                            + after(replica.delay())
                            + " and is to do so "
                            + after(delay));
        }
        boolean stuck =
                !replica.attached() && view.inStateNanos(name) > Patience.NOT_STREAMING_NANOS;
        return stuck ? Optional.of("gets no log") : Optional.empty();
    }

    private static String after(Optional<Delay> delay) {
        return delay.map(it -> it + " later than it could").orElse("as soon as it can");
    }
}
