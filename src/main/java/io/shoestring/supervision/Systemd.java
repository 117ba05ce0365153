package io.shoestring.supervision;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Tells systemd that the service is ready, lives, and ends ({@code sd_notify(3)}). It lives as long
 * as this object's one thread runs: systemd ends and starts again a process that is frozen.
 */
public final class Systemd implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Systemd.class);
    private static final long ANSWER_SECONDS = 2;

    /** So that two may be late before systemd loses its patience. */
    private static final int SIGNS_PER_TIMEOUT = 3;

    private final EventLoopGroup loop;
    private final Channel channel;

    private Systemd(EventLoopGroup loop, Channel channel) {
        this.loop = loop;
        this.channel = channel;
    }

    /**
     * Opens the socket that {@code NOTIFY_SOCKET} names and, if {@code WATCHDOG_USEC} is there,
     * begins to give signs of life; empty if systemd did not start this process.
     */
    public static Optional<Systemd> of(Map<String, String> environment) {
        String path = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (path.isEmpty()) {
            return Optional.empty();
        }
        EventLoopGroup loop =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("systemd", true), EpollIoHandler.newFactory());
        try {
            Channel channel =
                    new Bootstrap()
                            .group(loop)
                            .channel(EpollDomainDatagramChannel.class)
                            .handler(new ChannelHandlerAdapter() {})
                            .connect(addressOf(path))
                            .sync()
                            .channel();
            Systemd systemd = new Systemd(loop, channel);
            systemd.live(environment.getOrDefault("WATCHDOG_USEC", ""));
            return Optional.of(systemd);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("systemd cannot be told anything at {}: {}", path, e.toString());
        }
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        return Optional.empty();
    }

    /** The service may be relied upon. */
    public void ready() {
        tell("READY=1");
    }

    /** The service ends. */
    @Override
    public void close() {
        tell("STOPPING=1");
        loop.shutdownGracefully(0, ANSWER_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    /** A name that begins with @ is one of Linux's abstract ones. */
    private static DomainSocketAddress addressOf(String path) {
        return new DomainSocketAddress(path.startsWith("@") ? "\0" + path.substring(1) : path);
    }

    private void live(String timeoutMicros) {
        if (timeoutMicros.matches("[1-9]\\d{0,15}")) {
            long every = Math.max(1, Long.parseLong(timeoutMicros) / SIGNS_PER_TIMEOUT);
            channel.eventLoop()
                    .scheduleAtFixedRate(() -> send("WATCHDOG=1"), 0, every, TimeUnit.MICROSECONDS);
        }
    }

    private void tell(String text) {
        try {
            channel.eventLoop().submit(() -> send(text)).await(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(String text) {
        channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII))
                .addListener(
                        sent -> {
                            if (!sent.isSuccess()) {
                                LOG.debug("systemd was not told {}", text, sent.cause());
                            }
                        });
    }
}
