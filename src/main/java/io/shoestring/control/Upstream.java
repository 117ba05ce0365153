package io.shoestring.control;

import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * From whom a replica gets its log, and from whom it is to.
 *
 * <pre>
 *   follows the primary   its upstream is a replica and is fed for 10 s        → its upstream
 *   follows its upstream  that one is not fed for 5 s, or feeds it no more     → the primary
 *   anything else                                                              → the primary
 * </pre>
 *
 * <p>INVARIANT: no ring. Who is fed is known by the way that the log really takes at this moment,
 * from member to member up to the primary; nobody is led to one whose own way comes by him. And all
 * that is ever asked for are the edges of the configuration, which has no ring, and those to the
 * primary.
 */
final class Upstream {
    private Upstream() {}

    /** Whom a member that is no primary is to follow now. */
    static MemberSpec wanted(View view, MemberSpec primary, MemberName name) {
        return configured(view, primary, name)
                .filter(upstream -> isWanted(view, primary, name, upstream))
                .orElse(primary);
    }

    /** Another replica by the configuration, whatever state it is in. */
    static Optional<MemberSpec> configured(View view, MemberSpec primary, MemberName name) {
        return view.spec()
                .member(name)
                .flatMap(MemberSpec::upstream)
                .flatMap(view.spec()::member)
                .filter(upstream -> !upstream.name().equals(primary.name()));
    }

    private static boolean isWanted(
            View view, MemberSpec primary, MemberName name, MemberSpec upstream) {
        Optional<MemberState.Replica> replica = view.replica(name);
        boolean fed = isFed(view, primary, upstream.name(), name);
        if (replica.filter(upstream::isUpstreamOf).isEmpty()) {
            return fed && view.inStateNanos(upstream.name()) > Patience.FED_NANOS;
        }
        boolean lost =
                !replica.get().attached() && view.inStateNanos(name) > Patience.NOT_STREAMING_NANOS;
        // One whose process has just ended is not seen for a moment, and may be back in the next.
        boolean cutOff =
                !fed
                        && view.state(upstream.name()).isPresent()
                        && view.inStateNanos(upstream.name()) > Patience.NOT_STREAMING_NANOS;
        return !lost && !cutOff;
    }

    /** Whether what it gets is the primary's log, and does not come by way of {@code not}. */
    private static boolean isFed(View view, MemberSpec primary, MemberName member, MemberName not) {
        return !view.busy(member)
                && !view.offline(member)
                && !view.restarting(member)
                && feeder(view, primary, member, Set.of(not)).isPresent();
    }

    /** Whether what it gets is the primary's log, if it gets any. */
    static boolean leadsToPrimary(View view, MemberSpec primary, MemberName member) {
        return feeder(view, primary, member).isPresent();
    }

    /**
     * Who of the way up from a replica, itself included, gets its log from the primary itself;
     * empty if the way is broken.
     */
    static Optional<MemberName> feeder(View view, MemberSpec primary, MemberName member) {
        return feeder(view, primary, member, Set.of());
    }

    private static Optional<MemberName> feeder(
            View view, MemberSpec primary, MemberName member, Set<MemberName> not) {
        Set<MemberName> seen = new HashSet<>(not);
        Optional<MemberName> at = Optional.of(member);
        while (at.isPresent() && seen.add(at.get()) && isStreaming(view, at.get())) {
            MemberState.Replica replica = view.replica(at.get()).orElseThrow();
            if (primary.isUpstreamOf(replica)) {
                return at;
            }
            at = actual(view, replica).map(MemberSpec::name);
        }
        return Optional.empty();
    }

    private static boolean isStreaming(View view, MemberName member) {
        return !view.foreign(member)
                && view.replica(member).filter(MemberState.Replica::streaming).isPresent();
    }

    /** The member that a replica is pointed at. */
    static Optional<MemberSpec> actual(View view, MemberState.Replica replica) {
        return view.spec().members().stream()
                .filter(spec -> spec.isUpstreamOf(replica))
                .findFirst();
    }
}
