package io.shoestring.cluster.channel;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A machine between two others that can stop to forward, as a link that is cut would. */
final class StandingProxy implements AutoCloseable {
    private final ServerSocket server;
    private final Endpoint to;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile boolean standing;

    StandingProxy(Endpoint to) throws IOException {
        this.to = to;
        server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::acceptAll);
    }

    Endpoint address() {
        return new Endpoint("127.0.0.1", server.getLocalPort());
    }

    void stand() {
        standing = true;
    }

    private void acceptAll() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket peer = new Socket(to.host(), to.port());
                sockets.addAll(List.of(client, peer));
                forward(client, peer);
                forward(peer, client);
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void forward(Socket from, Socket into) {
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                InputStream in = from.getInputStream();
                                OutputStream out = into.getOutputStream();
                                byte[] bytes = new byte[8_192];
                                for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                                    if (!standing) {
                                        out.write(bytes, 0, n);
                                    }
                                }
                                if (!standing) {
                                    into.close();
                                }
                            } catch (IOException e) {
                                // Closed.
                            }
                        });
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
