package io.shoestring.control;

import io.shoestring.model.Action;
import io.shoestring.model.Action.Block;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.Action.SetSynchronous;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberState.Primary;
import io.shoestring.model.Protection;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Brings the synchronous set to the replicas that can bear it, in steps that keep it true.
 *
 * <p>Three sets: {@code wanted}; {@code inForce}, for one of which a commit on the primary waits;
 * {@code remembered}, all of which are read before one is promoted. INVARIANT: {@code remembered}
 * is empty, or {@code inForce} is not empty and a subset of it and every commit that was
 * acknowledged is on one of {@code inForce}. So:
 *
 * <pre>
 *   remembered {}     inForce anything      set wanted in the server, prove it, then remember it
 *   remembered {b}    wanted {}             remember {}, then set {} in the server
 *   remembered {b}    wanted {c}            remember {}, then as above
 *   remembered {b}    wanted {b,c}          remember {b,c}, then set {b,c} in the server
 *   remembered {b,c}  wanted {b}            set {b} in the server, prove it, then remember {b}
 * </pre>
 *
 * <p>With protection {@code maximum} the server never gets an empty set: who is left in its setting
 * is not there, so that no commit is acknowledged, and the record forgets him all the same. What he
 * has when he comes back is not known; he may have been cloned.
 *
 * <p>Why growing goes the other way than from nothing: while a commit waits for one of two, the
 * other one may lack it; if only one of them were remembered, it could be promoted without it.
 */
final class Membership {
    private Membership() {}

    /** The next step, if the sets are not where they should be. */
    static Optional<Action> step(View view, MemberName primary, Primary running) {
        Set<MemberName> wanted = wanted(view, primary, running);
        Set<MemberName> inForce = running.synchronousNames();
        Set<MemberName> remembered = view.record().synchronous();
        if (remembered.isEmpty()) {
            return fromNothing(view, primary, wanted, inForce);
        }
        Set<MemberName> kept = new HashSet<>(remembered);
        kept.retainAll(wanted);
        boolean untrue = inForce.isEmpty() || !remembered.containsAll(inForce);
        if (kept.isEmpty() || untrue) {
            return Optional.of(remember(view, Set.of(), forgetting(view, remembered)));
        }
        return between(view, primary, new Sets(wanted, inForce, remembered, kept));
    }

    private record Sets(
            Set<MemberName> wanted,
            Set<MemberName> inForce,
            Set<MemberName> remembered,
            Set<MemberName> kept) {}

    private static Optional<Action> fromNothing(
            View view, MemberName primary, Set<MemberName> wanted, Set<MemberName> inForce) {
        if (wanted.isEmpty() && !view.blockedFor(primary).isEmpty()) {
            return inForce.isEmpty() ? Optional.of(block(view, primary)) : Optional.empty();
        }
        if (wanted.isEmpty()) {
            return inForce.isEmpty()
                    ? Optional.empty()
                    : Optional.of(set(view, primary, wanted, "Commits wait for nobody."));
        }
        if (!inForce.equals(wanted) || !proven(view, primary, wanted)) {
            return Optional.of(
                    set(view, primary, wanted, "Commits shall wait for " + any(wanted) + "."));
        }
        return Optional.of(
                remember(
                        view,
                        wanted,
                        "Every acknowledged commit is also on " + any(wanted) + " from now on."));
    }

    private static Optional<Action> between(View view, MemberName primary, Sets sets) {
        if (!sets.wanted().containsAll(sets.inForce())) {
            return Optional.of(shrinkServer(view, primary, sets));
        }
        if (!sets.wanted().containsAll(sets.remembered())) {
            return Optional.of(shrinkRecord(view, primary, sets));
        }
        if (!sets.remembered().equals(sets.wanted())) {
            return Optional.of(
                    remember(
                            view,
                            sets.wanted(),
                            Words.list(sets.wanted()) + " are to hold every commit between them."));
        }
        return sets.inForce().equals(sets.wanted())
                ? Optional.empty()
                : Optional.of(
                        set(
                                view,
                                primary,
                                sets.wanted(),
                                "Commits shall wait for " + any(sets.wanted()) + "."));
    }

    private static Action shrinkServer(View view, MemberName primary, Sets sets) {
        return set(
                view,
                primary,
                sets.kept(),
                "Commits shall wait for " + any(sets.kept()) + " only.");
    }

    /** What was acknowledged by the one that leaves has to be on those who stay: proven first. */
    private static Action shrinkRecord(View view, MemberName primary, Sets sets) {
        if (!proven(view, primary, sets.inForce())) {
            return set(
                    view,
                    primary,
                    sets.inForce(),
                    "Commits shall wait for " + any(sets.inForce()) + " only.");
        }
        return remember(
                view,
                sets.kept(),
                "Every acknowledged commit is on " + any(sets.kept()) + " from now on.");
    }

