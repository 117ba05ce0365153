package io.shoestring.sandbox.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.model.Endpoint;
import io.shoestring.protocol.postgresql.Authentication;
import io.shoestring.protocol.postgresql.BackendType;
import io.shoestring.protocol.postgresql.FrontendMessages;
import io.shoestring.protocol.postgresql.PasswordLogin;
import io.shoestring.protocol.postgresql.ProtocolViolation;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;

/**
 * A client of PostgreSQL that logs in and then does nothing. A driver's connection takes so much
 * memory that ten thousand of them would need a machine of their own.
 */
final class IdleClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int LENGTH_BYTES = 4;
    private static final int BODY_MAX = 1 << 16;

    private final Socket socket = new Socket();
    private final PasswordLogin login;

    private IdleClient(Cluster cluster) {
        login = new PasswordLogin(cluster.user(), cluster.password());
    }

    /**
     * Logs in by a password; returns when the server is ready for a query.
     *
     * @throws BenchException if the server refuses
     */
    static IdleClient logIn(Endpoint to, Cluster cluster) throws IOException, BenchException {
        IdleClient client = new IdleClient(cluster);
        try {
            client.socket.setSoTimeout(PATIENCE_MILLIS);
            client.socket.connect(new InetSocketAddress(to.host(), to.port()), PATIENCE_MILLIS);
            ByteBuf startup = Unpooled.buffer();
            FrontendMessages.startup(
                    startup, Map.of("user", cluster.user(), "database", cluster.database()));
            client.send(startup);
            client.awaitReady();
            return client;
        } catch (IOException | BenchException | ProtocolViolation e) {
            client.close();
            throw e;
        }
    }

    private void awaitReady() throws IOException, BenchException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (true) {
            byte type = in.readByte();
            int length = in.readInt() - LENGTH_BYTES;
            if (length < 0 || length > BODY_MAX) {
                throw new BenchException("No PostgreSQL answers there.");
            }
            ByteBuf body = Unpooled.wrappedBuffer(in.readNBytes(length));
            if (type == BackendType.READY_FOR_QUERY) {
                return;
            }
            if (type == BackendType.ERROR_RESPONSE) {
                throw new BenchException("A client that only logs in was refused.");
            }
            if (type == BackendType.AUTHENTICATION) {
                ByteBuf answer = Unpooled.buffer();
                login.answer(Authentication.read(body, 0, length), answer);
                send(answer);
            }
        }
    }

    private void send(ByteBuf bytes) throws IOException {
        bytes.readBytes(socket.getOutputStream(), bytes.readableBytes());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
