package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.mysql.AuthenticationPackets;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.LoginRequest;
import io.shoestring.protocol.mysql.NativePassword;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.ServerGreeting;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A client that says what it is told to, byte by byte, and shows what came. */
final class RawClient implements AutoCloseable {
    static final int CAPABILITIES =
            Capability.PROTOCOL_41
                    | Capability.LONG_PASSWORD
                    | Capability.SECURE_CONNECTION
                    | Capability.PLUGIN_AUTH
                    | Capability.CONNECT_WITH_DB
                    | Capability.MULTI_STATEMENTS
                    | Capability.MULTI_RESULTS;

    private static final int PATIENCE_MILLIS = 30_000;

    private final Socket socket;
    private final DataInputStream in;
    private final ServerGreeting greeting;
    private int next;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        byte[] first = receive();
        greeting = ServerGreeting.read(Unpooled.wrappedBuffer(first), 0, first.length);
    }

    ServerGreeting greeting() {
        return greeting;
    }

    /** Says who it is by that method; returns what is answered. */
    byte[] login(String method, byte[] proof, int more) throws IOException {
        ByteBuf out = Unpooled.buffer();
        new LoginRequest(
                        CAPABILITIES | more, 1 << 24, 45, "app", proof, "shop", method, new byte[0])
                .write(out, next);
        sendRaw(bytes(out));
        return receive();
    }

    /** Logs in as everybody does. */
    RawClient in(int more) throws IOException {
        byte[] key = NativePassword.key("secret".getBytes(StandardCharsets.UTF_8));
        byte[] answer =
                login(NativePassword.METHOD, NativePassword.proof(key, greeting.challenge()), more);
        if (answer[0] != 0) {
            throw new IOException("refused: " + new String(answer, StandardCharsets.UTF_8));
        }
        return this;
    }

    /** Answers with data in the exchange that goes on. */
    byte[] answer(byte[] data) throws IOException {
        ByteBuf out = Unpooled.buffer();
        AuthenticationPackets.data(out, next, data);
        sendRaw(bytes(out));
        return receive();
    }

    void sendRaw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Sends a command of these bytes. */
    void command(byte[] payload) throws IOException {
        ByteBuf out = Unpooled.buffer();
        Packet.write(out, 0, payload);
        sendRaw(bytes(out));
    }

    void command(int code, String text) throws IOException {
        byte[] rest = text.getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[1 + rest.length];
        payload[0] = (byte) code;
        System.arraycopy(rest, 0, payload, 1, rest.length);
        command(payload);
    }

    /** The next packet's payload. */
    byte[] receive() throws IOException {
        byte[] header = new byte[Packet.HEADER_BYTES];
        in.readFully(header);
        next = (header[3] & 0xff) + 1;
        byte[] payload = new byte[Packet.length(Unpooled.wrappedBuffer(header), 0)];
        in.readFully(payload);
        return payload;
    }

    /** All that comes up to the answer of a ping, each packet with its number, in digits. */
    List<String> allUpToPing() throws IOException {
        command(new byte[] {0x0e});
        List<String> all = new ArrayList<>();
        int pings = 0;
        while (pings == 0) {
            byte[] payload = receive();
            all.add((next - 1) + " " + HexFormat.of().formatHex(payload));
            pings = next == 2 && payload.length >= 7 && payload[0] == 0 ? 1 : 0;
        }
        return all;
    }

    void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /** Ends without a farewell. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    void endSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads and forgets all that comes. */
    void untilEnd() throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
    }

    /** Waits for the end of the connection. */
    boolean isClosed() throws IOException {
        return in.read() < 0;
    }

    private static byte[] bytes(ByteBuf out) {
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
