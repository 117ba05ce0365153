package io.shoestring.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a service manager hears on the socket that it names. */
@Timeout(60)
class SystemdTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir(factory = InMemory.class)
    private Path directory;

    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void end() {
        loop.shutdownGracefully();
    }

    @Test
    void aProcessThatSystemdDidNotStartTellsNobody() {
        assertThat(Systemd.of(Map.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"notify", "@shoestring-notify-test"})
    void itHearsThatTheServiceIsReadyLivesAndEnds(String name) throws Exception {
        boolean hidden = name.startsWith("@");
        String path = hidden ? name + ProcessHandle.current().pid() : "" + directory.resolve(name);
        listen(hidden ? "\0" + path.substring(1) : path);
        try (Systemd systemd =
                Systemd.of(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", "300000"))
                        .orElseThrow()) {
            systemd.ready();
            await().atMost(PATIENCE).until(() -> heard.contains("READY=1"));
            await().atMost(PATIENCE)
                    .until(() -> heard.stream().filter("WATCHDOG=1"::equals).count() >= 3);
            assertThat(heard).doesNotContain("STOPPING=1");
        }
        await().atMost(PATIENCE).until(() -> heard.getLast().equals("STOPPING=1"));
    }

    @Test
    void aSocketThatIsNotThereIsNoReasonToFail() {
        assertThat(Systemd.of(Map.of("NOTIFY_SOCKET", "" + directory.resolve("none")))).isEmpty();
    }

    private void listen(String path) throws InterruptedException {
        new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(
                        new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                            @Override
                            protected void channelRead0(
                                    ChannelHandlerContext context, DomainDatagramPacket packet) {
                                heard.add(packet.content().toString(StandardCharsets.US_ASCII));
                            }
                        })
                .bind(new DomainSocketAddress(path))
                .sync();
    }
}
