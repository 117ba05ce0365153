package io.shoestring.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.proxy.backend.Administrative;
import io.shoestring.testing.FreePort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

@Timeout(30)
class TcpListenerTest {
    private static final int MEGABYTE = 1 << 20;

    private static String servers(Object... namesAndPorts) {
        StringBuilder text = new StringBuilder("servers: { ");
        for (int i = 0; i < namesAndPorts.length; i += 2) {
            text.append("%s: \"127.0.0.1:%s\", ".formatted(namesAndPorts[i], namesAndPorts[i + 1]));
        }
        return text.append("}").toString();
    }

    private static String line(Socket socket) throws IOException {
        return new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                .readLine();
    }

    @Test
    void connectionsTakeTurns() throws Exception {
        try (RawServer a = RawServer.named("a");
                RawServer b = RawServer.named("b");
                var proxy = new TcpUnderTest("", servers("a", a.port(), "b", b.port()))) {
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                try (Socket socket = proxy.connect()) {
                    seen.add(line(socket));
                }
            }
            assertThat(seen).containsExactly("a", "b", "a", "b");
            proxy.awaitIdle();
            assertThat(proxy.listener().status().clients()).isZero();
        }
    }

    @Test
    void whatIsSentArrivesInBothDirectionsWhateverItsSize() throws Exception {
        byte[] sent = new byte[64 * MEGABYTE];
        new Random(7).nextBytes(sent);
        try (RawServer echo = new RawServer(socket -> echo(socket, sent.length));
                var proxy = new TcpUnderTest("", servers("a", echo.port()));
                Socket socket = proxy.connect()) {
            var digest = CompletableFuture.supplyAsync(() -> digest(socket));
            OutputStream out = socket.getOutputStream();
            out.write(sent);
            assertThat(digest.get(30, TimeUnit.SECONDS)).isEqualTo(digest(sent));
            socket.shutdownOutput();
            proxy.awaitIdle();
            var counters = proxy.backend().servers().getFirst().counters();
            assertThat(counters.bytesIn.sum()).isEqualTo(sent.length);
            assertThat(counters.bytesOut.sum()).isEqualTo(sent.length);
            assertThat(counters.requests.now().count()).isOne();
            assertThat(counters.requests.now().failures()).isZero();
        }
    }

    /** Sends back so many bytes, and ends. */
    private static void echo(Socket socket, long count) throws IOException {
        byte[] buffer = new byte[65_536];
        for (long left = count; left > 0; ) {
            int read = socket.getInputStream().read(buffer);
            socket.getOutputStream().write(buffer, 0, read);
            left -= read;
        }
    }

    private static String digest(Socket socket) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[65_536];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (Exception e) {
            return e.toString();
        }
    }

    private static String digest(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void whatAServerLeftBehindReachesASlowClientWhole() throws Exception {
        try (RawServer quick =
                        new RawServer(
                                socket -> socket.getOutputStream().write(new byte[8 * MEGABYTE]));
                var proxy =
                        new TcpUnderTest(", client-timeout: 400ms", servers("a", quick.port()));
                Socket socket = proxy.connect()) {
            socket.setReceiveBufferSize(65_536);
            int got = 0;
            byte[] buffer = new byte[MEGABYTE];
            // Longer than the time-out altogether, and never idle for as long.
            while (got < 8 * MEGABYTE) {
                int read = socket.getInputStream().readNBytes(buffer, 0, MEGABYTE);
                assertThat(read).isPositive();
                got += read;
                Thread.sleep(100);
            }
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aServerThatBreaksOffIsNotTakenForARegularEnd() throws Exception {
        try (RawServer breaking =
                        new RawServer(
                                socket -> {
                                    socket.getOutputStream().write(new byte[10]);
                                    socket.getInputStream().read();
                                    socket.setSoLinger(true, 0);
                                });
                var proxy = new TcpUnderTest("", servers("a", breaking.port()));
                Socket socket = proxy.connect()) {
            assertThat(socket.getInputStream().readNBytes(10)).hasSize(10);
            socket.getOutputStream().write(1);
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            proxy.awaitIdle();
            assertThat(proxy.backend().servers().getFirst().counters().serverAborts.sum())
                    .isEqualTo(1);
        }
    }

    @Test
    void aSlowReaderHoldsUpTheSenderAndNotTheMemory() throws Exception {
        var sentBytes = new java.util.concurrent.atomic.AtomicLong();
        try (RawServer flood =
                        new RawServer(
                                socket -> {
                                    byte[] chunk = new byte[65_536];
                                    while (sentBytes.get() < 200L * MEGABYTE) {
                                        socket.getOutputStream().write(chunk);
                                        sentBytes.addAndGet(chunk.length);
                                    }
                                });
                var proxy = new TcpUnderTest("", servers("a", flood.port()));
                Socket socket = proxy.connect()) {
            socket.getInputStream().read();
            long before = -1;
            while (before != sentBytes.get()) {
                before = sentBytes.get();
                Thread.sleep(300);
            }
            // Kernel buffers on four sockets, and two water marks: far from the 200 MiB.
            assertThat(before).isLessThan(40L * MEGABYTE);
            assertThat(socket.getInputStream().skip(100L * MEGABYTE)).isEqualTo(100L * MEGABYTE);
        }
    }

    @Test
    void whoCannotReachAServerIsSentToTheNext() throws Exception {
        int nobody = FreePort.find();
        try (RawServer b = RawServer.named("b");
                var proxy =
                        new TcpUnderTest(
                                "", "balance: first, " + servers("a", nobody, "b", b.port()));
                Socket socket = proxy.connect()) {
            assertThat(line(socket)).isEqualTo("b");
            var a = proxy.backend().server("a").orElseThrow();
            assertThat(a.counters().connectErrors.sum()).isEqualTo(1);
            assertThat(a.counters().requests.now().failures()).isEqualTo(1);
            assertThat(a.counters().redispatches.sum()).isEqualTo(1);
            assertThat(a.connections()).isZero();
        }
    }

    @Test
    void whenNobodyCanBeReachedTheConnectionEndsAfterItsRetries() throws Exception {
        int nobody = FreePort.find();
        try (var proxy = new TcpUnderTest("", "retries: 1, " + servers("a", nobody));
                Socket socket = proxy.connect()) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            var a = proxy.backend().server("a").orElseThrow();
            assertThat(a.counters().connectErrors.sum()).isEqualTo(2);
            assertThat(a.counters().retries.sum()).isEqualTo(1);
            proxy.awaitIdle();
            assertThat(proxy.listener().status().interrupted()).isEqualTo(1);
        }
    }

    @Test
    void oneClientMoreThanTheLimitIsTurnedAway() throws Exception {
        try (RawServer a = RawServer.named("a");
                var proxy = new TcpUnderTest(", max-connections: 1", servers("a", a.port()));
                Socket first = proxy.connect()) {
            assertThat(line(first)).isEqualTo("a");
            try (Socket second = proxy.connect()) {
                assertThat(second.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(proxy.listener().status().refused()).isEqualTo(1);
            first.shutdownOutput();
            proxy.awaitIdle();
            try (Socket third = proxy.connect()) {
                assertThat(line(third)).isEqualTo("a");
            }
        }
    }

    @Test
    void whoFindsTheServerFullWaitsAndWhatItSentIsKept() throws Exception {
        try (RawServer a = RawServer.named("a");
                var proxy =
                        new TcpUnderTest(
                                "",
                                "servers: { a: { address: \"127.0.0.1:%d\", max-connections: 1 } }"
                                        .formatted(a.port()));
                Socket first = proxy.connect()) {
            assertThat(line(first)).isEqualTo("a");
            Socket second = proxy.connect();
            second.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
            Socket quitter = proxy.connect();
            awaitQueue(proxy, 2);
            assertThat(a.accepted()).isEqualTo(1);
            quitter.setSoLinger(true, 0);
            quitter.close();
            awaitQueue(proxy, 1);
            first.shutdownOutput();
            byte[] answer = second.getInputStream().readNBytes("a\nhello\n".length());
            assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("a\nhello\n");
            second.shutdownOutput();
            proxy.awaitIdle();
            assertThat(proxy.listener().status().held()).isZero();
        }
    }

    private static void awaitQueue(TcpUnderTest proxy, int length) throws InterruptedException {
        while (proxy.backend().queued() != length) {
            Thread.sleep(5);
        }
    }

    @Test
    void whoWaitsTooLongIsTurnedAway() throws Exception {
        try (RawServer a = RawServer.named("a");
                var proxy =
                        new TcpUnderTest(
                                "",
                                "timeouts: { queue: 100ms }, servers: { a: { address:"
                                        + " \"127.0.0.1:%d\", max-connections: 1 } }"
                                                .formatted(a.port()));
                Socket first = proxy.connect()) {
            assertThat(line(first)).isEqualTo("a");
            try (Socket second = proxy.connect()) {
                assertThat(second.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void anIdleConnectionIsClosedOnBothSides() throws Exception {
        var serverSawTheEnd = new CountDownLatch(1);
        try (RawServer quiet =
                        new RawServer(
                                socket -> {
                                    socket.getInputStream().read();
                                    serverSawTheEnd.countDown();
                                });
                var proxy =
                        new TcpUnderTest(", client-timeout: 200ms", servers("a", quiet.port()));
                Socket socket = proxy.connect()) {
            long before = System.nanoTime();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(System.nanoTime() - before).isGreaterThan(150_000_000L);
            assertThat(serverSawTheEnd.await(5, TimeUnit.SECONDS)).isTrue();
            proxy.awaitIdle();
        }
    }

    @Test
    void aConnectionThatIsUsedIsNotIdle() throws Exception {
        try (RawServer a = RawServer.named("a");
                var proxy = new TcpUnderTest(", client-timeout: 300ms", servers("a", a.port()));
                Socket socket = proxy.connect()) {
            assertThat(line(socket)).isEqualTo("a");
            for (int i = 0; i < 8; i++) {
                Thread.sleep(100);
                socket.getOutputStream().write(i);
                assertThat(socket.getInputStream().read()).isEqualTo(i);
            }
        }
    }

    @Test
    void aDrainedServerKeepsWhatItHasAndGetsNothingNew() throws Exception {
        try (RawServer a = RawServer.named("a");
                RawServer b = RawServer.named("b");
                var proxy =
                        new TcpUnderTest(
                                "", "balance: first, " + servers("a", a.port(), "b", b.port()));
                Socket old = proxy.connect()) {
            assertThat(line(old)).isEqualTo("a");
            proxy.backend().want(proxy.backend().server("a").orElseThrow(), Administrative.DRAIN);
            try (Socket fresh = proxy.connect()) {
                assertThat(line(fresh)).isEqualTo("b");
            }
            old.getOutputStream().write(42);
            assertThat(old.getInputStream().read()).isEqualTo(42);
        }
    }

    @Test
    void closingTheListenerEndsItsSessions() throws Exception {
        try (RawServer a = RawServer.named("a")) {
            var proxy = new TcpUnderTest("", servers("a", a.port()));
            Socket socket = proxy.connect();
            assertThat(line(socket)).isEqualTo("a");
            proxy.close();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThatThrownBy(proxy::connect).isInstanceOf(IOException.class);
        }
    }
}
