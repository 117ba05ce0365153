package io.shoestring.node;

import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Delay;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberStatus;
import io.shoestring.model.Observation;
import io.shoestring.model.PlannedSwitchover;
import io.shoestring.model.Position;
import io.shoestring.model.RollingRestart;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The loop's picture as the operator sees it. */
final class StatusOf {
    /** Before the first look. */
    static final String STARTING = "The node is starting.";

    private StatusOf() {}

    /** Nothing is known of it; {@code why} is a sentence. */
    static DatabaseStatus unknown(DatabaseSpec spec, String why) {
        return new DatabaseStatus(
                spec.name().value(),
                protection(spec),
                0,
                Optional.empty(),
                why,
                why,
                false,
                false,
                Optional.empty(),
                spec.members().stream().map(StatusOf::unknown).toList());
    }

    static DatabaseStatus of(DatabaseLoop.Picture picture) {
        Observation seen = picture.observation();
        DatabaseRecord record = seen.record();
        DatabaseTopology topology = picture.decision().topology();
        List<MemberStatus> members =
                seen.database().members().stream().map(spec -> member(picture, spec)).toList();
        return new DatabaseStatus(
                seen.database().name().value(),
                protection(seen.database()),
                record.epoch(),
                topology.primary().map(spec -> spec.name().value()),
                picture.decision().summary(),
                picture.decision().readiness(),
                healthy(picture),
                record.paused(),
                record.switchover()
                        .map(switchover -> switchover.step().name().toLowerCase(Locale.ROOT)),
                members,
                record.planned().map(PlannedSwitchover::clause),
                record.restart().map(RollingRestart::clause));
    }

    /** Everybody is in place and may take over; nothing has failed, and nothing is switched off. */
    private static boolean healthy(DatabaseLoop.Picture picture) {
        DatabaseTopology topology = picture.decision().topology();
        Observation seen = picture.observation();
        long present =
                topology.replicas().size()
                        + (topology.primary().isPresent() ? 1 : 0)
                        + delayed(seen).count();
        return present == seen.database().members().size()
                && picture.decision().covered()
                && picture.waiting().isEmpty()
                && !seen.record().paused();
    }

    /** Who is delayed on purpose, and in place: it gets no reads. */
    private static Stream<MemberSpec> delayed(Observation seen) {
        return seen.database().members().stream()
                .filter(spec -> spec.delay().isPresent())
                .filter(spec -> !seen.record().offline().contains(spec.name()))
                .filter(spec -> isInPlace(seen.members().get(spec.name()), spec));
    }

    private static boolean isInPlace(@Nullable MemberFacts facts, MemberSpec spec) {
        return facts != null
                && facts.state() instanceof MemberState.Replica replica
                && replica.attached()
                && replica.delay().equals(spec.delay());
    }

    private static MemberStatus member(DatabaseLoop.Picture picture, MemberSpec spec) {
        Observation seen = picture.observation();
        MemberFacts facts = seen.members().get(spec.name());
        Optional<MemberState> state = Optional.ofNullable(facts).map(MemberFacts::state);
        boolean offline = seen.record().offline().contains(spec.name());
        List<String> waiting = facts == null ? List.of() : facts.pendingRestart();
        boolean inBytes = seen.database().inBytes();
        OptionalLong lag = state.map(found -> lag(seen, found)).orElse(OptionalLong.empty());
        return new MemberStatus(
                spec.name().value(),
                spec.node().value(),
                spec.endpoint().toString(),
                state.map(StatusOf::role).orElse("unknown"),
                (offline ? "Offline: an operator took it out of use. " : "")
                        + state.map(found -> sentence(found) + catchingUp(picture, spec, found))
                                .orElse("It has not been seen yet.")
                        + pending(waiting),
                state.flatMap(StatusOf::position)
                        .map(at -> position(seen.database(), at.lsn()))
                        .orElse(""),
                inBytes ? lag : OptionalLong.empty(),
                seen.record().synchronous().contains(spec.name()),
                busy(picture, spec.name()),
                offline,
                waiting,
                spec.delay().map(Delay::toString),
                state.flatMap(found -> upstream(seen, found)),
                inBytes ? OptionalLong.empty() : lag);
    }

    private static Optional<String> upstream(Observation seen, MemberState state) {
        return state instanceof MemberState.Replica replica
                ? seen.database().members().stream()
                        .filter(spec -> spec.isUpstreamOf(replica))
                        .map(spec -> spec.name().value())
                        .findFirst()
                : Optional.empty();
    }

    /** Whether it gets its log from another replica. */
    private static boolean isBehindAReplica(Observation seen, MemberState state) {
        return upstream(seen, state)
                .filter(
                        name ->
                                seen.record()
                                        .primary()
                                        .filter(primary -> primary.value().equals(name))
                                        .isEmpty())
                .isPresent();
    }

