package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.shoestring.model.DatabaseTopology;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The one connection to the primary that listens on the channels of one database of the servers,
 * for all clients of a listener. It is opened in the name of one of them, because there are no
 * passwords here; a notification is the same for every role.
 *
 * <p>All state belongs to one event loop; what is called from elsewhere is done there, in its
 * order, and an audience hears on its own loop, in order too.
 */
final class SharedListening {
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
    private static final long RETRY_MILLIS = 50;
    private static final long RETRY_MILLIS_MAX = 1_000;

    /** A channel that nobody needs is kept for a while: who comes back finds it established. */
    private static final long LINGER_MILLIS = 10_000;

    private final ListenerContext listener;
    private final String database;
    private final EventLoop loop;
    private final Map<String, Set<Audience>> channels = new LinkedHashMap<>();
    private final Set<String> unneeded = new HashSet<>();
    private final Set<String> asked = new HashSet<>();
    private final Set<String> established = new HashSet<>();
    private @Nullable ServerLink link;
    private @Nullable ScheduledFuture<?> retry;
    private long retryMillis = RETRY_MILLIS;
    private int turn;
    private boolean sweeping;
    private boolean ended;

    /** Who listens. Everything but {@link #loop} and {@link #identity} is called on its loop. */
    interface Audience {
        EventLoop loop();

        /** In whose name a connection may be opened. */
        ClientIdentity identity();

        /** No notification on these is missed from now on. */
        void established(Set<String> channels);

        /** A notification on one of its channels, or on one that it has just left. */
        void heard(Notification notification);

        /** Until the channels are established again notifications are missed. */
        void interrupted(String why);
    }

    /** What the connection tells. */
    private final class Owner extends IdleOwner {
        @Override
        public void ready(ServerLink opened) {
            opened.readyAt(listener.clock().nanos());
            opened.write(Requests.neverIdleTooLong(ALLOCATOR));
            opened.conversation().expectRestoring(true);
            retryMillis = RETRY_MILLIS;
            ask();
        }

        @Override
        public void restored(ServerLink answering) {
            if (answering.conversation().takeOwnFailure().isPresent()) {
                answering.close();
            } else if (answering.equals(link)) {
                asksAreAnswered();
            }
        }

        @Override
        public boolean passesNotification(ByteBuf in, int at) {
            Notification heard = Notification.read(in, at);
            channels.getOrDefault(heard.channel(), Set.of())
                    .forEach(each -> each.loop().execute(() -> each.heard(heard)));
            return false;
        }

        @Override
        public void connectFailed(ServerLink failed) {
            isGone(failed);
        }

        @Override
        public void closed(ServerLink closed) {
            isGone(closed);
        }
    }

    SharedListening(ListenerContext listener, String database, EventLoop loop) {
        this.listener = listener;
        this.database = database;
        this.loop = loop;
    }

    // ------------------------------------------------------------------ what is asked of it

    /** Listens on these for this audience, too, and tells it when it does. */
    void listen(Audience audience, Set<String> wanted) {
        loop.execute(() -> add(audience, wanted));
    }

    private void add(Audience audience, Set<String> wanted) {
        for (String channel : wanted) {
            unneeded.remove(channel);
            channels.computeIfAbsent(channel, any -> new HashSet<>()).add(audience);
        }
        Set<String> there = new HashSet<>(wanted);
        there.retainAll(established);
        tell(audience, there);
        ask();
    }

    private static void tell(Audience audience, Set<String> there) {
        if (!there.isEmpty()) {
            audience.loop().execute(() -> audience.established(there));
        }
    }

    /** This audience does not want these any more. */
    void forget(Audience audience, Set<String> left) {
        loop.execute(() -> remove(audience, left));
    }

    private void remove(Audience audience, Set<String> left) {
        for (String channel : left) {
            Set<Audience> others = channels.get(channel);
            if (others != null && others.remove(audience) && others.isEmpty()) {
                unneeded.add(channel);
                sweepLater();
            }
        }
    }

