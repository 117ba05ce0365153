package io.shoestring.health;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig.ProxyProtocol;
import io.shoestring.config.CheckConfig;
import io.shoestring.network.EventLoops;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Asks the agent beside one server again and again. That it does not answer means nothing: what it
 * said last holds.
 */
public final class AgentCheck implements Ongoing {
    private final CheckedServer server;
    private final int weight;
    private final CheckConfig.Agent config;
    private final EventLoops loops;
    private final EventLoop loop;
    private final Clock clock;
    private volatile Optional<Verdict> latest = Optional.empty();
    private @Nullable Future<?> next;
    private boolean stopped;

    AgentCheck(
            CheckedServer server,
            int weight,
            CheckConfig.Agent config,
            EventLoops loops,
            EventLoop loop,
            Clock clock) {
        this.server = server;
        this.weight = weight;
        this.config = config;
        this.loops = loops;
        this.loop = loop;
        this.clock = clock;
    }

    /** What the last question gave; empty before the first. Any thread. */
    public Optional<Verdict> latest() {
        return latest;
    }

    void start() {
        loop.execute(this::run);
    }

    @Override
    public void stop() {
        loop.execute(
                () -> {
                    stopped = true;
                    if (next != null) {
                        next.cancel(false);
                    }
                });
    }

    private void run() {
        InetSocketAddress own = server.address();
        if (own.isUnresolved() || !server.isAsked()) {
            schedule();
            return;
        }
        var conversation =
                new AgentConversation(line -> server.told(AgentAnswer.parse(line, weight)));
        Probe.start(
                loops,
                loop,
                clock,
                new InetSocketAddress(own.getAddress(), config.port()),
                config.every().toMillis(),
                ProxyProtocol.NONE,
                _ -> Optional.empty(),
                Optional.of(conversation),
                verdict -> {
                    latest = Optional.of(verdict);
                    schedule();
                });
    }

    private void schedule() {
        if (!stopped) {
            next = loop.schedule(this::run, config.every().toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
