package io.shoestring.proxy.tcp;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.proxy.backend.Backend;
import io.shoestring.proxy.backend.Server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all sessions of one listener share. Thread-safe, except where a method says on which loop it
 * belongs.
 */
final class TcpContext {
    private static final Logger LOG = LoggerFactory.getLogger(TcpContext.class);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long WITHOUT_LIMIT_MILLIS = TimeUnit.HOURS.toMillis(1);
    private static final long SWEEP_MILLIS_MAX = 1_000;

    private final TcpListenerConfig config;
    private final TcpRoutes routes;
    private final EventLoops loops;
    private final Optional<TlsDoor> tls;
    private final Clock clock;
    private final TcpCounters counters = new TcpCounters();
    private final Map<EventLoop, Set<TcpSession>> sessionsByLoop = new HashMap<>();
    private final AtomicLong quietUntil;
    private final List<? extends Future<?>> sweeps;
    private final Future<?> measuring;

    TcpContext(
            TcpListenerConfig config,
            TcpRoutes routes,
            EventLoops loops,
            Clock clock,
            Optional<TlsDoor> tls) {
        this.tls = tls;
        this.config = config;
        this.routes = routes;
        this.loops = loops;
        this.clock = clock;
        this.quietUntil = new AtomicLong(clock.nanos());
        loops.all().forEach(loop -> sessionsByLoop.put(loop, new HashSet<>()));
        this.sweeps = startSweeps();
        this.measuring =
                loops.all()
                        .getFirst()
                        .scheduleAtFixedRate(counters.sessions::measure, 1, 1, TimeUnit.SECONDS);
    }

    /** The shorter of the two, as the bytes of one side are the other's; zero is no limit. */
    private static long idleNanos(Duration client, Duration server) {
        if (client.isZero() || server.isZero()) {
            return Math.max(client.toNanos(), server.toNanos());
        }
        return Math.min(client.toNanos(), server.toNanos());
    }

    private List<? extends Future<?>> startSweeps() {
        // The shortest time-out that there is decides how closely deadlines are looked at.
        long shortest =
                routes.all().mapToLong(this::idleNanos).filter(each -> each > 0).min().orElse(0);
        if (shortest == 0) {
            return List.of();
        }
        long every = Math.clamp(TimeUnit.NANOSECONDS.toMillis(shortest) / 4, 10, SWEEP_MILLIS_MAX);
        return loops.all().stream()
                .map(
                        loop ->
                                loop.scheduleWithFixedDelay(
                                        () -> sweep(loop), every, every, TimeUnit.MILLISECONDS))
                .toList();
    }

    private void sweep(EventLoop loop) {
        long now = clock.nanos();
        Set.copyOf(sessionsOf(loop)).forEach(session -> session.endIfIdle(now));
    }

    TcpListenerConfig config() {
        return config;
    }

    TcpRoutes routes() {
        return routes;
    }

    /** Whether that connection must begin with a PROXY header. */
    boolean speaksForOthers(Channel client) {
        return client.remoteAddress() instanceof InetSocketAddress from
                && config.proxies().stream().anyMatch(each -> each.contains(from.getAddress()));
    }

    /** Whether nothing but a PROXY header comes before the client's own bytes. */
    boolean isHeaderAll() {
        return tls.isEmpty() && !routes.areByName();
    }

    /** How long nothing may move between a client and that backend; zero: no limit. */
    long idleNanos(Backend backend) {
        return idleNanos(config.clientTimeout(), backend.config().timeouts().server());
    }

    EventLoops loops() {
        return loops;
    }

    /** Where TLS is spoken with clients. */
    Optional<TlsDoor> tls() {
        return tls;
    }

    /**
     * Whether a side that has said everything may still be answered. Not with TLS: of version 1.2,
     * an end in one direction is the end of both.
     */
    boolean keepsHalfClosed() {
        return tls.isEmpty();
    }

    Clock clock() {
        return clock;
    }

    /** How long a peer may take nothing when the other has ended. */
    static long patienceMillis(long idleNanos) {
        return idleNanos == 0 ? WITHOUT_LIMIT_MILLIS : TimeUnit.NANOSECONDS.toMillis(idleNanos) + 1;
    }

    TcpCounters counters() {
        return counters;
    }

    /** On the session's loop. */
    void opened(TcpSession session) {
        sessionsOf(session.clientLoop()).add(session);
    }

    /** On the session's loop. */
    void closed(TcpSession session) {
        sessionsOf(session.clientLoop()).remove(session);
    }

    /** Ends every session, and the timers. */
    void end() {
        sweeps.forEach(sweep -> sweep.cancel(false));
        measuring.cancel(false);
        tls.ifPresent(TlsDoor::close);
        for (EventLoop loop : loops.all()) {
            loop.execute(() -> Set.copyOf(sessionsOf(loop)).forEach(each -> each.end(false)));
        }
    }

    private Set<TcpSession> sessionsOf(EventLoop loop) {
        Set<TcpSession> sessions = sessionsByLoop.get(loop);
        if (sessions == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return sessions;
    }

    /** A client was turned away; a thousand of them write one line. */
    void refused(String why) {
        counters.refused.increment();
        if (isFirstInAWhile()) {
            LOG.warn("listener {}: a client was turned away: {}", config.name(), why);
        }
    }

    /** A server could not be reached. */
    void unreachable(Server server, String why) {
        if (isFirstInAWhile()) {
            LOG.warn("listener {}: server {} cannot be reached: {}", config.name(), server, why);
        }
    }

    private boolean isFirstInAWhile() {
        long now = clock.nanos();
        long quiet = quietUntil.get();
        return now - quiet >= 0 && quietUntil.compareAndSet(quiet, now + QUIET_NANOS);
    }
}
