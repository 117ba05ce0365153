package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opens server connections before they are needed: as many as {@code pool.minimum} says, for each
 * user and database with a client, in the name of that client. There are no passwords here, so that
 * for whom nobody has logged in nothing can be opened. They are spread over the event loops.
 * Thread-safe.
 */
final class PoolWarmth {
    private static final long LOOK_MILLIS = 1_000;
    private static final long AVOIDED_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final ListenerContext listener;
    private final ServerPool pool;
    private final Map<PoolKey.Login, Clients> clients = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean ended;

    /** Clients with the same start-up parameters. */
    private record Alike(ClientIdentity identity, int count) {}

    /** Clients of one user and database; under its own lock. */
    private static final class Clients {
        private final Map<Map<String, String>, Alike> byParameters = new HashMap<>();
        private final Map<MemberSpec, Long> avoidedUntilNanos = new HashMap<>();

        synchronized void add(ClientIdentity identity) {
            byParameters.merge(
                    identity.parameters(),
                    new Alike(identity, 1),
                    (known, one) -> new Alike(identity, known.count() + 1));
        }

        /** True: that was the last one. */
        synchronized boolean remove(ClientIdentity identity) {
            byParameters.computeIfPresent(identity.parameters(), (same, known) -> less(known));
            return byParameters.isEmpty();
        }

        private static @Nullable Alike less(Alike known) {
            return known.count() == 1 ? null : new Alike(known.identity(), known.count() - 1);
        }

        /** As whom most of them have logged in. */
        synchronized Optional<ClientIdentity> typical() {
            Alike most = null;
            for (Alike each : byParameters.values()) {
                if (most == null || each.count() > most.count()) {
                    most = each;
                }
            }
            return Optional.ofNullable(most).map(Alike::identity);
        }

        synchronized boolean avoids(MemberSpec member, long nowNanos) {
            Long until = avoidedUntilNanos.get(member);
            return until != null && until - nowNanos > 0;
        }

        synchronized void avoid(MemberSpec member, long untilNanos) {
            avoidedUntilNanos.put(member, untilNanos);
        }

        synchronized void avoidNobody() {
            avoidedUntilNanos.clear();
        }
    }

    PoolWarmth(ListenerContext listener, ServerPool pool) {
        this.listener = listener;
        this.pool = pool;
    }

    /** A client has logged in. */
    void began(ClientIdentity client) {
        clients.compute(
                client.login(),
                (login, known) -> {
                    Clients all = known == null ? new Clients() : known;
                    all.add(client);
                    return all;
                });
        lookLater(0);
    }

    /** It is gone. */
    void ended(ClientIdentity client) {
        clients.computeIfPresent(
                client.login(), (login, known) -> known.remove(client) ? null : known);
    }

    /** Other members serve, or other numbers hold. */
    void lookAgain() {
        clients.values().forEach(Clients::avoidNobody);
        listener.loops().getFirst().execute(this::look);
        lookLater(LOOK_MILLIS);
    }

    /** Nothing is opened any more. */
    void end() {
        ended = true;
    }

    private boolean isWanted() {
        return !ended && listener.config().pool().sizes().minimum() > 0 && !clients.isEmpty();
    }

    /** While there is anything to keep open somebody looks after it. */
    private void lookLater(long millis) {
        if (isWanted() && looking.compareAndSet(false, true)) {
            listener.loops()
                    .getFirst()
                    .schedule(this::lookAndLookLater, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void lookAndLookLater() {
        looking.set(false);
        look();
        lookLater(LOOK_MILLIS);
    }

    private void look() {
        DatabaseTopology topology = listener.topology();
        if (!isWanted() || topology.holdWrites()) {
            return;
        }
        for (MemberSpec member : serving(topology)) {
            clients.forEach((login, known) -> openMissing(member, topology.epoch(), known));
        }
    }

    private List<MemberSpec> serving(DatabaseTopology topology) {
        List<MemberSpec> serving = new ArrayList<>(topology.primary().stream().toList());
        if (listener.readsFromReplicas()) {
            serving.addAll(topology.replicas());
        }
        return serving;
    }

    private void openMissing(MemberSpec member, long epoch, Clients known) {
        Optional<ClientIdentity> found = known.typical();
        if (found.isEmpty() || listener.isPaused(found.get())) {
            return;
        }
        ClientIdentity identity = found.get();
        PoolKey key = new PoolKey(member, epoch, identity);
        boolean opened = true;
        while (opened && !known.avoids(member, listener.clock().nanos())) {
            opened = openOne(key, identity, known);
        }
    }

    private boolean openOne(PoolKey key, ClientIdentity identity, Clients known) {
        EventLoop loop = nextLoop();
        var owner =
                new IdleOwner(
                        link -> opened(loop, link, identity),
                        () -> known.avoid(key.member(), listener.clock().nanos() + AVOIDED_NANOS));
        return pool.openUpToMinimum(key, identity, loop, owner);
    }

    private EventLoop nextLoop() {
        List<EventLoop> loops = listener.loops();
        return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    private void opened(EventLoop loop, ServerLink link, ClientIdentity identity) {
        link.readyAt(listener.clock().nanos());
        pool.remember(identity.parameters(), link.login().parameters());
        // Not in the middle of reading its last answer.
        loop.execute(() -> pool.giveBack(loop, link));
    }
}