    private static String pending(List<String> settings) {
        return settings.isEmpty()
                ? ""
                : " Its restart is pending for " + String.join(", ", settings) + ".";
    }

    /** It follows, and could not take over yet: not every acknowledged commit has to be on it. */
    private static String catchingUp(
            DatabaseLoop.Picture picture, MemberSpec spec, MemberState state) {
        Observation seen = picture.observation();
        boolean behind =
                state instanceof MemberState.Replica replica
                        && replica.streaming()
                        && seen.database().managed()
                        && spec.priority() > 0
                        && !isBehindAReplica(seen, state)
                        && seen.database().protection().isSynchronous()
                        && !seen.record().offline().contains(spec.name())
                        && !seen.record().synchronous().contains(spec.name());
        if (isBehindAReplica(seen, state)) {
            return " That is %s, so commits do not wait for it."
                    .formatted(upstream(seen, state).orElseThrow());
        }
        return behind ? " It is catching up, and could not take over yet." : "";
    }

    private static MemberStatus unknown(MemberSpec spec) {
        return new MemberStatus(
                spec.name().value(),
                spec.node().value(),
                spec.endpoint().toString(),
                "unknown",
                "It has not been seen yet.",
                "",
                OptionalLong.empty(),
                false,
                Optional.empty());
    }

    private static Optional<String> busy(DatabaseLoop.Picture picture, MemberName member) {
        return Optional.ofNullable(picture.observation().busy().get(member))
                .or(() -> Optional.ofNullable(picture.waiting().get(member)));
    }

    private static String role(MemberState state) {
        return switch (state) {
            case MemberState.Empty empty -> "empty";
            case MemberState.Stopped stopped -> "stopped";
            case MemberState.Starting starting -> "starting";
            case MemberState.Replica replica -> "replica";
            case MemberState.Primary primary -> "primary";
            case MemberState.Unresponsive unresponsive -> "unresponsive";
            case MemberState.Unreachable unreachable -> "unreachable";
        };
    }

    private static String sentence(MemberState state) {
        return switch (state) {
            case MemberState.Empty empty -> "Its data directory is empty.";
            case MemberState.Stopped stopped ->
                    stopped.clean()
                            ? "It is stopped, and was shut down cleanly."
                            : "It is stopped, and was not shut down cleanly.";
            case MemberState.Starting starting -> starting.what();
            case MemberState.Replica replica -> sentence(replica);
            case MemberState.Primary primary ->
                    "It takes writes; " + primary.standbys().size() + " attached.";
            case MemberState.Unresponsive unresponsive -> unresponsive.problem();
            case MemberState.Unreachable unreachable -> unreachable.problem();
        };
    }

    private static String sentence(MemberState.Replica replica) {
        String delay = replica.delay().map(it -> ", delayed by " + it + " on purpose").orElse("");
        if (replica.streaming()) {
            return "It follows " + replica.upstream() + delay + ".";
        }
        return replica.attached()
                ? "It applies what it has"
                        + delay
                        + ", and gets more log from "
                        + replica.upstream()
                        + " when it has."
                : replica.trouble().orElse("It runs as a replica and gets no log.");
    }

    private static Optional<Position> position(MemberState state) {
        return switch (state) {
            case MemberState.Stopped stopped -> Optional.of(stopped.checkpoint());
            case MemberState.Replica replica -> Optional.of(replica.replayed());
            case MemberState.Primary primary -> Optional.of(primary.current());
            case MemberState.Empty empty -> Optional.empty();
            case MemberState.Starting starting -> Optional.empty();
            case MemberState.Unresponsive unresponsive -> Optional.empty();
            case MemberState.Unreachable unreachable -> Optional.empty();
        };
    }

    /** MariaDB counts transactions, and writes that in decimal. */
    private static String position(DatabaseSpec database, Lsn lsn) {
        return database.inBytes() ? lsn.toString() : Long.toUnsignedString(lsn.value());
    }

    /**
     * How much of the primary's log it lacks. The two were not looked at in the same moment: what
     * seems to be ahead is level.
     */
    private static OptionalLong lag(Observation seen, MemberState state) {
        Optional<MemberState.Primary> primary =
                seen.record()
                        .primary()
                        .map(name -> seen.members().get(name))
                        .map(MemberFacts::state)
                        .filter(MemberState.Primary.class::isInstance)
                        .map(MemberState.Primary.class::cast);
        if (primary.isPresent() && state instanceof MemberState.Replica replica) {
            long behind = primary.get().current().lsn().bytesAheadOf(replica.replayed().lsn());
            return OptionalLong.of(Math.max(0, behind));
        }
        return OptionalLong.empty();
    }

    private static String protection(DatabaseSpec spec) {
        return spec.managed() ? spec.protection().name().toLowerCase(Locale.ROOT) : "observed";
    }
}
