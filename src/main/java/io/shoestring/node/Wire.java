package io.shoestring.node;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.model.RestartOrder;
import io.shoestring.model.SwitchoverOrder;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * What the nodes say to each other, as JSON. INVARIANT: no instant of anybody's clock is in it,
 * only spans: the reader counts them from its own clock. But for times of day that are shown to a
 * person, or were written by one.
 */
final class Wire {
    static final String LOOK = "/agent/look";
    static final String PERFORM = "/agent/perform";
    static final String EXITS = "/agent/exits";
    static final String TOPOLOGY = "/conductor/topology";
    static final String STATUS = "/conductor/status";
    static final String SWITCHOVER = "/conductor/switchover";
    static final String PAUSE = "/conductor/pause";
    static final String RESTART = "/conductor/restart";
    static final String OFFLINE = "/conductor/offline";
    static final String PING = "/node/ping";
    static final String REACHES = "/node/reaches";

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .addMixIn(Action.class, Named.class)
                    .addMixIn(MemberState.class, Named.class)
                    .registerSubtypes(Action.class.getPermittedSubclasses())
                    .registerSubtypes(Action.ByAgent.class.getPermittedSubclasses())
                    .registerSubtypes(Action.OnMember.class.getPermittedSubclasses())
                    .registerSubtypes(MemberState.class.getPermittedSubclasses())
                    .build();

    @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "is")
    private interface Named {}

    /** The conductor wants to know what a member is; {@code epoch}: of the lease that it holds. */
    record AskLook(long term, String database, String member, OptionalLong epoch) {}

    /**
     * What it is; instants in the state are ages, as {@link #toAges} makes them.
     *
     * @param exits how often its server process has ended
     * @param pendingRestart the settings that wait for its restart; null from a node of an earlier
     *     version
     */
    record Looked(
            MemberState state,
            Optional<String> busy,
            Optional<LeaseReport> lease,
            long exits,
            @Nullable List<String> pendingRestart) {
        List<String> pending() {
            return pendingRestart == null ? List.of() : pendingRestart;
        }
    }

    /** The conductor wants something done, or to know what became of it. */
    record AskPerform(long term, long number, String database, Action.ByAgent action) {}

    /**
     * How far it is; without an outcome it is under way.
     *
     * @param after a look that began after its end
     */
    record Performed(Optional<Boolean> done, String sentence, Optional<After> after) {}

    /**
     * A look that was made unasked.
     *
     * @param nanos how long after the question that it comes with the answer of it began; negative
     *     if that question came later
     */
    record After(Looked looked, long nanos) {}

    /** The conductor waits for the end of a member's server process. */
    record AskExits(String database, String member, long known) {}

    /** How often it has ended. */
    record Exits(long count) {}

    /**
     * A node wants the topology.
     *
     * @param term the conductor's, whose version it is
     * @param known the version that its proxies obey
     * @param open transactions that its proxies have open, by database
     */
    record AskTopology(long term, long known, Map<String, Integer> open) {}

    /** The topology; deadlines are what remains of them. */
    record Parts(long term, long version, List<DatabaseTopology> databases) {}

    /**
     * An operator's command.
     *
     * @param to the member that it is about, if it is about one
     * @param off whether automatic failover, or that member, goes out of use; back in if not
     */
    record Command(String database, Optional<String> to, boolean off) {}

    /**
     * As {@link Command}, of what is asked about a switchover.
     *
     * @param kind of {@link SwitchoverOrder.Kind}; null from a node of an earlier version: for now
     */
    record OrderedSwitchover(
            String database,
            Optional<String> to,
            SwitchoverOrder.@Nullable Kind kind,
            @Nullable Long atSecond,
            @Nullable Long lossBytes) {
        static OrderedSwitchover of(DatabaseName database, SwitchoverOrder order) {
            return new OrderedSwitchover(
                    database.value(),
                    order.to().map(MemberName::value),
                    order.kind(),
                    order.at().map(Instant::getEpochSecond).orElse(null),
                    order.loss().bytes());
        }

        SwitchoverOrder order() {
            return new SwitchoverOrder(
                    kind == null ? SwitchoverOrder.Kind.NOW : kind,
                    to.map(MemberName::new),
                    Optional.ofNullable(atSecond).map(Instant::ofEpochSecond),
                    new AcceptedLoss(lossBytes == null ? 0 : lossBytes));
        }
    }

    /** As {@link Command}, of what is asked about a rolling restart. */
    record OrderedRestart(
            String database, RestartOrder.Kind kind, List<String> members, boolean pendingOnly) {
        static OrderedRestart of(DatabaseName database, RestartOrder order) {
            return new OrderedRestart(
                    database.value(),
                    order.kind(),
                    order.members().stream().map(MemberName::value).sorted().toList(),
                    order.pendingOnly());
        }

        RestartOrder order() {
            return new RestartOrder(
                    kind,
                    members.stream().map(MemberName::new).collect(Collectors.toSet()),
                    pendingOnly);
        }
    }

    /** A node wants to know whether this one hears another. */
    record AskReaches(String node) {}

    /** Whether it does. */
    record Reaches(boolean reached) {}

    /**
     * Who a node is.
     *
     * @param configuration by which its file can be told from another
     * @param timeOfDay what its clock says
     */
    record Present(
            String version, String configuration, List<String> listeners, Instant timeOfDay) {}

    /** Nothing is asked, or nothing is to be said. */
    record Nothing() {}

    /** What the other side could not do, in a sentence. */
    record Trouble(String trouble) {}

    private Wire() {}

    static String write(Object message) {
        return JSON.writeValueAsString(message);
    }

    /**
     * Reads a message.
     *
     * @throws tools.jackson.core.JacksonException if it is not one
     */
    static <T> T read(String json, Class<T> kind) {
        return JSON.readValue(json, kind);
    }

    /** The state with ages in the place of instants. */
    static MemberState toAges(MemberState state, long nowNanos) {
        return switch (state) {
            case MemberState.Unresponsive silent ->
                    new MemberState.Unresponsive(silent.problem(), nowNanos - silent.sinceNanos());
            case MemberState.Unreachable away ->
                    new MemberState.Unreachable(away.problem(), nowNanos - away.sinceNanos());
            case MemberState.Empty empty -> empty;
            case MemberState.Stopped stopped -> stopped;
            case MemberState.Starting starting -> starting;
            case MemberState.Replica replica ->
                    new MemberState.Replica(
                            replica.received(),
                            replica.replayed(),
                            replica.streaming(),
                            replica.upstream(),
                            replica.systemIdentifier(),
                            replica.trouble(),
                            replica.heard().map(heard -> toAges(heard, nowNanos)),
                            replica.held());
            case MemberState.Primary primary -> primary;
        };
    }

    private static MemberState.Heard toAges(MemberState.Heard heard, long nowNanos) {
        return new MemberState.Heard(
                heard.end(),
                heard.completeNanos().isPresent()
                        ? OptionalLong.of(nowNanos - heard.completeNanos().getAsLong())
                        : OptionalLong.empty());
    }

    /** The other way round: an instant and an age change places by the same subtraction. */
    static MemberState fromAges(MemberState state, long nowNanos) {
        return toAges(state, nowNanos);
    }

    /** The part with what remains of its deadline, or the other way round. */
    static DatabaseTopology withDeadline(DatabaseTopology part, long deadlineNanos) {
        return new DatabaseTopology(
                part.database(),
                part.epoch(),
                part.primary(),
                part.holdWrites(),
                deadlineNanos,
                part.replicas(),
                part.reason());
    }
}
