package io.shoestring.network;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.shoestring.model.Endpoint;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The threads of the data plane, and the socket options that all of it shares.
 *
 * <p>A connection stays on one loop for its whole life, and so do the server connections that serve
 * it: nothing on the data path hops between threads.
 */
public final class EventLoops implements AutoCloseable {
    private static final int CONNECT_TIMEOUT_MILLIS = 3_000;
    private static final int BACKLOG = 1_024;
    private static final int READ_BYTES_MIN = 1_024;
    private static final int READ_BYTES_INITIAL = 8_192;
    private static final int READ_BYTES_MAX = 65_536;

    // A peer whose machine is gone without a word is noticed after 90 s, not after two hours.
    /** Of Linux, by their numbers: Netty knows them for connections, not for listening sockets. */
    private static final ChannelOption<Integer> KEEPALIVE =
            new IntegerUnixChannelOption("SO_KEEPALIVE", 1, 9);

    private static final ChannelOption<Integer> KEEPALIVE_IDLE =
            new IntegerUnixChannelOption("TCP_KEEPIDLE", 6, 4);
    private static final ChannelOption<Integer> KEEPALIVE_INTERVAL =
            new IntegerUnixChannelOption("TCP_KEEPINTVL", 6, 5);
    private static final ChannelOption<Integer> KEEPALIVE_COUNT =
            new IntegerUnixChannelOption("TCP_KEEPCNT", 6, 6);

    private static final int KEEPALIVE_IDLE_SECONDS = 60;
    private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
    private static final int KEEPALIVE_PROBES = 3;

    private static final WriteBufferWaterMark WATER_MARKS =
            new WriteBufferWaterMark(64 << 10, 256 << 10);

    private static final WriteBufferWaterMark DATAGRAM_WATER_MARKS =
            new WriteBufferWaterMark(2 << 20, 4 << 20);

    private final Set<InetAddress> refused = ConcurrentHashMap.newKeySet();
    private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final EventLoopGroup group;
    private final EventLoopGroup few;
    private final List<EventLoop> loops = new ArrayList<>();

    /**
     * Starts the loops.
     *
     * @param count threads, at least 1
     */
    public EventLoops(int count) {
        this(count, 1);
    }

    /**
     * Starts the loops.
     *
     * @param count threads, at least 1
     * @param together of {@link #bindTogether}, at least 1
     */
    public EventLoops(int count, int together) {
        group =
                new MultiThreadIoEventLoopGroup(
                        count,
                        new DefaultThreadFactory("shoestring-loop", true),
                        EpollHandlers.newFactory());
        group.forEach(executor -> loops.add((EventLoop) executor));
        few = new FewLoops(group, together);
    }

    /** All loops, in a fixed order. */
    public List<EventLoop> all() {
        return List.copyOf(loops);
    }

    /**
     * Listens on an address; every accepted connection gets {@code initializer} and a loop, in
     * turn.
     *
     * @throws BindFailedException if the address cannot be had; the message says why
     */
    public Channel bind(Endpoint address, ChannelHandler initializer) throws BindFailedException {
        return bind(address, initializer, group);
    }

    /**
     * As {@link #bind}, but a few connections are on one loop, and only more of them on all: for
     * those that one processor can serve, since they wait for a database most of the time.
     *
     * @throws BindFailedException if the address cannot be had; the message says why
     */
    public Channel bindTogether(Endpoint address, ChannelHandler initializer)
            throws BindFailedException {
        return bind(address, initializer, few);
    }

