package io.shoestring.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

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
