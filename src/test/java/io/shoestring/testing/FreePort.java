package io.shoestring.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A free TCP port of the loopback address, from below the range that the kernel gives to outgoing
 * connections: a server that is stopped finds it free when it comes back.
 */
public final class FreePort {
    private static final int LOWEST = 15_000;
    private static final int HIGHEST = 31_000;
    private static final int TRIES_MAX = 1_000;

    private FreePort() {}

    /** Some port that nobody listens on at this moment. */
    public static int find() {
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // Taken: another one.
            }
        }
        throw new IllegalStateException("found no free port in " + TRIES_MAX + " tries");
    }
}
