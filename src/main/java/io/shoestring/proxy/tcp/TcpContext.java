package io.shoestring.proxy.tcp;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.proxy.backend.Server;
import io.shoestring.proxy.source.Sources;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
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
    private static final int END_SECONDS = 2;

    private final EventLoops loops;
    private final Clock clock;
    private final SharedTls sharedTls;
    private final Sources sources;
    private final TcpCounters counters = new TcpCounters();
    private final Map<EventLoop, Set<TcpSession>> sessionsByLoop = new HashMap<>();
    private final AtomicLong quietUntil;
    private final Future<?> measuring;
    private volatile TcpSetup setup;
    private List<? extends Future<?>> sweeps = List.of();
    private long shortestNanos = Long.MAX_VALUE;

    /**
     * @param setup with which it begins
     */
    TcpContext(TcpSetup setup, EventLoops loops, Clock clock, SharedTls sharedTls) {
        this.setup = setup;
        this.loops = loops;
        this.clock = clock;
        this.sharedTls = sharedTls;
        this.sources = new Sources(setup.config().sources(), clock);
        this.quietUntil = new AtomicLong(clock.nanos());
        loops.all().forEach(loop -> sessionsByLoop.put(loop, new HashSet<>()));
        sweepFor(setup);
        this.measuring =
                loops.all()
                        .getFirst()
                        .scheduleAtFixedRate(counters.sessions::measure, 1, 1, TimeUnit.SECONDS);
    }

    /** The shortest time-out that there ever was decides how closely deadlines are looked at. */
    private synchronized void sweepFor(TcpSetup next) {
        long shortest = next.shortestIdleNanos();
        if (shortest == 0 || shortest >= shortestNanos) {
            return;
        }
        shortestNanos = shortest;
        stopSweeps();
        long every = Math.clamp(TimeUnit.NANOSECONDS.toMillis(shortest) / 4, 10, SWEEP_MILLIS_MAX);
        sweeps =
                loops.all().stream()
                        .map(
                                loop ->
                                        loop.scheduleWithFixedDelay(
                                                () -> sweep(loop),
                                                every,
                                                every,
                                                TimeUnit.MILLISECONDS))
                        .toList();
    }

    private synchronized void stopSweeps() {
        sweeps.forEach(sweep -> sweep.cancel(false));
    }

    private void sweep(EventLoop loop) {
        long now = clock.nanos();
        Set.copyOf(sessionsOf(loop)).forEach(session -> session.endIfIdle(now));
    }

    /** What the TLS of all balancers has in common. */
    SharedTls sharedTls() {
        return sharedTls;
    }

    /** What is done with connections that come now. */
    TcpSetup setup() {
        return setup;
    }

    /** From now on connections that come are treated by this one. */
    void become(TcpSetup next) {
        sweepFor(next);
        sources.become(next.config().sources());
        setup = next;
    }

    TcpListenerConfig config() {
        return setup.config();
    }

    /** Whether that connection must begin with a PROXY header. */
    boolean speaksForOthers(Channel client) {
        return client.remoteAddress() instanceof InetSocketAddress from
                && config().proxies().stream().anyMatch(each -> each.contains(from.getAddress()));
    }

    /** From where clients may connect. */
    Sources sources() {
        return sources;
    }

    EventLoops loops() {
        return loops;
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

    /** Ends every session, the timers, and the access log, which has a line of each of them. */
    void end() {
        stopSweeps();
        measuring.cancel(false);
        CountDownLatch busy = new CountDownLatch(loops.all().size());
        for (EventLoop loop : loops.all()) {
            loop.execute(
                    () -> {
                        Set.copyOf(sessionsOf(loop)).forEach(TcpSession::shutDown);
                        busy.countDown();
                    });
        }
        try {
            boolean _ = busy.await(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        setup.files().close();
    }

    /** Writes a connection down that has ended; into the file of now, as it may be another one. */
    void leaveLine(InetSocketAddress client, TcpTrail trail) {
        setup.log()
                .ifPresent(log -> log.write(client, trail, clock.nanos(), counters.clients.get()));
    }

    /** Those that are open on a loop; on it. */
    List<TcpSession> sessionsOn(EventLoop loop) {
        return List.copyOf(sessionsOf(loop));
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
            LOG.warn("listener {}: a client was turned away: {}", config().name(), why);
        }
    }

    /** A server could not be reached. */
    void unreachable(Server server, String why) {
        if (isFirstInAWhile()) {
            LOG.warn("listener {}: server {} cannot be reached: {}", config().name(), server, why);
        }
    }

    private boolean isFirstInAWhile() {
        long now = clock.nanos();
        long quiet = quietUntil.get();
        return now - quiet >= 0 && quietUntil.compareAndSet(quiet, now + QUIET_NANOS);
    }
}
