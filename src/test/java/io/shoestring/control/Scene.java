package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.AcceptedLoss;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.Decision;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.FenceFacts;
import io.shoestring.model.Fenced;
import io.shoestring.model.Lease;
import io.shoestring.model.LeaseFacts;
import io.shoestring.model.LossLimit;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberPast;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberState.Primary;
import io.shoestring.model.MemberState.Replica;
import io.shoestring.model.MemberState.Standby;
import io.shoestring.model.MemberState.Stopped;
import io.shoestring.model.NodeName;
import io.shoestring.model.Observation;
import io.shoestring.model.Position;
import io.shoestring.model.Protection;
import io.shoestring.model.ProxyFacts;
import io.shoestring.model.RollingRestart;
import io.shoestring.model.Switchover;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** An observation in a few words: members a, b and c, seconds since the beginning. */
final class Scene {
    static final MemberName A = new MemberName("a");
    static final MemberName B = new MemberName("b");
    static final MemberName C = new MemberName("c");
    static final long IDENTIFIER = 4711;
    private static final long SECOND = 1_000_000_000L;

    private final Map<MemberName, MemberFacts> members = new HashMap<>();
    private final Map<MemberName, MemberPast> pasts = new HashMap<>();
    private final Map<MemberName, String> busy = new HashMap<>();
    private Protection protection = Protection.AVAILABILITY;
    private DatabaseRecord record = DatabaseRecord.initial();
    private Optional<Lease> lease = Optional.empty();
    private int openTransactions;
    private int unaware;
    private long stepNanos;
    private OptionalLong leaseEnded = OptionalLong.empty();
    private boolean grantedHere = true;
    private List<Integer> priorities = List.of(1, 1, 1);

    private final Set<MemberName> delayed = new HashSet<>();
    private final Map<MemberName, MemberName> upstreams = new HashMap<>();
    static final Delay HOUR = new Delay(3_600);

    /** Now is second 100. */
    static final long NOW = 100 * SECOND;

    private boolean fenceable;
    private boolean managed = true;
    private LossLimit lossLimit = LossLimit.USUAL;
    private long renewal;
    private long renewalSeen = NOW;
    private FenceFacts fence = FenceFacts.none();

    /** a is the primary of epoch 7, b and c stream, b is synchronous. */
    static Scene healthy() {
        return new Scene()
                .serving(A, 7)
                .synchronous(B)
                .sees(A, primary(100, Set.of(B), B, C))
                .sees(B, replica(100, A))
                .sees(C, replica(100, A));
    }

    Scene performance() {
        protection = Protection.PERFORMANCE;
        return this;
    }

    /** At most so much, and so many seconds, may be lost. */
    Scene lossLimit(long bytes, long seconds) {
        lossLimit = new LossLimit(bytes, OptionalLong.of(seconds * SECOND));
        return performance();
    }

    /** A replica that was told of so much, and had everything until so long ago. */
    static Replica heard(Replica replica, long end, double completeSecondsAgo) {
        return new Replica(
                replica.received(),
                replica.replayed(),
                replica.streaming(),
                replica.upstream(),
                replica.systemIdentifier(),
                replica.trouble(),
                Optional.of(
                        new MemberState.Heard(
                                new Lsn(end),
                                OptionalLong.of(NOW - (long) (completeSecondsAgo * SECOND)))));
    }

    Scene maximum() {
        protection = Protection.MAXIMUM;
        return this;
    }

    Scene serving(MemberName primary, long epoch) {
        record =
                new DatabaseRecord(
                        epoch,
                        Optional.of(primary),
                        Set.of(),
                        true,
                        false,
                        Optional.empty(),
                        IDENTIFIER,
                        3,
                        Optional.empty(),
                        Set.of());
        lease = Optional.of(new Lease(epoch, primary));
        return this;
    }

    Scene synchronous(MemberName... names) {
        record = record.withSynchronous(Set.of(names));
        return this;
    }

    Scene closed() {
        record = record.withWritable(false);
        return this;
    }

    /** An operator took them out of use. */
    Scene offline(MemberName... names) {
        record = record.withOffline(Set.of(names));
        return this;
    }

    Scene restart(RollingRestart restart) {
        record = record.withRestart(Optional.of(restart));
        return this;
    }

    /** It is seen with settings that wait for a restart. */
    Scene pending(MemberName member, String... settings) {
        MemberFacts facts = requireNonNull(members.get(member), "not seen yet");
        members.put(
                member,
                new MemberFacts(member, facts.observedAtNanos(), facts.state(), List.of(settings)));
        return this;
    }