    private Channel bind(Endpoint address, ChannelHandler initializer, EventLoopGroup accepted)
            throws BindFailedException {
        var bootstrap =
                new ServerBootstrap()
                        .group(group, accepted)
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        // What is accepted has these from the listening socket: tcp(7). Set on
                        // each, they
                        // would be five system calls more.
                        .option(KEEPALIVE, 1)
                        .option(KEEPALIVE_IDLE, KEEPALIVE_IDLE_SECONDS)
                        .option(KEEPALIVE_INTERVAL, KEEPALIVE_INTERVAL_SECONDS)
                        .option(KEEPALIVE_COUNT, KEEPALIVE_PROBES)
                        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .childOption(ChannelOption.RECVBUF_ALLOCATOR, readSizes())
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
                        .handler(new Remembering(clients, refused))
                        .childHandler(initializer);
        var bound =
                bootstrap
                        .bind(new InetSocketAddress(address.host(), address.port()))
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new BindFailedException(address, bound.cause());
        }
        return bound.channel();
    }

    /**
     * Resets all accepted connections to an address that is about to leave this machine, and from
     * now on each that is made to it. Whoever waits for an answer learns it while the address is
     * still here: afterwards not even the end of a connection reaches anybody.
     *
     * @param local an IP address
     * @param patience returns after it at the latest; not on an event loop if it is positive
     */
    public void refuseClientsOf(String local, Duration patience) {
        InetAddress leaving = new InetSocketAddress(local, 0).getAddress();
        refused.add(leaving);
        List<Channel> concerned =
                clients.stream().filter(channel -> isOf(channel, leaving)).toList();
        CountDownLatch open = new CountDownLatch(concerned.size());
        for (Channel channel : concerned) {
            channel.eventLoop()
                    .execute(
                            () -> {
                                Abrupt.close(channel);
                                open.countDown();
                            });
        }
        try {
            boolean _ = open.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes connections to that address again; any thread. */
    public void admitClientsOf(String local) {
        refused.remove(new InetSocketAddress(local, 0).getAddress());
    }

    private static boolean isOf(Channel channel, InetAddress local) {
        return localAddress(channel).filter(local::equals).isPresent();
    }

    private static Optional<InetAddress> localAddress(Channel channel) {
        try {
            return channel.localAddress() instanceof InetSocketAddress at
                    // Of an IPv4 client of an IPv6 listener this makes an IPv4 address.
                    ? Optional.of(InetAddress.getByAddress(at.getAddress().getAddress()))
                    : Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** At a listening channel: knows what was accepted, and costs its connections nothing. */
    private static final class Remembering extends ChannelInboundHandlerAdapter {
        private final ChannelGroup accepted;
        private final Set<InetAddress> refused;

        Remembering(ChannelGroup accepted, Set<InetAddress> refused) {
            this.accepted = accepted;
            this.refused = refused;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel client = (Channel) message;
            if (!refused.isEmpty() && localAddress(client).filter(refused::contains).isPresent()) {
                client.config().setOption(ChannelOption.SO_LINGER, 0);
                client.unsafe().closeForcibly();
                return;
            }
            accepted.add(client);
            context.fireChannelRead(message);
        }
    }

    /** How to open a connection to a server on {@code loop}: connect it and look at the future. */
    public Bootstrap connector(EventLoop loop, ChannelHandler handler) {
        return new Bootstrap()
                .group(loop)
                // TCP_NODELAY is Netty's own default here.
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(EpollChannelOption.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS)
                .option(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS)
                .option(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_PROBES)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.RECVBUF_ALLOCATOR, readSizes())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
                .handler(handler);
    }

    /**
     * A socket that sends datagrams to one address, on {@code loop}; nothing is read from it.
     *
     * @param to an address with a port, for UDP, or a {@link DomainSocketAddress}
     * @return the connected channel, when it is done
     */
    public ChannelFuture datagrams(EventLoop loop, SocketAddress to) {
        return new Bootstrap()
                .group(loop)
                .channelFactory(
                        to instanceof DomainSocketAddress
                                ? EpollDomainDatagramChannel::new
                                : EpollDatagramChannel::new)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, DATAGRAM_WATER_MARKS)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(to);
    }

    /**
     * Ends the loops; connections that are still there are closed. Waits for at most {@code
     * patience}.
     */
    public void close(Duration patience) {
        group.shutdownGracefully(0, patience.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(patience.toMillis() + 500);
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(2));
    }

    private static AdaptiveRecvByteBufAllocator readSizes() {
        return new AdaptiveRecvByteBufAllocator(READ_BYTES_MIN, READ_BYTES_INITIAL, READ_BYTES_MAX);
    }
}
