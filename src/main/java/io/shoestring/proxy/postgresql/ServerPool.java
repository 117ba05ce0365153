package io.shoestring.proxy.postgresql;

import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.config.PoolConfig;
import io.shoestring.model.PoolStatus;
import io.shoestring.proxy.pool.LinkLogin;
import io.shoestring.proxy.pool.LinkPool;
import io.shoestring.proxy.pool.PoolHost;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The server connections of one listener between two clients that use them: a {@link LinkPool}, and
 * what servers have told at log-ins, which a client that comes while all are in use has to know.
 */
final class ServerPool {
    private static final int REMEMBERED_MAX = 1_000;

    private final ListenerContext listener;
    private final LinkPool<ServerLink, LinkOwner> links;
    private final Map<Map<String, String>, Map<String, String>> told = new ConcurrentHashMap<>();
    private final PoolWarmth warmth;

    ServerPool(ListenerContext listener, List<EventLoop> loops) {
        this.listener = listener;
        links = new LinkPool<>(new Host(listener), loops);
        warmth = new PoolWarmth(listener, this);
    }

    private record Host(ListenerContext listener) implements PoolHost<LinkOwner> {
        @Override
        public PoolConfig poolConfig() {
            return listener.config().pool();
        }

        @Override
        public Clock clock() {
            return listener.clock();
        }

        @Override
        public long epoch() {
            return listener.topology().epoch();
        }

        @Override
        public LinkOwner nobody() {
            return new IdleOwner();
        }

        @Override
        public Map<String, Long> kept() {
            return listener.counters().kept();
        }
    }

    /** What is opened before anybody needs it. */
    PoolWarmth warmth() {
        return warmth;
    }

    /** The connections. */
    LinkPool<ServerLink, LinkOwner> links() {
        return links;
    }

    /** See {@link LinkPool#resized}. */
    void resized() {
        links.resized();
    }

    /** What a server has told a client with these start-up parameters at its log-in. */
    Optional<Map<String, String>> parametersFor(Map<String, String> startup) {
        return Optional.ofNullable(told.get(startup));
    }

    /**
     * So that the next like it can log in although all connections are in use.
     *
     * @param parameters as {@link ServerLogin#parameters} has them: they do not change any more
     */
    void remember(Map<String, String> startup, Map<String, String> parameters) {
        if (told.size() < REMEMBERED_MAX || told.containsKey(startup)) {
            told.put(startup, parameters);
        }
    }

    /** See {@link LinkPool#openUpToMinimum}. */
    boolean openUpToMinimum(PoolKey key, ClientIdentity identity, EventLoop loop, LinkOwner owner) {
        return links.openUpToMinimum(key, loop, () -> listener.open(loop, identity, key, owner));
    }

    /** A connection which its owner does not need any more; it may be of use to others. */
    void giveBack(EventLoop loop, ServerLink link) {
        links.giveBack(loop, link);
    }

    /** Connections of these that are there now are closed when they are given back. */
    void reconnect(Predicate<PoolKey.Login> which) {
        links.reconnect(ours(which));
    }

    /** Closes what is idle on this loop, which the caller is on, of these. */
    void closeIdle(EventLoop loop, Predicate<PoolKey.Login> which) {
        links.closeIdle(loop, ours(which));
    }

    private static Predicate<LinkLogin> ours(Predicate<PoolKey.Login> which) {
        return login -> login instanceof PoolKey.Login ours && which.test(ours);
    }

    /** What there is now, of all users and members together. */
    PoolStatus status() {
        return links.status();
    }

    /** Adds what is idle on this loop. */
    void countedIn(Census census, EventLoop loop) {
        links.idleOn(loop)
                .forEach(
                        link ->
                                census.servers()
                                        .add(link.row(listener.database(), Census.IDLE, 0)));
    }

    /** Closes what is idle on this loop and of an epoch that is over. */
    void topologyChanged(EventLoop loop) {
        links.topologyChanged(loop);
    }

    /** Closes everything that is idle on this loop. */
    void end(EventLoop loop) {
        warmth.end();
        links.end(loop);
    }
}
