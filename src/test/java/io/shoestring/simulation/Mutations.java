package io.shoestring.simulation;

import io.shoestring.control.Decider;
import io.shoestring.model.Action;
import io.shoestring.model.Action.Fence;
import io.shoestring.model.Action.GrantLease;
import io.shoestring.model.Action.ReleaseLease;
import io.shoestring.model.Action.Remember;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Decision;
import io.shoestring.model.Fenced;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Observation;
import io.shoestring.model.Protection;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Decisions with one guard taken out: the simulation has to notice each. */
final class Mutations {
    private Mutations() {}

    /** Whoever runs as a replica counts as synchronous when the primary is gone. */
    static Decision promotesAnyReplica(Observation seen) {
        return whenGone(seen, name -> true);
    }

    /** Of the synchronous set only those who can be read are looked at. */
    static Decision readsOnlyWhoAnswers(Observation seen) {
        return whenGone(seen, name -> seen.record().synchronous().contains(name));
    }

    /** Whoever holds the lease is published at once. */
    static Decision publishesTooEarly(Observation seen) {
        Decision right = Decider.decide(seen);
        Optional<MemberSpec> holder =
                seen.lease()
                        .filter(lease -> lease.epoch() == seen.record().epoch())
                        .map(Lease::holder)
                        .flatMap(seen.database()::member);
        DatabaseTopology topology = right.topology();
        return new Decision(
                right.actions(),
                new DatabaseTopology(
                        topology.database(),
                        topology.epoch(),
                        holder,
                        topology.holdWrites(),
                        topology.leaseDeadlineNanos(),
                        topology.replicas(),
                        topology.reason()),
                right.summary(),
                right.readiness(),
                right.covered());
    }

    /** Instead of ending a silent primary, the lease is given to a replica. */
    static Decision takesOverWithoutFence(Observation seen) {
        Decision right = Decider.decide(seen);
        Optional<MemberName> primary = seen.record().primary();
        boolean fences =
                right.actions().stream()
                        .anyMatch(
                                action ->
                                        action instanceof Fence fence
                                                && primary.equals(Optional.of(fence.member())));
        if (!fences) {
            return right;
        }
        Optional<MemberName> next =
                replicas(seen, seen.record().synchronous()::contains).stream().sorted().findFirst();
        Optional<Action> instead =
                seen.lease()
                        .<Action>map(
                                lease ->
                                        new ReleaseLease(lease.holder(), lease.epoch(), "mutation"))
                        .or(() -> next.map(name -> new GrantLease(name, "mutation")));
        return with(right, instead.stream().toList());
    }

    /** Whoever takes writes without the lease goes on. */
    static Decision leavesStrangers(Observation seen) {
        Decision right = Decider.decide(seen);
        Optional<MemberName> primary = seen.record().primary();
        return with(
                right,
                right.actions().stream()
                        .filter(
                                action ->
                                        !(action instanceof Fence fence)
                                                || primary.equals(Optional.of(fence.member())))
                        .toList());
    }

    /** The first synchronous set is remembered when the setting is there, not when it is proven. */
    static Decision remembersBeforeProof(Observation seen) {
        Decision right = Decider.decide(seen);
        DatabaseRecord record = seen.record();
        boolean serving =
                record.writable()
                        && record.synchronous().isEmpty()
                        && record.switchover().isEmpty()
                        && right.topology().primary().isPresent();
        return serving
                        && state(seen, record.primary().orElseThrow()).orElse(null)
                                instanceof MemberState.Primary primary
                        && !primary.synchronousNames().isEmpty()
                ? with(
                        right,
                        List.of(
                                new Remember(
                                        record,
                                        record.withSynchronous(primary.synchronousNames()),
                                        "mutation")))
                : right;
    }

    /** A set that is not empty grows in the server first, as if everybody had every commit. */
    static Decision growsServerFirst(Observation seen) {
        Decision right = Decider.decide(seen);
        return with(right, right.actions().stream().map(action -> grown(seen, action)).toList());
    }

    private static Action grown(Observation seen, Action action) {
        DatabaseRecord record = seen.record();
        Set<MemberName> remembered = record.synchronous();
        if (!(action instanceof Remember remember)
                || remembered.isEmpty()
                || !(state(seen, record.primary().orElseThrow()).orElse(null)
                        instanceof MemberState.Primary primary)) {
            return action;
        }
        Set<MemberName> inForce = primary.synchronousNames();
        boolean grownThere = inForce.containsAll(remembered) && !inForce.equals(remembered);
        if (grownThere) {
            return new Remember(record, record.withSynchronous(inForce), "mutation");
        }
        Set<MemberName> next = remember.next().synchronous();
        return next.containsAll(remembered) && !next.equals(remembered)
                ? new Action.SetSynchronous(
                        record.primary().orElseThrow(), next, record.epoch(), "mutation")
                : action;
    }

    /** Protection {@code maximum} is taken for {@code availability}. */
    static Decision fallsBack(Observation seen) {
        DatabaseSpec spec = seen.database();
        return Decider.decide(
                with(
                        seen,
                        new DatabaseSpec(
                                spec.name(),
                                spec.protection() == Protection.MAXIMUM
                                        ? Protection.AVAILABILITY
                                        : spec.protection(),
                                spec.members(),
                                spec.fenceable())));
    }

