package io.shoestring.sandbox;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free TCP ports. They are taken from below the range that the kernel gives to outgoing
 * connections: a server that is stopped and comes back must find its port free, and not taken by a
 * client's end of some connection.
 */
public final class Ports {
    private static final Path OUTGOING = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int LOWEST = 15_000;
    private static final int TRIES_MAX = 2_000;

    private Ports() {}

    /** Different ports that are free at this moment on the loopback address. */
    public static List<Integer> free(int count) throws SandboxException {
        List<Integer> ports = new ArrayList<>();
        int highest = Math.max(LOWEST + 1_000, lowestOutgoing());
        for (int tries = 0; ports.size() < count && tries < TRIES_MAX; tries++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, highest);
            if (!ports.contains(port) && isFree(new Endpoint("127.0.0.1", port))) {
                ports.add(port);
            }
        }
        if (ports.size() < count) {
            throw new SandboxException(
                    "Found no "
                            + count
                            + " free ports between "
                            + LOWEST
                            + " and "
                            + highest
                            + ".");
        }
        return List.copyOf(ports);
    }

    /** Whether a server could bind to the endpoint now. */
    static boolean isFree(Endpoint endpoint) {
        try (ServerSocket socket = new ServerSocket()) {
            InetAddress address = InetAddress.getByName(endpoint.host());
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, endpoint.port()));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static int lowestOutgoing() {
        try {
            return Integer.parseInt(Files.readString(OUTGOING).strip().split("\\s+", 2)[0]);
        } catch (IOException | NumberFormatException _) {
            return 32_768;
        }
    }
}
