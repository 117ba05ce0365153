package io.shoestring.consensus;

import io.shoestring.testing.FreePort;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The link from one node to another: passes bytes on, or swallows them, in each direction by
 * itself. Nobody is told of a cut, as on a real network.
 */
public final class Relay implements AutoCloseable {
    private final ServerSocket listening;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean there = true;
    private volatile boolean back = true;

    private Relay(ServerSocket listening, int target) {
        this.listening = listening;
        this.target = target;
    }

    /** A link to {@code target} on the loopback address. */
    public static Relay to(int target) throws IOException {
        ServerSocket listening =
                new ServerSocket(FreePort.find(), 50, InetAddress.getLoopbackAddress());
        Relay relay = new Relay(listening, target);
        Thread.ofVirtual().start(relay::accept);
        return relay;
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Lets bytes pass to the target ({@code there}) and from it ({@code back}), or not. */
    public void let(boolean there, boolean back) {
        this.there = there;
        this.back = back;
        if (there && back) {
            // What was swallowed is missing in the middle of these.
            sockets.forEach(Relay::close);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                sockets.add(client);
                Thread.ofVirtual().start(() -> connect(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void connect(Socket client) {
        try {
            Socket server = new Socket();
            sockets.add(server);
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 1_000);
            Thread.ofVirtual().start(() -> pass(server, client, false));
            pass(client, server, true);
        } catch (IOException e) {
            close(client);
        }
    }

    private void pass(Socket from, Socket to, boolean forwards) {
        byte[] buffer = new byte[16 * 1024];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (forwards ? there : back) {
                    out.write(buffer, 0, read);
                }
            }
        } catch (IOException e) {
            // One side has gone, so the other goes.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        sockets.forEach(Relay::close);
    }
}
