package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import io.shoestring.config.BackendConfig;
import io.shoestring.model.Endpoint;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * One server as this node knows it: whether it may be used, how much it may get, and what it has.
 * Any thread.
 *
 * <p>What an operator wants (administrative), what the checks found (up or not) and what its agent
 * says are kept apart, so that none of them undoes another.
 */
public final class Server {
    private final Backend backend;
    private final long seed;
    private final ServerCounters counters = new ServerCounters();
    private final LongAdder taken = new LongAdder();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile int mostConnections;
    private volatile long lastTakenNanos;

    /** In the place of the configured limit, by an operator; negative: that. */
    private volatile int wantedLimit = -1;

    /** The limit of now: configured, by the agent, and while it starts slowly. */
    private volatile int limit;

    private volatile BackendConfig.Server config;
    private volatile InetSocketAddress address;
    private volatile boolean moved;
    private volatile ServerState state;
    private final Breaker breaker;
    private volatile Outcomes listening = Outcomes.IGNORED;
    private final Outcomes outcomes = new Told();
    private long takenBefore;
    private volatile long rate;
    private volatile long mostRate;

    /**
     * @param timer whose thread takes it out of use when its requests fail
     */
    Server(Backend backend, BackendConfig.Server config, ServerState initial, EventExecutor timer) {
        this.backend = backend;
        this.config = config;
        this.state = initial;
        this.breaker = new Breaker(this, timer);
        this.seed = HashKey.of(config.name());
        this.limit = config.maxConnections().orElse(Integer.MAX_VALUE);
        this.address =
                InetSocketAddress.createUnresolved(
                        config.address().host(), config.address().port());
    }

    /** Its key in the file. */
    public String name() {
        return config.name();
    }

    /** The backend that it belongs to. */
    public Backend backend() {
        return backend;
    }

    /** As it is configured. */
    public BackendConfig.Server config() {
        return config;
    }

    /** Where to connect; unresolved while its name has never been found. */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * What stands first in the pipeline of a connection to it; empty: it is spoken to without TLS.
     *
     * @param protocols that it is offered by ALPN, the best first; empty: none are named
     */
    public Optional<SslHandler> tls(ByteBufAllocator allocator, List<String> protocols) {
        Endpoint at = config.address();
        return backend.tls()
                .map(caller -> caller.handler(allocator, at.host(), at.port(), protocols));
    }

    /** Its state now. */
    public ServerState state() {
        return state;
    }

    /** What happened so far. */
    public ServerCounters counters() {
        return counters;
    }

    /** Places that are taken now. */
    public int connections() {
        return connections.get();
    }

    /** The most places that were ever taken at once. */
    public int mostConnections() {
        return mostConnections;
    }

    /** How many places were ever taken. */
    public long taken() {
        return taken.sum();
    }

    /** When the last place was taken, by the node's clock; meaningless if none ever was. */
    public long lastTakenNanos() {
        return lastTakenNanos;
    }

    /** Places taken in the last whole second. */
    public long rate() {
        return rate;
    }

    /** The most places that were taken in a second. */
    public long mostRate() {
        return mostRate;
    }

    /** Where those who use the server say how it went. */
    public Outcomes outcomes() {
        return outcomes;
    }

    /** Who wants to know how it went. */
    public void outcomes(Outcomes listener) {
        listening = requireNonNull(listener, "listener is null");
    }

    /** Tells the checks and the breaker. */
    private final class Told implements Outcomes {
        @Override
        public void succeeded() {
            listening.succeeded();
            breaker.succeeded();
        }

        @Override
        public void failed(String why) {
            listening.failed(why);
            breaker.failed(why);
        }

        @Override
        public void answeredBadly(String why) {
            listening.answeredBadly(why);
            breaker.answeredBadly(why);
        }
    }

    /** The limit of now; empty if there is none. */
    public OptionalInt limit() {
        int now = limit;
        return now == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(now);
    }

    /** Gives back a place; whoever waits for one gets it. Once for each that was granted. */
    public void release() {
        connections.decrementAndGet();
        backend.queue().placeFreed();
    }

    @Override
    public String toString() {
        return backend.name() + "/" + name();
    }

    long seed() {
        return seed;
    }

    boolean hasRoom() {
        return connections.get() < limit;
    }

    boolean tryTake() {
        int now = connections.get();
        while (now < limit) {
            int seen = connections.compareAndExchange(now, now + 1);
            if (seen == now) {
                count(now + 1);
                return true;
            }
            now = seen;
        }
        return false;
    }

    private void count(int now) {
        taken.increment();
        lastTakenNanos = backend.clock().nanos();
        // Two loops may overwrite each other's peak; the next one mends it.
        if (now > mostConnections) {
            mostConnections = now;
        }
    }

    /** Only the backend, under its lock. */
    void state(ServerState next) {
        state = requireNonNull(next, "next is null");
    }

    /** Only the backend, under its lock: it is configured anew, at the same address. */
    void config(BackendConfig.Server next) {
        if (!next.maxConnections().equals(config.maxConnections())) {
            wantedLimit = -1;
        }
        config = next;
    }

    /** Only the backend, under its lock: what an operator wants; 0: no limit. */
    void wantLimit(int most) {
        wantedLimit = most;
    }

    /** What the file says, or an operator; empty: no limit. */
    OptionalInt configuredLimit() {
        int wanted = wantedLimit;
        if (wanted < 0) {
            return config.maxConnections();
        }
        return wanted == 0 ? OptionalInt.empty() : OptionalInt.of(wanted);
    }

    /** Only the backend, under its lock. */
    void limit(int most) {
        limit = most;
    }

    /** Once a second, by one thread. */
    void measure() {
        long now = taken();
        rate = now - takenBefore;
        mostRate = Math.max(mostRate, rate);
        takenBefore = now;
    }

    /** The name was looked up. */
    void address(InetSocketAddress found) {
        address = found;
    }

    /** Where it is: what the file says, or the address that an operator has given it. */
    public Endpoint endpoint() {
        InetSocketAddress now = address;
        return moved
                ? new Endpoint(now.getAddress().getHostAddress(), now.getPort())
                : config.address();
    }

    /** Whether its address comes from a name that is looked up again and again. */
    public boolean isLookedUp() {
        try {
            return !moved && InetAddress.ofLiteral(config.address().host()) == null;
        } catch (IllegalArgumentException _) {
            return true;
        }
    }

    /** An operator gives it another address: its name is not looked up any more. */
    void move(InetSocketAddress to) {
        moved = true;
        address = to;
    }
}