    /** Whether the newest thing that was done to the primary proved this set to be in force. */
    private static boolean proven(View view, MemberName primary, Set<MemberName> names) {
        return view.ended(primary)
                .filter(ended -> ended.failure().isEmpty())
                .filter(
                        ended ->
                                ended.action() instanceof SetSynchronous set
                                        && set.epoch() == view.record().epoch()
                                        && set.names().equals(names))
                .isPresent();
    }

    private static Set<MemberName> wanted(View view, MemberName primary, Primary running) {
        Set<MemberName> wanted = new LinkedHashSet<>();
        if (view.synchronousMode()) {
            for (MemberSpec spec : view.others(primary)) {
                boolean attached =
                        running.streamsTo(spec.name()) || hasJustLetGo(view, spec.name());
                if (spec.priority() > 0
                        && !view.offline(spec.name())
                        && !view.restarting(spec.name())
                        && !isToBeLedOn(view, primary, spec.name())
                        && attached
                        && bears(view, spec.name())) {
                    wanted.add(spec.name());
                }
            }
        }
        return wanted;
    }

    /** Whether it is to get its log from another replica, and leaves before it does. */
    private static boolean isToBeLedOn(View view, MemberName primary, MemberName name) {
        return view.spec()
                .member(primary)
                .filter(spec -> !Upstream.wanted(view, spec, name).equals(spec))
                .isPresent();
    }

    /**
     * A primary that is dying loses its replicas a moment before it is seen dead: taken out in that
     * moment, the replica that has everything could not take over.
     */
    private static boolean hasJustLetGo(View view, MemberName name) {
        OptionalLong letGo =
                view.past(name).map(MemberPast::letGoNanos).orElse(OptionalLong.empty());
        return view.record().synchronous().contains(name)
                && letGo.isPresent()
                && view.now() - letGo.getAsLong() < Patience.DETACHED_NANOS;
    }

    /** A member that is in stays in over a short silence; one that is not has to be seen well. */
    private static boolean bears(View view, MemberName name) {
        boolean in = view.record().synchronous().contains(name);
        return switch (view.state(name).orElse(null)) {
            case null -> in && !view.exited(name);
            // Who was delayed has much to apply before it could take over.
            case MemberState.Replica replica ->
                    !view.foreign(name)
                            && replica.delay().isEmpty()
                            && (in ? stays(view, name, replica) : joins(view, name, replica));
            case MemberState.Unresponsive silent ->
                    in && view.now() - silent.sinceNanos() < Patience.SILENT_SYNCHRONOUS_NANOS;
            case MemberState.Unreachable away ->
                    in && view.now() - away.sinceNanos() < Patience.SILENT_SYNCHRONOUS_NANOS;
            case MemberState.Starting starting -> false;
            case MemberState.Stopped stopped -> false;
            case MemberState.Empty empty -> false;
            case MemberState.Primary second -> false;
        };
    }

    /**
     * A primary whose connection to it was cut off without a word believes for minutes that it
     * streams: commits wait for one who knows better.
     */
    private static boolean stays(View view, MemberName name, MemberState.Replica replica) {
        return replica.attached() || view.inStateNanos(name) < Patience.SILENT_SYNCHRONOUS_NANOS;
    }

    private static boolean joins(View view, MemberName name, MemberState.Replica replica) {
        return replica.attached() && !view.busy(name);
    }

    private static Action block(View view, MemberName primary) {
        return new Block(
                primary,
                view.blockedFor(primary),
                view.record().epoch(),
                "No replica is synchronous and the protection is maximum: no commit shall be"
                        + " acknowledged until one is.");
    }

    private static SetSynchronous set(
            View view, MemberName primary, Set<MemberName> names, String reason) {
        return new SetSynchronous(primary, names, view.record().epoch(), reason);
    }

    private static Remember remember(View view, Set<MemberName> names, String reason) {
        DatabaseRecord record = view.record();
        return new Remember(record, record.withSynchronous(names), reason);
    }

    private static String forgetting(View view, Set<MemberName> remembered) {
        return "Commits do not wait for "
                + Words.list(remembered)
                + " any more ("
                + Words.clauses(view, remembered.stream().sorted().toList())
                + "), and until a replica is there "
                + (view.spec().protection() == Protection.MAXIMUM
                        ? "no commit is acknowledged (protection: maximum), and nobody takes over."
                        : "nobody can take over without loss.");
    }

    private static String any(Set<MemberName> names) {
        return names.size() == 1 ? Words.list(names) : "one of " + Words.list(names);
    }
}