    /** A new primary's commits wait for nobody at first. */
    static Decision promotesUnblocked(Observation seen) {
        Decision right = Decider.decide(seen);
        return with(
                right,
                right.actions().stream()
                        .map(
                                action ->
                                        action instanceof Action.Promote promote
                                                ? new Action.Promote(
                                                        promote.member(),
                                                        promote.epoch(),
                                                        promote.reason())
                                                : action)
                        .toList());
    }

    /** The lease is ended when a fence command would be begun, whatever comes of it. */
    static Decision endsLeaseBeforeTheFence(Observation seen) {
        Decision right = Decider.decide(seen);
        return with(
                right,
                right.actions().stream()
                        .map(
                                action ->
                                        action instanceof Action.FenceNode fence
                                                ? new Action.EndLease(
                                                        fence.member(), fence.proof(), "mutation")
                                                : action)
                        .toList());
    }

    /** A fence command that succeeded once is good for every epoch. */
    static Decision believesAnEarlierFence(Observation seen) {
        Decision right = Decider.decide(seen);
        Optional<Fenced> now =
                seen.lease()
                        .filter(lease -> lease.epoch() == seen.record().epoch())
                        .map(lease -> new Fenced(lease.epoch(), seen.leaseFacts().renewal()));
        boolean silent =
                seen.record()
                        .primary()
                        .flatMap(name -> state(seen, name))
                        .filter(MemberState.Unreachable.class::isInstance)
                        .isPresent();
        return silent && now.isPresent() && seen.fence().done().isPresent()
                ? with(
                        right,
                        List.of(
                                new Action.EndLease(
                                        seen.lease().orElseThrow().holder(),
                                        now.get(),
                                        "mutation")))
                : right;
    }

    /** Whoever is offline takes over like the others. */
    static Decision forgetsWhoIsOffline(Observation seen) {
        Set<MemberName> offline = seen.record().offline();
        Decision wrong = Decider.decide(with(seen, seen.record().withOffline(Set.of())));
        return with(
                wrong,
                wrong.actions().stream()
                        .map(
                                action ->
                                        action instanceof Remember it
                                                ? new Remember(
                                                        it.expected().withOffline(offline),
                                                        it.next().withOffline(offline),
                                                        it.reason())
                                                : action)
                        .toList());
    }

    /** Whoever is delayed on purpose is a member like the others. */
    static Decision forgetsWhoIsDelayed(Observation seen) {
        DatabaseSpec spec = seen.database();
        List<MemberSpec> alike =
                spec.members().stream()
                        .map(it -> new MemberSpec(it.name(), it.node(), it.endpoint(), 1))
                        .toList();
        return Decider.decide(
                with(
                        seen,
                        new DatabaseSpec(spec.name(), spec.protection(), alike, spec.fenceable())));
    }

    /** Who is configured to get its log from another member is never taken back to the primary. */
    static Decision leavesNobodyItsUpstream(Observation seen) {
        Decision right = Decider.decide(seen);
        return with(
                right,
                right.actions().stream()
                        .filter(
                                action ->
                                        !(action instanceof Action.Follow follow)
                                                || !isBehindItsUpstream(seen, follow.member()))
                        .toList());
    }

    private static boolean isBehindItsUpstream(Observation seen, MemberName member) {
        DatabaseSpec spec = seen.database();
        return state(seen, member).orElse(null) instanceof MemberState.Replica replica
                && spec.member(member)
                        .flatMap(MemberSpec::upstream)
                        .flatMap(spec::member)
                        .filter(upstream -> upstream.isUpstreamOf(replica))
                        .isPresent();
    }

    private static Optional<MemberState> state(Observation seen, MemberName member) {
        return Optional.ofNullable(seen.members().get(member)).map(MemberFacts::state);
    }

    private static Decision whenGone(Observation seen, Predicate<MemberName> counts) {
        DatabaseRecord record = seen.record();
        boolean gone =
                record.primary()
                        .map(name -> seen.members().get(name))
                        .map(MemberFacts::state)
                        .filter(MemberState.Stopped.class::isInstance)
                        .isPresent();
        if (!gone || record.switchover().isPresent()) {
            return Decider.decide(seen);
        }
        Decision wrong = Decider.decide(remembering(seen, replicas(seen, counts)));
        boolean moves =
                wrong.actions().stream()
                        .anyMatch(
                                action ->
                                        action instanceof ReleaseLease
                                                || action instanceof GrantLease);
        return moves ? wrong : Decider.decide(seen);
    }

    private static Set<MemberName> replicas(Observation seen, Predicate<MemberName> counts) {
        return seen.members().values().stream()
                .filter(facts -> facts.state() instanceof MemberState.Replica)
                .map(MemberFacts::member)
                .filter(counts)
                .collect(Collectors.toSet());
    }

    private static Observation remembering(Observation seen, Set<MemberName> synchronous) {
        return with(seen, seen.record().withSynchronous(synchronous));
    }

    private static Observation with(Observation seen, DatabaseRecord record) {
        return with(seen, seen.database(), record);
    }

    private static Observation with(Observation seen, DatabaseSpec database) {
        return with(seen, database, seen.record());
    }

    private static Observation with(
            Observation seen, DatabaseSpec database, DatabaseRecord record) {
        return new Observation(
                seen.nowNanos(),
                database,
                record,
                seen.leaseFacts(),
                seen.switchoverStepNanos(),
                seen.members(),
                seen.busy(),
                seen.proxies(),
                seen.pasts(),
                seen.fence());
    }

    private static Decision with(Decision decision, List<Action> actions) {
        return new Decision(
                actions,
                decision.topology(),
                decision.summary(),
                decision.readiness(),
                decision.covered());
    }
}
