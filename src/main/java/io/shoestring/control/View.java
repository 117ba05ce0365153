package io.shoestring.control;

import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.Delay;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Observation;
import io.shoestring.model.Protection;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** One observation, with the questions that the decision asks of it. */
record View(Observation seen) {
    DatabaseSpec spec() {
        return seen.database();
    }

    DatabaseRecord record() {
        return seen.record();
    }

    long now() {
        return seen.nowNanos();
    }

    boolean synchronousMode() {
        return spec().protection().isSynchronous();
    }

    /** Whom the commits of a primary wait for while nobody is known to be synchronous. */
    Set<MemberName> blockedFor(MemberName primary) {
        return spec().protection() != Protection.MAXIMUM
                ? Set.of()
                : others(primary).stream()
                        .filter(spec -> spec.priority() > 0)
                        .map(MemberSpec::name)
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether no commit of this primary is acknowledged, because nobody is there to wait for. */
    boolean blocked(MemberName primary) {
        return spec().protection() == Protection.MAXIMUM
                && state(primary).orElse(null) instanceof MemberState.Primary running
                && running.synchronousNames().stream().noneMatch(running::streamsTo);
    }

    /** What the member was seen to be; empty if no look is there (yet, or since its exit). */
    Optional<MemberState> state(MemberName member) {
        return Optional.ofNullable(seen.members().get(member)).map(MemberFacts::state);
    }

    /** The replica that the member was seen to be. */
    Optional<MemberState.Replica> replica(MemberName member) {
        return state(member)
                .filter(MemberState.Replica.class::isInstance)
                .map(MemberState.Replica.class::cast);
    }

    /** By how much it is to apply the log later, if it is. */
    Optional<Delay> delay(MemberName member) {
        return spec().member(member).flatMap(MemberSpec::delay);
    }

    boolean busy(MemberName member) {
        return seen.busy().containsKey(member);
    }

    /** Whether an operator took it out of use. */
    boolean offline(MemberName member) {
        return record().offline().contains(member);
    }

    /** Whether it is out of use because its server is about to be restarted. */
    boolean restarting(MemberName member) {
        return record().restart().filter(restart -> restart.takesOut(member)).isPresent();
    }

    Optional<MemberPast> past(MemberName member) {
        return Optional.ofNullable(seen.pasts().get(member));
    }

    /** How long it is in the kind of state that it is in. */
    long inStateNanos(MemberName member) {
        return past(member).map(past -> now() - past.sinceNanos()).orElse(0L);
    }

    /** Whether its server process ended and the newest look did not settle what is left of it. */
    boolean exited(MemberName member) {
        return past(member).map(MemberPast::exited).orElse(false);
    }

    Optional<MemberPast.Ended> ended(MemberName member) {
        return past(member).flatMap(MemberPast::ended);
    }

    /** Whether the lease is held under the epoch that the record speaks of. */
    boolean leaseUnderRecord() {
        return seen.lease()
                .map(Lease::epoch)
                .filter(epoch -> epoch == record().epoch())
                .isPresent();
    }

    /** The members that are not {@code except}, in the order of the file. */
    List<MemberSpec> others(MemberName except) {
        return spec().members().stream().filter(spec -> !spec.name().equals(except)).toList();
    }

    /** Whether a server of this identifier is not of this cluster. */
    boolean foreign(long systemIdentifier) {
        return record().systemIdentifier() != 0 && record().systemIdentifier() != systemIdentifier;
    }

    /** Whether the member runs, and is not of this cluster. */
    boolean foreign(MemberName member) {
        return replica(member).map(replica -> foreign(replica.systemIdentifier())).orElse(false)
                || (state(member).orElse(null) instanceof MemberState.Primary primary
                        && foreign(primary.systemIdentifier()));
    }
}
