package io.shoestring.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

@Timeout(60)
class EventLoopsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final byte[] SIX = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    @Test
    void connectionsToAnAddressThatLeavesAreClosedAndNoOthers() throws Exception {
        Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
        try (EventLoops loops = new EventLoops(1)) {
            Channel listener = loops.bind(new Endpoint("::", 0), new Accepting(accepted));
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            try (Socket gone = new Socket(v4(2), port);
                    Socket stays = new Socket(v4(1), port);
                    Socket six = new Socket(InetAddress.getByAddress(SIX), port)) {
                await().until(() -> accepted.size() == 3);
                loops.refuseClientsOf("127.0.0.2", PATIENCE);
                assertReset(gone);
                assertThat(accepted).filteredOn(Channel::isOpen).hasSize(2);
                loops.refuseClientsOf("::1", PATIENCE);
                assertReset(six);
                assertThat(accepted).filteredOn(Channel::isOpen).hasSize(1);
                assertThat(stays.isClosed()).isFalse();
            }
            try (Socket early = new Socket(v4(2), port)) {
                assertReset(early);
            }
            loops.admitClientsOf("127.0.0.2");
            try (Socket back = new Socket(v4(2), port)) {
                await().until(() -> accepted.size() == 4);
                assertThat(back.isClosed()).isFalse();
            }
        }
    }

    @Test
    void aFewAreTogetherAndMoreAreEverywhere() throws Exception {
        Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
        List<Socket> open = new ArrayList<>();
        try (EventLoops loops = new EventLoops(2, 3)) {
            Channel listener =
                    loops.bindTogether(new Endpoint("127.0.0.1", 0), new Accepting(accepted));
            for (int i = 0; i < 10; i++) {
                open.add(accepted(listener, accepted));
            }
            EventLoop first = loops.all().getFirst();
            assertThat(accepted.stream().limit(3).map(Channel::eventLoop)).containsOnly(first);
            assertThat(accepted.stream().skip(3).limit(3).map(Channel::eventLoop))
                    .doesNotContain(first);
            assertThat(accepted).filteredOn(each -> each.eventLoop().equals(first)).hasSize(5);

            open.getFirst().close();
            open.get(1).close();
            open.get(2).close();
            await().until(() -> accepted.stream().filter(Channel::isOpen).count() == 7);
            open.add(accepted(listener, accepted));
            assertThat(List.copyOf(accepted).getLast().eventLoop()).isEqualTo(first);
        } finally {
            for (Socket each : open) {
                each.close();
            }
        }
    }

    private static Socket accepted(Channel listener, Queue<Channel> accepted) throws Exception {
        int before = accepted.size();
        var at = (InetSocketAddress) listener.localAddress();
        Socket socket = new Socket(at.getAddress(), at.getPort());
        await().until(() -> accepted.size() > before);
        return socket;
    }

    @Test
    void whoIsGoneWithoutAWordIsNoticedOnConnectionsOfBothKinds() throws Exception {
        Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
        try (EventLoops loops = new EventLoops(1)) {
            Channel listener = loops.bind(new Endpoint("127.0.0.1", 0), new Accepting(accepted));
            Channel called =
                    loops.connector(loops.all().getFirst(), new ChannelInboundHandlerAdapter())
                            .connect(listener.localAddress())
                            .sync()
                            .channel();
            await().until(() -> accepted.size() == 1);
            for (Channel each : List.of(called, accepted.element())) {
                ChannelConfig config = each.config();
                assertThat(config.getOption(ChannelOption.TCP_NODELAY)).isTrue();
                assertThat(config.getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
                assertThat(config.getOption(EpollChannelOption.TCP_KEEPIDLE)).isEqualTo(60);
                assertThat(config.getOption(EpollChannelOption.TCP_KEEPINTVL)).isEqualTo(10);
                assertThat(config.getOption(EpollChannelOption.TCP_KEEPCNT)).isEqualTo(3);
            }
        }
    }

    /** Netty forgets the socket when nothing is wanted of it, which is here between the two. */
    @Test
    void whoHasSaidEverythingMayTakeALongAnswerSlowly() throws Exception {
        byte[] answer = new byte[8 << 20];
        Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
        CountDownLatch ended = new CountDownLatch(1);
        ChannelInboundHandlerAdapter answers =
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext context, Object event) {
                        if (event instanceof ChannelInputShutdownReadComplete) {
                            ended.countDown();
                        }
                    }
                };
        ChannelInitializer<Channel> initializer =
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
                        channel.pipeline().addLast(answers);
                        accepted.add(channel);
                    }
                };
        try (EventLoops loops = new EventLoops(1)) {
            Channel listener = loops.bind(new Endpoint("127.0.0.1", 0), initializer);
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            try (Socket client = new Socket(v4(1), port)) {
                client.shutdownOutput();
                assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
                Channel server = accepted.element();
                // All that the loop does about the end is done.
                server.eventLoop().submit(() -> {}).sync();
                server.writeAndFlush(Unpooled.wrappedBuffer(answer))
                        .addListener(ChannelFutureListener.CLOSE);
                await().until(() -> !server.isWritable());
                assertThat(client.getInputStream().readAllBytes().length).isEqualTo(answer.length);
            }
        }
    }

    /** By this time the end has been sent: the address may go. */
    private static void assertReset(Socket socket) {
        assertThatThrownBy(() -> socket.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    private static InetAddress v4(int last) throws UnknownHostException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
    }

    private static final class Accepting extends ChannelInitializer<Channel> {
        private final Queue<Channel> accepted;

        Accepting(Queue<Channel> accepted) {
            this.accepted = accepted;
        }

        @Override
        protected void initChannel(Channel channel) {
            accepted.add(channel);
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter());
        }
    }
}
