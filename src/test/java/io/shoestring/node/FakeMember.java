package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.database.LocalMember;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Position;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** A server that does at once what it is told; its siblings know each other by the shared map. */
final class FakeMember implements LocalMember {
    private static final long IDENTIFIER = 4711;

    private final MemberSpec spec;
    private final Clock clock;
    private final Map<MemberName, FakeMember> siblings;
    private final List<String> done = new ArrayList<>();
    private final Map<Class<?>, Long> beganNanos = new ConcurrentHashMap<>();
    private Runnable onExit = () -> {};
    private String role = "empty";
    private String upstream = "";
    private Set<MemberName> names = Set.of();
    private int fails;
    private long lookMillis;
    private long actMillis;

    FakeMember(MemberSpec spec, Clock clock, Map<MemberName, FakeMember> siblings) {
        this.spec = spec;
        this.clock = clock;
        this.siblings = siblings;
        siblings.put(spec.name(), this);
    }

    synchronized void is(String newRole) {
        role = newRole;
    }

    synchronized void failsNext(int times) {
        fails = times;
    }

    synchronized void looksFor(long millis) {
        lookMillis = millis;
    }

    synchronized void actsFor(long millis) {
        actMillis = millis;
    }

    synchronized List<String> done() {
        return List.copyOf(done);
    }

    long began(Class<?> action) {
        return beganNanos.getOrDefault(action, 0L);
    }

    /** Its server process dies. */
    void die() {
        Runnable callback;
        synchronized (this) {
            role = role.equals("primary") ? "stopped" : "stopped replica";
            callback = onExit;
        }
        callback.run();
    }

    @Override
    public MemberName name() {
        return spec.name();
    }

    @Override
    public MemberFacts observe() {
        long began = clock.nanos();
        pause(look());
        return new MemberFacts(spec.name(), began, state());
    }

    private synchronized long look() {
        return lookMillis;
    }

    private MemberState state() {
        String now = role();
        Position position = new Position(1, new Lsn(100));
        return switch (now) {
            case "empty" -> new MemberState.Empty();
            case "stopped" -> new MemberState.Stopped(false, true, position);
            case "stopped replica" -> new MemberState.Stopped(true, false, position);
            case "replica" ->
                    new MemberState.Replica(position, position, true, upstream(), IDENTIFIER);
            default -> primary(position);
        };
    }

    private MemberState primary(Position position) {
        List<MemberState.Standby> standbys =
                siblings.values().stream()
                        .filter(other -> other.role().equals("replica"))
                        .filter(other -> other.upstream().equals(spec.endpoint().toString()))
                        .map(
                                other ->
                                        new MemberState.Standby(
                                                other.name(), true, position.lsn(), true))
                        .collect(Collectors.toList());
        synchronized (this) {
            return new MemberState.Primary(position, standbys, names, IDENTIFIER);
        }
    }

    private synchronized String role() {
        return role;
    }

    private synchronized String upstream() {
        return upstream;
    }

    @Override
    public Outcome perform(Action.OnMember action) {
        beganNanos.put(action.getClass(), clock.nanos());
        pause(acting());
        synchronized (this) {
            done.add(action.getClass().getSimpleName());
            if (fails > 0) {
                fails--;
                return new Outcome.Failed("The disk is full.");
            }
            return act(action);
        }
    }

    private synchronized long acting() {
        return actMillis;
    }

    private Outcome act(Action.OnMember action) {
        switch (action) {
            case Action.Promote promote -> become("primary", promote.synchronous());
            case Action.StartPrimary start -> become("primary", start.synchronous());
            case Action.Follow follow -> {
                upstream = follow.upstream().endpoint().toString();
                become("replica", Set.of());
            }
            case Action.Cascade cascade -> upstream = cascade.upstream().endpoint().toString();
            case Action.Detach detach -> upstream = "";
            case Action.SetSynchronous set -> names = set.names();
            case Action.Block block -> names = block.names();
            case Action.Stop stop -> become("stopped", Set.of());
            case Action.Fence fence -> become("stopped", Set.of());
            case Action.Restart restart -> {
                upstream = restart.upstream().endpoint().toString();
                become("replica", Set.of());
            }
            case Action.Checkpoint checkpoint -> {}
        }
        return new Outcome.Done("It is done.");
    }

    private void become(String newRole, Set<MemberName> newNames) {
        role = newRole;
        names = newNames;
    }

    @Override
    public synchronized void onExit(Runnable callback) {
        onExit = callback;
    }

    @Override
    public void close() {}

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
