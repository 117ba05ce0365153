package io.shoestring.proxy.tcp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that does with each connection what the test says, on a thread of its own. */
final class RawServer implements AutoCloseable {
    /** What is done with a connection. */
    @FunctionalInterface
    interface Service {
        void serve(Socket socket) throws IOException, InterruptedException;
    }

    private final ServerSocket server;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    RawServer(Service service) {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(() -> accept(service));
    }

    /** Sends back what it gets, after a first line with its name. */
    static RawServer named(String name) {
        return new RawServer(
                socket -> {
                    socket.getOutputStream().write((name + "\n").getBytes(StandardCharsets.UTF_8));
                    socket.getInputStream().transferTo(socket.getOutputStream());
                });
    }

    private void accept(Service service) {
        while (true) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(service, socket));
            } catch (IOException _) {
                return;
            }
        }
    }

    private static void serve(Service service, Socket socket) {
        try (socket) {
            service.serve(socket);
        } catch (IOException | InterruptedException _) {
            // The test looks at what the client sees.
        }
    }

    int port() {
        return server.getLocalPort();
    }

    int accepted() {
        return sockets.size();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