    Scene paused() {
        record = record.withPaused(true);
        return this;
    }

    Scene lease(long epoch, MemberName holder) {
        lease = Optional.of(new Lease(epoch, holder));
        return this;
    }

    Scene noLease() {
        lease = Optional.empty();
        return this;
    }

    Scene switchover(MemberName to, Switchover.Step step, double beganSecondsAgo) {
        stepNanos = NOW - (long) (beganSecondsAgo * SECOND);
        record = record.withSwitchover(Optional.of(new Switchover("s-3", to, step)));
        return this;
    }

    /** An operator wants it whatever the primary does. */
    Scene forced(MemberName to, AcceptedLoss loss, double beganSecondsAgo) {
        switchover(to, Switchover.Step.FORCE, beganSecondsAgo);
        record =
                record.withSwitchover(
                        Optional.of(new Switchover("s-3", to, Switchover.Step.FORCE, false, loss)));
        return this;
    }

    Scene rehearsal(MemberName to, double beganSecondsAgo) {
        switchover(to, Switchover.Step.DRAIN, beganSecondsAgo);
        record =
                record.withSwitchover(
                        Optional.of(new Switchover("s-3", to, Switchover.Step.DRAIN, true)));
        return this;
    }

    /** Somebody else manages it; this was seen of it before. */
    Scene observed(MemberName primary, int timeline, long epoch) {
        managed = false;
        record =
                DatabaseRecord.initial()
                        .withTerm(3)
                        .withObserved(primary, timeline, IDENTIFIER, epoch);
        return this;
    }

    /** Somebody else manages it, and nothing was seen before. */
    Scene observed() {
        managed = false;
        return this;
    }

    Scene open(int transactions) {
        openTransactions = transactions;
        return this;
    }

    /** So many nodes do not know the newest topology yet. */
    Scene unaware(int nodes) {
        unaware = nodes;
        return this;
    }

    /** Nobody holds the lease, and this is known for so long. */
    Scene leaseEnded(double secondsAgo) {
        leaseEnded = OptionalLong.of(NOW - (long) (secondsAgo * SECOND));
        return noLease();
    }

    /** What is held was granted by an earlier conductor. */
    Scene grantedElsewhere() {
        grantedHere = false;
        return this;
    }

    /** The member applies the log an hour later. */
    Scene delayed(MemberName member) {
        delayed.add(member);
        return this;
    }

    /** The member gets its log from another one. */
    Scene upstream(MemberName member, MemberName from) {
        upstreams.put(member, from);
        return this;
    }

    /** The same as an hour's delay makes of it. */
    static Replica held(Replica replica, boolean waits) {
        return new Replica(
                replica.received(),
                replica.replayed(),
                replica.streaming(),
                replica.upstream(),
                replica.systemIdentifier(),
                replica.trouble(),
                replica.heard(),
                Optional.of(new MemberState.Held(HOUR, waits)));
    }

    Scene priorities(Integer... each) {
        priorities = List.of(each);
        return this;
    }

    /** There is a fence command; the lease's newest renewal has this index and age. */
    Scene fenceable(long index, double renewedSecondsAgo) {
        fenceable = true;
        renewal = index;
        renewalSeen = NOW - (long) (renewedSecondsAgo * SECOND);
        return this;
    }

    Scene fencing(long epoch, long index) {
        fence = new FenceFacts(Optional.of(new Fenced(epoch, index)), fence.done());
        return this;
    }

    Scene fenceDone(long epoch, long index) {
        fence = new FenceFacts(Optional.empty(), Optional.of(new Fenced(epoch, index)));
        return this;
    }

    Scene fencedInRecord(long epoch, long index) {
        record = record.withFenced(new Fenced(epoch, index));
        return this;
    }

    Scene busy(MemberName member, String what) {
        busy.put(member, what);
        return this;
    }

    /** A look that began just now, at a member that is in this state for ten seconds. */
    Scene sees(MemberName member, MemberState state) {
        return sees(member, state, 0, 10);
    }

    Scene sees(MemberName member, MemberState state, double lookedAgo, double sinceAgo) {
        long looked = NOW - (long) (lookedAgo * SECOND);
        members.put(member, new MemberFacts(member, looked, state));
        return past(member, sinceAgo, false, Optional.empty());
    }

