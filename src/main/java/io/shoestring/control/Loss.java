package io.shoestring.control;

import io.shoestring.model.LossLimit;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberState.Heard;
import io.shoestring.model.MemberState.Replica;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What would be lost if a replica took over in performance mode, and whether that is too much. */
final class Loss {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long MEGABYTE = 1L << 20;

    private Loss() {}

    /**
     * Why this replica may not take over, as a clause; empty if it may.
     *
     * @param goneNanos when the primary was gone, or its lease ended; empty: it would be now
     */
    static Optional<String> tooMuch(
            View view, MemberName primary, MemberName replica, OptionalLong goneNanos) {
        if (!view.spec().inBytes()) {
            return Optional.empty();
        }
        LossLimit limit = view.spec().lossLimit();
        OptionalLong bytes = bytes(view, primary, replica);
        if (bytes.isPresent() && bytes.getAsLong() > limit.bytes()) {
            return Optional.of(
                    "%s, the most advanced replica, lacks %s of %s's log, and more than %s may not be lost (loss-limit)"
                            .formatted(
                                    replica,
                                    words(bytes.getAsLong()),
                                    primary,
                                    words(limit.bytes())));
        }
        return limit.nanos().isPresent()
                ? tooOld(view, replica, goneNanos.orElse(view.now()), limit.nanos().getAsLong())
                : Optional.empty();
    }

    private static Optional<String> tooOld(
            View view, MemberName replica, long goneNanos, long limitNanos) {
        OptionalLong complete =
                heard(view, replica).map(Heard::completeNanos).orElse(OptionalLong.empty());
        long seconds = limitNanos / SECOND_NANOS;
        if (complete.isEmpty()) {
            return Optional.of(
                    "it is not known until when %s, the most advanced replica, had everything, and more than %d s may not be lost (loss-limit)"
                            .formatted(replica, seconds));
        }
        return goneNanos - complete.getAsLong() > limitNanos
                ? Optional.of(
                        "%s, the most advanced replica, may lack more than the last %d s of what was written (loss-limit)"
                                .formatted(replica, seconds))
                : Optional.empty();
    }

    /**
     * How much of the primary's log the replica is known to lack, in bytes. Of a primary that
     * stopped the control file has a lower bound; of one that is out of reach the replica knows
     * what it was told last.
     */
    static OptionalLong bytes(View view, MemberName primary, MemberName replica) {
        if (!view.spec().inBytes()) {
            return OptionalLong.empty();
        }
        Optional<Lsn> end =
                switch (view.state(primary).orElse(null)) {
                    case MemberState.Primary running -> Optional.of(running.current().lsn());
                    case MemberState.Stopped stopped ->
                            Optional.of(
                                    later(
                                            stopped.checkpoint().lsn(),
                                            heard(view, replica).map(Heard::end)));
                    case null, default -> heard(view, replica).map(Heard::end);
                };
        return end.map(
                        lsn ->
                                OptionalLong.of(
                                        Math.max(
                                                0,
                                                lsn.bytesAheadOf(
                                                        view.replica(replica)
                                                                .orElseThrow()
                                                                .received()
                                                                .lsn()))))
                .orElse(OptionalLong.empty());
    }

    private static Lsn later(Lsn one, Optional<Lsn> other) {
        return other.filter(lsn -> lsn.compareTo(one) > 0).orElse(one);
    }

    private static Optional<Heard> heard(View view, MemberName replica) {
        return heard(view, replica, Set.of());
    }

    /**
     * Who gets its log from another replica hears of that one's log only. It had all that there was
     * for as long as that one had, if it has all that that one has.
     */
    private static Optional<Heard> heard(View view, MemberName name, Set<MemberName> below) {
        Optional<Replica> replica = view.replica(name);
        Optional<MemberName> above =
                replica.flatMap(it -> Upstream.actual(view, it))
                        .map(MemberSpec::name)
                        .filter(it -> !view.record().primary().equals(Optional.of(it)));
        if (above.isEmpty()) {
            return replica.flatMap(Replica::heard);
        }
        Set<MemberName> seen = new HashSet<>(below);
        boolean hasAll =
                seen.add(name)
                        && view.replica(above.get())
                                .map(Replica::received)
                                .filter(it -> it.compareTo(replica.get().received()) <= 0)
                                .isPresent();
        return hasAll ? heard(view, above.get(), seen) : Optional.empty();
    }

    /** An amount that a person reads. */
    static String words(long bytes) {
        return bytes >= MEGABYTE ? bytes / MEGABYTE + " MB" : (bytes + 1023) / 1024 + " kB";
    }
}
