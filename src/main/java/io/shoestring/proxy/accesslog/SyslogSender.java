package io.shoestring.proxy.accesslog;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.DomainSocketAddress;
import io.shoestring.config.SyslogConfig;
import io.shoestring.network.EventLoops;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends lines to a syslog server, one in each datagram. When the server goes (its socket is made
 * anew when it starts again) it is looked for every second; until then lines are left out, and
 * counted. Thread-safe.
 */
final class SyslogSender implements LineOutput {
    private static final Logger LOG = LoggerFactory.getLogger(SyslogSender.class);

    /** What servers take at most unless they are told otherwise; the rest of a line is cut off. */
    private static final int LINE_CHARACTERS_MAX = 8_000;

    private static final int AGAIN_SECONDS = 1;
    private static final int CLOSE_SECONDS = 2;

    private final SyslogConfig config;
    private final SyslogHeader header;
    private final EventLoops loops;
    private final EventLoop loop;
    private final LongAdder leftOut = new LongAdder();
    private volatile @Nullable Channel channel;
    private volatile boolean closed;
    private boolean complained;

    private SyslogSender(SyslogConfig config, EventLoops loops) {
        this.config = requireNonNull(config, "config is null");
        this.header = SyslogHeader.sent(config);
        this.loops = requireNonNull(loops, "loops is null");
        this.loop = loops.all().getFirst();
    }

    /** Begins to look for the server. Blocks while its name is looked up. */
    static SyslogSender open(SyslogConfig config, EventLoops loops) {
        var made = new SyslogSender(config, loops);
        made.connect();
        return made;
    }

    /** Not on an event loop: a name may have to be looked up. */
    private void connect() {
        if (closed) {
            return;
        }
        try {
            ChannelFuture done = loops.datagrams(loop, address()).awaitUninterruptibly();
            if (done.isSuccess()) {
                connected(done.channel());
            } else {
                gone(requireNonNull(done.cause(), "a failure without a cause"));
            }
        } catch (UnknownHostException e) {
            gone(e);
        }
    }

    private SocketAddress address() throws UnknownHostException {
        return switch (config.to()) {
            case SyslogConfig.Socket(var path) -> new DomainSocketAddress(path.toFile());
            case SyslogConfig.Udp(var endpoint) -> {
                var address = new InetSocketAddress(endpoint.host(), endpoint.port());
                if (address.isUnresolved()) {
                    throw new UnknownHostException(endpoint.host() + " has no address");
                }
                yield address;
            }
        };
    }

    private synchronized void connected(Channel opened) {
        channel = opened;
        if (complained) {
            complained = false;
            LOG.info("syslog {} is there; {} lines were left out", config.to(), leftOut.sum());
        }
        if (closed) {
            opened.close();
        }
    }

    private synchronized void gone(Throwable why) {
        if (closed) {
            return;
        }
        channel = null;
        if (!complained) {
            complained = true;
            LOG.error("syslog {}: lines are lost, it cannot be sent to: {}", config.to(), "" + why);
        }
        loop.schedule(
                () -> Thread.ofVirtual().start(this::connect), AGAIN_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void add(Instant now, String text) {
        Channel to = channel;
        // A server that is slower than we are holds nobody up, and fills no memory.
        if (to == null || !to.isWritable()) {
            leftOut.increment();
            return;
        }
        String whole = header.at(now).concat(text);
        String line = whole.substring(0, Math.min(whole.length(), LINE_CHARACTERS_MAX));
        ByteBuf bytes = to.alloc().buffer(line.length());
        ByteBufUtil.writeUtf8(bytes, line);
        to.writeAndFlush(bytes)
                .addListener(
                        sent -> {
                            if (!sent.isSuccess()) {
                                failed(to, requireNonNull(sent.cause(), "no cause"));
                            }
                        });
    }

    private void failed(Channel by, Throwable why) {
        leftOut.increment();
        boolean first;
        synchronized (this) {
            first = by.equals(channel);
        }
        if (first) {
            by.close();
            gone(why);
        }
    }

    @Override
    public void close() {
        Channel last;
        synchronized (this) {
            closed = true;
            last = channel;
        }
        if (last != null) {
            // Behind all lines that other threads have handed over.
            loop.submit(() -> last.close()).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
