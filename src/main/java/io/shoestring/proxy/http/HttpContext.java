package io.shoestring.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.monitoring.digest.AnswerTimer;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.monitoring.digest.StatementFigures;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.proxy.source.Sources;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What all connections of one listener share. Thread-safe. */
final class HttpContext {
    private static final int CLOSE_SECONDS = 2;

    private final HttpSettings settings;
    private final EventLoops loops;
    private final Clock clock;
    private final SharedTls sharedTls;
    private final Sources sources;
    private final Notices notices;
    private final HttpCounters counters;
    private final AnswerTimer timer;
    private final AtomicLong requestIds = new AtomicLong(ThreadLocalRandom.current().nextLong());
    private final Map<EventLoop, LoopState> states = new HashMap<>();
    private final List<? extends Future<?>> sweeps;
    private final Future<?> measuring;
    private volatile HttpSetup setup;
    private volatile boolean closing;

    /**
     * @param setup with which it begins
     */
    HttpContext(
            HttpSetup setup,
            HttpCounters counters,
            HttpSettings settings,
            EventLoops loops,
            Clock clock,
            SharedTls sharedTls) {
        this.setup = setup;
        this.counters = counters;
        this.settings = settings;
        this.loops = loops;
        this.clock = clock;
        this.sharedTls = sharedTls;
        this.sources = new Sources(setup.config().sources(), clock);
        this.timer = new AnswerTimer(clock, WallClock.system());
        this.notices = new Notices(setup.config().name(), clock);
        loops.all().forEach(loop -> states.put(loop, new LoopState(loop, loops, clock, settings)));
        long every = settings.sweep().toMillis();
        this.sweeps =
                states.values().stream()
                        .map(
                                state ->
                                        state.loop()
                                                .scheduleWithFixedDelay(
                                                        () -> state.sweep(clock.nanos(), settings),
                                                        every,
                                                        every,
                                                        TimeUnit.MILLISECONDS))
                        .toList();
        this.measuring =
                loops.all()
                        .getFirst()
                        .scheduleAtFixedRate(counters::measure, 1, 1, TimeUnit.SECONDS);
    }

    /** What is done with requests that begin now. */
    HttpSetup setup() {
        return setup;
    }

    /** From now on requests that begin are treated by this one. */
    void become(HttpSetup next) {
        sources.become(next.config().sources());
        setup = next;
    }

    HttpListenerConfig config() {
        return setup.config();
    }

    HttpSettings settings() {
        return settings;
    }

    /** From where clients may connect. */
    Sources sources() {
        return sources;
    }

    EventLoops loops() {
        return loops;
    }

    /** Whether that connection must begin with a PROXY header. */
    boolean speaksForOthers(Channel client) {
        return client.remoteAddress() instanceof InetSocketAddress from
                && config().proxies().stream().anyMatch(each -> each.contains(from.getAddress()));
    }

    AnswerTimer timer() {
        return timer;
    }

    /** What was measured of each kind of URL. */
    List<StatementFigures> urls() {
        return DigestTable.merged(states.values().stream().map(LoopState::urls).toList());
    }

    /** All requests together, whatever their kind. */
    Requests requests() {
        return Requests.of(states.values().stream().map(LoopState::urls).toList());
    }

    /** The requests that are under way on a loop; on it. */
    List<Exchange> exchangesOn(EventLoop loop) {
        return on(loop).exchanges();
    }

    /** What the TLS of all balancers has in common. */
    SharedTls sharedTls() {
        return sharedTls;
    }

    Clock clock() {
        return clock;
    }

    long now() {
        return clock.nanos();
    }

    HttpCounters counters() {
        return counters;
    }

    Notices notices() {
        return notices;
    }

    LoopState on(EventLoop loop) {
        LoopState state = states.get(loop);
        if (state == null) {
            throw new IllegalStateException("a loop that is not ours");
        }
        return state;
    }

    /** For people to quote; no two requests of a process have the same. */
    String nextRequestId() {
        return Long.toHexString(requestIds.incrementAndGet());
    }

    /** Whether no further request is to be begun on a connection. */
    boolean isClosing() {
        return closing;
    }

    /** Lets each client have the answer that is on its way, and no further one. */
    void end() {
        closing = true;
        states.values().forEach(state -> state.loop().execute(state::end));
    }

    /** Closes what a request that ends at this moment may still have in its hands. */
    void closeSoon(HttpSetup.Files files) {
        loops.all()
                .getFirst()
                .schedule(
                        () -> Thread.ofVirtual().start(files::close),
                        CLOSE_SECONDS,
                        TimeUnit.SECONDS);
    }

    /** Ends the timers, the look at certificates, and the access log. */
    void stopSweeping() {
        sweeps.forEach(sweep -> sweep.cancel(false));
        measuring.cancel(false);
        setup.files().close();
    }
}