    private void sweepLater() {
        if (!sweeping) {
            sweeping = true;
            loop.schedule(this::sweep, LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void sweep() {
        sweeping = false;
        for (String channel : unneeded) {
            channels.remove(channel);
            established.remove(channel);
            if (asked.remove(channel) && link != null && link.isUsable()) {
                link.write(Requests.unlisten(ALLOCATOR, channel));
                link.conversation().expectRestoring(false);
            }
        }
        unneeded.clear();
        if (link != null) {
            link.flush();
            if (channels.isEmpty()) {
                link.end();
            }
        }
    }

    /** Another primary may serve: what was open to the last one is of no use. */
    void topologyChanged() {
        loop.execute(
                () -> {
                    if (link != null && link.epoch() != listener.topology().epoch()) {
                        ServerLink outdated = link;
                        outdated.close();
                        isGone(outdated);
                    }
                    retryMillis = RETRY_MILLIS;
                    ask();
                });
    }

    /** The listener ends. */
    void end() {
        loop.execute(
                () -> {
                    ended = true;
                    channels.clear();
                    if (link != null) {
                        link.end();
                    }
                });
    }

    /** Adds its connection, if it is of this loop, which the caller is on. */
    void countedIn(Census census, EventLoop asking) {
        if (asking.equals(loop) && link != null) {
            census.servers().add(link.row(listener.database(), Census.ACTIVE, 0));
        }
    }

    // ------------------------------------------------------------------ the connection

    /** Asks the server for what is wanted and was not asked for yet. */
    private void ask() {
        if (ended || channels.isEmpty()) {
            return;
        }
        ServerLink open = link;
        if (open == null) {
            open();
        } else if (open.isUsable()) {
            for (String channel : channels.keySet()) {
                if (asked.add(channel)) {
                    open.write(Requests.listen(ALLOCATOR, channel));
                    open.conversation().expectRestoring(false);
                }
            }
            open.flush();
        }
    }

    private void open() {
        DatabaseTopology topology = listener.topology();
        Optional<ClientIdentity> name = nextName();
        boolean serves = topology.leaseDeadlineNanos() - listener.clock().nanos() >= 0;
        if (retry != null || !serves || topology.primary().isEmpty() || name.isEmpty()) {
            retryLater();
            return;
        }
        ClientIdentity identity = name.get();
        PoolKey key = new PoolKey(topology.primary().orElseThrow(), topology.epoch(), identity);
        link = listener.open(loop, identity, key, new Owner());
    }

    /** Of all who listen in turn: one of them may not be let in any more. */
    private Optional<ClientIdentity> nextName() {
        List<Audience> all = channels.values().stream().flatMap(Set::stream).distinct().toList();
        return all.isEmpty()
                ? Optional.empty()
                : Optional.of(as(all.get(Math.floorMod(turn++, all.size())).identity()));
    }

    private ClientIdentity as(ClientIdentity client) {
        return new ClientIdentity(
                client.login(),
                Map.of(
                        "user",
                        client.user(),
                        "database",
                        database,
                        "client_encoding",
                        "UTF8",
                        "application_name",
                        "shoestring: LISTEN"),
                client.secret(),
                new KnownSettings());
    }

    private void retryLater() {
        if (retry == null && !ended) {
            retry = loop.schedule(this::retryNow, retryMillis, TimeUnit.MILLISECONDS);
            retryMillis = Math.min(2 * retryMillis, RETRY_MILLIS_MAX);
        }
    }

    private void retryNow() {
        retry = null;
        ask();
    }

    private void asksAreAnswered() {
        Set<String> fresh = new HashSet<>(asked);
        fresh.removeAll(established);
        established.addAll(fresh);
        Map<Audience, Set<String>> news = new HashMap<>();
        for (String channel : fresh) {
            for (Audience each : channels.getOrDefault(channel, Set.of())) {
                news.computeIfAbsent(each, any -> new HashSet<>()).add(channel);
            }
        }
        news.forEach(SharedListening::tell);
    }

    private void isGone(ServerLink gone) {
        if (!gone.equals(link)) {
            return;
        }
        link = null;
        asked.clear();
        established.clear();
        String why = gone.lossReason();
        List<Audience> all =
                new ArrayList<>(
                        channels.values().stream().flatMap(Set::stream).distinct().toList());
        all.forEach(each -> each.loop().execute(() -> each.interrupted(why)));
        retryLater();
    }
}
