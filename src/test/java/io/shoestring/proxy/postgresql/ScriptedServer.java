package io.shoestring.proxy.postgresql;

import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What calls itself a PostgreSQL server and does as the test says. */
final class ScriptedServer implements AutoCloseable {
    private static final int BACKLOG = 50;

    private final ServerSocket socket =
            new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    private final List<String> heard = new CopyOnWriteArrayList<>();
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

    void behave(Behaviour other) {
        behaviour = other;
    }

    MemberSpec member() {
        return new MemberSpec(
                new MemberName("h"),
                new NodeName("local"),
                new Endpoint("127.0.0.1", socket.getLocalPort()),
                1);
    }

    /** Types of the messages that came after a start-up packet ({@code startup}), in order. */
    List<String> heard() {
        return List.copyOf(heard);
    }

    int connections() {
        return connections.size();
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
        private final DataInputStream in;
        private final DataOutputStream out;

        private Talk(Socket accepted) throws IOException {
            in = new DataInputStream(accepted.getInputStream());
            out = new DataOutputStream(accepted.getOutputStream());
        }

        Talk send(byte[]... messages) throws IOException {
            out.write(Wire.together(messages));
            return this;
        }

        Talk readStartup() throws IOException {
            in.readFully(new byte[in.readInt() - 4]);
            heard.add("startup");
            return this;
        }

        /** The type of the next message. */
        char read() throws IOException {
            char type = (char) in.readByte();
            in.readFully(new byte[in.readInt() - 4]);
            heard.add(String.valueOf(type));
            return type;
        }

        /** As a server that trusts everybody. */
        Talk logIn() throws IOException {
            readStartup();
            return send(
                    Wire.message('R', body -> body.writeInt(0)),
                    Wire.message('S', body -> body.writeBytes("client_encoding\0UTF8\0")),
                    Wire.message('K', body -> body.writeLong(42)),
                    ready());
        }

        void waitForEver() throws IOException {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
    }

    static byte[] ready() {
        return Wire.message('Z', body -> body.writeByte('I'));
    }

    static byte[] row(String value) {
        return Wire.message(
                'D',
                body -> {
                    body.writeShort(1);
                    body.writeInt(value.length());
                    body.writeBytes(value);
                });
    }

    static byte[] complete(String tag) {
        return Wire.message('C', body -> body.writeBytes(tag + "\0"));
    }

    static byte[] error(String severity, String sqlState, String message) {
        return Wire.message(
                'E',
                body ->
                        body.writeBytes(
                                "S%s\0V%s\0C%s\0M%s\0\0"
                                        .formatted(severity, severity, sqlState, message)));
    }
}