    Scene unseen(MemberName member, boolean exited) {
        members.remove(member);
        return past(member, 10, exited, Optional.empty());
    }

    Scene exited(MemberName member) {
        return past(member, 10, true, Optional.empty());
    }

    Scene did(Action.OnMember action, double secondsAgo, String failure) {
        return past(
                action.member(),
                10,
                false,
                Optional.of(
                        new MemberPast.Ended(
                                action,
                                NOW - (long) (secondsAgo * SECOND),
                                Optional.of(failure).filter(text -> !text.isEmpty()))));
    }

    /** The primary's looks have missed the member for so long. */
    Scene letGo(MemberName member, double secondsAgo) {
        MemberPast past = requireNonNull(pasts.get(member), "not seen yet");
        OptionalLong letGo = OptionalLong.of(NOW - (long) (secondsAgo * SECOND));
        pasts.put(member, new MemberPast(past.sinceNanos(), past.exited(), past.ended(), letGo));
        return this;
    }

    private Scene past(
            MemberName member, double sinceAgo, boolean exited, Optional<MemberPast.Ended> ended) {
        long since = NOW - (long) (sinceAgo * SECOND);
        pasts.put(member, new MemberPast(since, exited, ended, OptionalLong.empty()));
        return this;
    }

    Observation observation() {
        return new Observation(
                NOW,
                spec(),
                record,
                new LeaseFacts(
                        lease, NOW + 6 * SECOND, leaseEnded, grantedHere, renewal, renewalSeen),
                stepNanos,
                members,
                busy,
                new ProxyFacts(openTransactions, unaware),
                pasts,
                fence);
    }

    Decision decide() {
        return Decider.decide(observation());
    }

    DatabaseRecord record() {
        return record;
    }

    DatabaseSpec spec() {
        return new DatabaseSpec(
                new DatabaseName("shop"),
                protection,
                List.of(
                        member(A, 5433, priorities.get(0)),
                        member(B, 5434, priorities.get(1)),
                        member(C, 5435, priorities.get(2))),
                fenceable,
                true,
                managed,
                lossLimit);
    }

    static MemberSpec spec(MemberName name) {
        return new Scene().spec().member(name).orElseThrow();
    }

    /** Of another timeline. */
    static Primary primaryOf(int timeline, long lsn) {
        return new Primary(new Position(timeline, new Lsn(lsn)), List.of(), Set.of(), IDENTIFIER);
    }

    static Primary primary(long lsn, Set<MemberName> synchronous, MemberName... attached) {
        List<Standby> standbys =
                Arrays.stream(attached)
                        .map(name -> new Standby(name, true, new Lsn(lsn), true))
                        .collect(Collectors.toList());
        return new Primary(new Position(1, new Lsn(lsn)), standbys, synchronous, IDENTIFIER);
    }

    static Replica replica(long lsn, MemberName upstream) {
        return replica(lsn, upstream, true);
    }

    static Replica replica(long lsn, MemberName upstream, boolean streaming) {
        Position position = new Position(1, new Lsn(lsn));
        String address = spec(upstream).endpoint().toString();
        return new Replica(position, position, streaming, address, IDENTIFIER);
    }

    static Stopped crashed(long lsn) {
        return new Stopped(false, false, new Position(1, new Lsn(lsn)));
    }

    static Stopped shutDown(long lsn) {
        return new Stopped(false, true, new Position(1, new Lsn(lsn)));
    }

    static Stopped stoppedReplica(long lsn) {
        return new Stopped(true, false, new Position(1, new Lsn(lsn)));
    }

    static MemberState.Unresponsive silentFor(double seconds) {
        return new MemberState.Unresponsive("silent", NOW - (long) (seconds * SECOND));
    }

    static MemberState.Unreachable awayFor(double seconds) {
        return new MemberState.Unreachable("away", NOW - (long) (seconds * SECOND));
    }

    static Replica detached(long lsn) {
        Position position = new Position(1, new Lsn(lsn));
        return new Replica(position, position, false, "", IDENTIFIER);
    }

    private MemberSpec member(MemberName name, int port, int priority) {
        boolean later = delayed.contains(name);
        return new MemberSpec(
                name,
                new NodeName("local"),
                new Endpoint("127.0.0.1", port),
                later ? 0 : priority,
                Optional.of(HOUR).filter(hour -> later),
                Optional.ofNullable(upstreams.get(name)));
    }
}
