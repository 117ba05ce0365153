package io.shoestring.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The same loops, of which few connections take few: the next one is begun when those before have
 * {@code together} each, and beyond that whoever has the fewest gets the next. A loop with more to
 * do sleeps less often and is told of several connections by one system call, so eight clients on
 * one cost a seventh less of the processor than on two.
 *
 * <p>Thread-safe. It does not own the loops: they are ended elsewhere.
 */
final class FewLoops extends AbstractEventExecutorGroup implements EventLoopGroup {
    private final EventLoopGroup group;
    private final int together;
    private final List<Seats> all = new ArrayList<>();

    /** A loop, and how many of these connections are on it. */
    private record Seats(EventLoop loop, AtomicInteger taken) {}

    /**
     * @param together connections, at least 1
     */
    FewLoops(EventLoopGroup group, int together) {
        this.group = group;
        this.together = together;
        group.forEach(loop -> all.add(new Seats((EventLoop) loop, new AtomicInteger())));
    }

    @Override
    public EventLoop next() {
        return choose().loop();
    }

    @Override
    public ChannelFuture register(Channel channel) {
        Seats chosen = taken(channel);
        return chosen.loop().register(channel);
    }

    @Override
    public ChannelFuture register(ChannelPromise promise) {
        Seats chosen = taken(promise.channel());
        return chosen.loop().register(promise);
    }

    @Override
    @Deprecated
    @SuppressWarnings("deprecation") // Netty's own.
    public ChannelFuture register(Channel channel, ChannelPromise promise) {
        Seats chosen = taken(channel);
        return chosen.loop().register(channel, promise);
    }

    private Seats taken(Channel channel) {
        Seats chosen = choose();
        chosen.taken().incrementAndGet();
        channel.closeFuture().addListener(_ -> chosen.taken().decrementAndGet());
        return chosen;
    }

    private Seats choose() {
        Seats fewest = all.getFirst();
        int least = Integer.MAX_VALUE;
        for (Seats each : all) {
            int taken = each.taken().get();
            if (taken < together) {
                return each;
            }
            if (taken < least) {
                least = taken;
                fewest = each;
            }
        }
        return fewest;
    }

    @Override
    public Iterator<EventExecutor> iterator() {
        return group.iterator();
    }

    @Override
    public boolean isShuttingDown() {
        return group.isShuttingDown();
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        return terminationFuture();
    }

    @Override
    @Deprecated
    public void shutdown() {}

    @Override
    public Future<?> terminationFuture() {
        return group.terminationFuture();
    }

    @Override
    public boolean isShutdown() {
        return group.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return group.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return group.awaitTermination(timeout, unit);
    }
}
