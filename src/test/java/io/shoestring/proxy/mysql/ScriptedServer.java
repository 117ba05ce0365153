package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.NativePassword;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.Payload;
import io.shoestring.protocol.mysql.ServerGreeting;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A server that does what it is told, packet by packet. */
final class ScriptedServer implements AutoCloseable {
    static final byte[] GREETING = greeting();

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Behaviour behaviour;
    private final Queue<Socket> connections = new ConcurrentLinkedQueue<>();

    /** What is done with a connection; it is closed at the end. */
    interface Behaviour {
        void serve(Talk talk) throws Exception;
    }

    ScriptedServer(Behaviour behaviour) throws IOException {
        this.behaviour = behaviour;
        Thread.ofVirtual().start(this::accept);
    }

    MemberSpec member(String name) {
        return new MemberSpec(
                new MemberName(name),
                new NodeName("local"),
                new Endpoint("127.0.0.1", socket.getLocalPort()),
                1);
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
    static final class Talk {
        private final DataInputStream in;
        private final Socket socket;

        private Talk(Socket accepted) throws IOException {
            socket = accepted;
            in = new DataInputStream(accepted.getInputStream());
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        /** The payload of the next packet. */
        byte[] read() throws IOException {
            byte[] header = new byte[Packet.HEADER_BYTES];
            in.readFully(header);
            byte[] payload = new byte[Packet.length(Unpooled.wrappedBuffer(header), 0)];
            in.readFully(payload);
            return payload;
        }

        /** As a server that trusts everybody. */
        void logIn() throws IOException {
            send(GREETING);
            read();
            send(ok(2, 2, ""));
        }
    }

    static ServerGreeting greets() {
        return new ServerGreeting(
                "10.11.0-MariaDB",
                7,
                new byte[ServerGreeting.CHALLENGE_BYTES],
                RawClient.CAPABILITIES | Capability.SESSION_TRACK,
                45,
                2,
                NativePassword.METHOD);
    }

    private static byte[] greeting() {
        ByteBuf out = Unpooled.buffer();
        greets().write(out);
        return bytes(out);
    }

    static byte[] packet(int number, byte[] payload) {
        ByteBuf out = Unpooled.buffer();
        Packet.write(out, number, payload);
        return bytes(out);
    }

    /**
     * @param changes of the session, as they are written
     */
    static byte[] ok(int number, int status, String changes) {
        ByteBuf out = Unpooled.buffer();
        int at = Packet.begin(out, number);
        out.writeBytes(new byte[3]).writeShortLE(status).writeShortLE(0);
        if (!changes.isEmpty()) {
            out.writeByte(0);
            Payload.writeCounted(out, changes.getBytes(StandardCharsets.ISO_8859_1));
        }
        Packet.end(out, at);
        return bytes(out);
    }

    static byte[] error(int number, int code, String state, String message) {
        ByteBuf out = Unpooled.buffer();
        new ErrorPacket(code, state, message).write(out, number);
        return bytes(out);
    }

    static byte[] column(int number, String name) {
        ByteBuf out = Unpooled.buffer();
        int at = Packet.begin(out, number);
        for (String each : new String[] {"def", "shop", "t", "t", name, name}) {
            Payload.writeCounted(out, each.getBytes(StandardCharsets.UTF_8));
        }
        out.writeByte(0x0c).writeBytes(new byte[12]);
        Packet.end(out, at);
        return bytes(out);
    }

    private static byte[] bytes(ByteBuf out) {
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }
}
