package io.shoestring.proxy.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.testing.LeakWatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;

/** One side has said everything; the other one goes on. */
@Timeout(60)
class HalfCloseTest {
    private static final int MEGABYTE = 1 << 20;

    private final LeakWatch leaks = new LeakWatch();

    @AfterEach
    void nothingLeaks() {
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static String servers(RawServer server) {
        return "servers: { a: 127.0.0.1:" + server.port() + " }";
    }

    /** Answers only when it has heard everything: as rsync, or a filter behind netcat. */
    private static RawServer answeringAtTheEnd() {
        return new RawServer(
                socket -> {
                    byte[] all = socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write(all);
                });
    }

    private static void sendAll(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.shutdownOutput();
    }

    @RepeatedTest(5)
    void whoHasSaidEverythingIsStillAnswered() throws Exception {
        byte[] sent = noise(4 * MEGABYTE + 7);
        try (var server = answeringAtTheEnd();
                var proxy = new TcpUnderTest("", servers(server));
                Socket socket = proxy.connect()) {
            sendAll(socket, sent);
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
            proxy.awaitIdle();
        }
    }

    @RepeatedTest(5)
    void whatIsSaidAndEndedBeforeThereIsAServerArrives() throws Exception {
        byte[] sent = noise(10_000);
        try (var server = answeringAtTheEnd();
                var proxy = new TcpUnderTest("", servers(server))) {
            for (int i = 0; i < 20; i++) {
                try (Socket socket = proxy.connect()) {
                    sendAll(socket, sent);
                    assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
                }
            }
            proxy.awaitIdle();
        }
    }

    /** The end must not overtake what a slow reader has not taken yet. */
    @Test
    void aSlowReaderGetsEverythingBeforeTheEnd() throws Exception {
        byte[] sent = noise(8 * MEGABYTE);
        try (var server =
                        new RawServer(
                                socket -> {
                                    sendAll(socket, sent);
                                    socket.getInputStream().readAllBytes();
                                });
                var proxy = new TcpUnderTest("", servers(server));
                Socket socket = new Socket()) {
            socket.setReceiveBufferSize(16_384);
            socket.connect(
                    new java.net.InetSocketAddress(
                            java.net.InetAddress.getLoopbackAddress(), proxy.port()));
            InputStream in = socket.getInputStream();
            for (int at = 0; at < sent.length; at += MEGABYTE) {
                byte[] part = in.readNBytes(MEGABYTE);
                assertThat(part).isEqualTo(java.util.Arrays.copyOfRange(sent, at, at + MEGABYTE));
            }
            assertThat(in.read()).isNegative();
            // The server still listens.
            socket.getOutputStream().write(noise(100_000));
            socket.shutdownOutput();
            proxy.awaitIdle();
        }
    }

    @Test
    void aResetAfterAnEndIsAReset() throws Exception {
        try (var server =
                        new RawServer(
                                socket -> {
                                    socket.getInputStream().readAllBytes();
                                    socket.getOutputStream().write(1);
                                    socket.setSoLinger(true, 0);
                                    socket.close();
                                });
                var proxy = new TcpUnderTest("", servers(server));
                Socket socket = proxy.connect()) {
            sendAll(socket, noise(10));
            assertThat(ends(socket)).isTrue();
            proxy.awaitIdle();
        }
    }

    private static boolean ends(Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Test
    void halfClosedConnectionsEndWhenNothingMoves() throws Exception {
        try (var silent =
                        new RawServer(
                                socket -> {
                                    socket.shutdownOutput();
                                    Thread.sleep(60_000);
                                });
                var proxy = new TcpUnderTest(", client-timeout: 300ms", servers(silent));
                Socket socket = proxy.connect()) {
            assertThat(socket.getInputStream().read()).isNegative();
            proxy.awaitIdle();
        }
    }
}
