package io.shoestring.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.HeaderRules;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.protocol.http.FieldEdits;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What all connections of one listener share. Thread-safe. */
final class HttpContext {
    private final HttpListenerConfig config;
    private final HttpSettings settings;
    private final Routes routes;
    private final FieldEdits requestEdits;
    private final FieldEdits responseEdits;
    private final EventLoops loops;
    private final Clock clock;
    private final Optional<TlsDoor> tls;
    private final Notices notices;
    private final Optional<AccessLog> accessLog;
    private final HttpCounters counters = new HttpCounters();
    private final AtomicLong requestIds = new AtomicLong(ThreadLocalRandom.current().nextLong());
    private final Map<EventLoop, LoopState> states = new HashMap<>();
    private final List<? extends Future<?>> sweeps;
    private final Future<?> measuring;
    private volatile boolean closing;

    HttpContext(
            HttpListenerConfig config,
            HttpSettings settings,
            Routes routes,
            EventLoops loops,
            Clock clock,
            Optional<TlsDoor> tls)
            throws IOException {
        this.config = config;
        this.settings = settings;
        this.routes = routes;
        this.requestEdits = edits(config.requestHeaders());
        this.responseEdits = edits(config.responseHeaders());
        this.loops = loops;
        this.clock = clock;
        this.tls = tls;
        this.accessLog =
                config.accessLog().isPresent()
                        ? Optional.of(
                                AccessLog.open(
                                        config,
                                        counters,
                                        config.accessLog().get(),
                                        WallClock.system()))
                        : Optional.empty();
        this.notices = new Notices(config.name(), clock);
        loops.all().forEach(loop -> states.put(loop, new LoopState(loop, settings.limits())));
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

    private static FieldEdits edits(HeaderRules rules) {
        List<String> dropped = new ArrayList<>(rules.remove());
        rules.set().forEach(field -> dropped.add(field.name()));
        return new FieldEdits(
                dropped,
                Stream.concat(rules.set().stream(), rules.add().stream())
                        .map(field -> field.name() + ": " + field.value())
                        .toList());
    }

    /** The field in which servers are told a request's id. */
    Optional<String> requestIdField() {
        return config.requestId();
    }

    /** What is changed in the header of a request. */
    FieldEdits requestEdits() {
        return requestEdits;
    }

    /** What is changed in the header of a server's answer. */
    FieldEdits responseEdits() {
        return responseEdits;
    }

    HttpListenerConfig config() {
        return config;
    }

    HttpSettings settings() {
        return settings;
    }

    Routes routes() {
        return routes;
    }

    EventLoops loops() {
        return loops;
    }

    /** Where TLS is spoken with clients. */
    Optional<TlsDoor> tls() {
        return tls;
    }

    /** Whether that connection must begin with a PROXY header. */
    boolean speaksForOthers(Channel client) {
        return client.remoteAddress() instanceof InetSocketAddress from
                && config.proxies().stream().anyMatch(each -> each.contains(from.getAddress()));
    }

    /** Where each request leaves a line. */
    Optional<AccessLog> accessLog() {
        return accessLog;
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

    /** Ends the timers, the look at certificates, and the access log. */
    void stopSweeping() {
        sweeps.forEach(sweep -> sweep.cancel(false));
        measuring.cancel(false);
        tls.ifPresent(TlsDoor::close);
        accessLog.ifPresent(AccessLog::close);
    }
}
