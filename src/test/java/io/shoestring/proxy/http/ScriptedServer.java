package io.shoestring.proxy.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What calls itself an HTTP server and does as the test says. A bar stands for CR LF. */
final class ScriptedServer implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private volatile Behaviour behaviour;

    /** What it does with a connection; then it closes it. */
    @FunctionalInterface
    interface Behaviour {
        void serve(Talk talk) throws Exception;
    }

    ScriptedServer(Behaviour behaviour) throws IOException {
        this.behaviour = behaviour;
        Thread.ofVirtual().start(this::accept);
    }

    /** Answers every request with the same bytes. */
    static ScriptedServer saying(String answer) throws IOException {
        return new ScriptedServer(
                talk -> {
                    while (true) {
                        talk.head();
                        talk.send(answer);
                    }
                });
    }

    void behave(Behaviour other) {
        behaviour = other;
    }

    int port() {
        return socket.getLocalPort();
    }

    int connections() {
        return connections.size();
    }

    /** The next head that came, line ends as bars. */
    String nextHead() throws InterruptedException {
        String head = heard.poll(10, TimeUnit.SECONDS);
        if (head == null) {
            throw new AssertionError("no request came");
        }
        return head;
    }

    boolean hasHeard() {
        return !heard.isEmpty();
    }

    private void accept() {
        try {
            while (true) {
                Socket accepted = socket.accept();
                connections.add(accepted);
                Thread.ofVirtual().start(() -> serve(accepted));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private void serve(Socket accepted) {
        try (accepted) {
            accepted.setTcpNoDelay(true);
            behaviour.serve(new Talk(accepted));
        } catch (Exception gone) {
            // The proxy has had enough.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    /** One connection, from the server's side. */
    final class Talk {
        private final Socket accepted;
        private final InputStream in;
        private final OutputStream out;

        private Talk(Socket accepted) throws IOException {
            this.accepted = accepted;
            in = accepted.getInputStream();
            out = accepted.getOutputStream();
        }

        /** Reads up to and with the empty line. */
        String head() throws IOException {
            var text = new StringBuilder();
            while (text.indexOf("\r\n\r\n") < 0) {
                int octet = in.read();
                if (octet < 0) {
                    throw new IOException("closed");
                }
                text.append((char) octet);
            }
            String head = text.toString().replace("\r\n", "|");
            heard.add(head);
            return head;
        }

        String body(int length) throws IOException {
            return new String(in.readNBytes(length), StandardCharsets.ISO_8859_1)
                    .replace("\r\n", "|");
        }

        Talk send(String text) throws IOException {
            out.write(text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        Talk send(byte[] bytes) throws IOException {
            out.write(bytes);
            return this;
        }

        InputStream in() {
            return in;
        }

        void reset() throws IOException {
            accepted.setSoLinger(true, 0);
            accepted.close();
        }

        /** Reads until the proxy closes. */
        void untilEnd() throws IOException {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
