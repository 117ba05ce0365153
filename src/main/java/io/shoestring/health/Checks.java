package io.shoestring.health;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig.ProxyProtocol;
import io.shoestring.config.CheckConfig;
import io.shoestring.network.EventLoops;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Starts the checks of servers, spread over the event loops, and stops them. */
public final class Checks implements AutoCloseable {
    private final EventLoops loops;
    private final Clock clock;
    private final Colleagues colleagues;
    private final AtomicInteger turn = new AtomicInteger();
    private final Set<Ongoing> ongoing = ConcurrentHashMap.newKeySet();

    /** Whose checks are made here, all of them. */
    public Checks(EventLoops loops, Clock clock) {
        this(loops, clock, Colleagues.NONE);
    }

    /**
     * @param colleagues with whom the checks that are shared are shared
     */
    public Checks(EventLoops loops, Clock clock, Colleagues colleagues) {
        this.colleagues = requireNonNull(colleagues, "colleagues is null");
        this.loops = requireNonNull(loops, "loops is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Checks a server from now on. */
    public ServerCheck check(CheckedServer server, CheckConfig config) {
        return check(server, config, ProxyProtocol.NONE);
    }

    /**
     * Checks a server from now on.
     *
     * @param introduced the version of the PROXY protocol that the server expects first
     */
    public ServerCheck check(CheckedServer server, CheckConfig config, ProxyProtocol introduced) {
        var check =
                new ServerCheck(server, config, introduced, loops, nextLoop(), clock, colleagues);
        ongoing.add(check);
        check.start();
        return check;
    }

    /**
     * Asks a server's agent from now on.
     *
     * @param weight the server's configured one
     */
    public AgentCheck ask(CheckedServer server, int weight, CheckConfig.Agent config) {
        var check = new AgentCheck(server, weight, config, loops, nextLoop(), clock);
        ongoing.add(check);
        check.start();
        return check;
    }

    /** Ends one of them. */
    public void stop(Ongoing check) {
        ongoing.remove(check);
        check.stop();
    }

    private EventLoop nextLoop() {
        List<EventLoop> all = loops.all();
        return all.get(Math.floorMod(turn.getAndIncrement(), all.size()));
    }

    @Override
    public void close() {
        ongoing.forEach(Ongoing::stop);
    }
}
