package io.shoestring.sandbox.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.model.Endpoint;
import io.shoestring.protocol.postgresql.Authentication;
import io.shoestring.protocol.postgresql.BackendType;
import io.shoestring.protocol.postgresql.FrontendMessages;
import io.shoestring.protocol.postgresql.ScramClient;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.Map;

/**
 * A client of PostgreSQL that logs in and then does nothing. A driver's connection takes so much
 * memory that ten thousand of them would need a machine of their own.
 */
final class IdleClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int LENGTH_BYTES = 4;
    private static final int BODY_MAX = 1 << 16;
    private static final String MECHANISM = "SCRAM-SHA-256";

    private final Socket socket = new Socket();
    private final ScramClient scram;

    private IdleClient(String password) {
        scram = ScramClient.ofPassword(password, new SecureRandom());
    }

    /**
     * Logs in by SCRAM-SHA-256; returns when the server is ready for a query.
     *
     * @throws BenchException if the server asks for another method, or refuses
     */
    static IdleClient logIn(Endpoint to, Cluster cluster) throws IOException, BenchException {
        IdleClient client = new IdleClient(cluster.password());
        try {
            client.socket.setSoTimeout(PATIENCE_MILLIS);
            client.socket.connect(new InetSocketAddress(to.host(), to.port()), PATIENCE_MILLIS);
            ByteBuf startup = Unpooled.buffer();
            FrontendMessages.startup(
                    startup, Map.of("user", cluster.user(), "database", cluster.database()));
            client.send(startup);
            client.awaitReady();
            return client;
        } catch (IOException | BenchException e) {
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
                answer(Authentication.read(body, 0, length));
            }
        }
    }

    private void answer(Authentication asked) throws IOException, BenchException {
        ByteBuf out = Unpooled.buffer();
        switch (asked) {
            case Authentication.Sasl(var mechanisms) when mechanisms.contains(MECHANISM) ->
                    FrontendMessages.saslInitialResponse(out, MECHANISM, scram.first());
            case Authentication.SaslContinue(String data) ->
                    FrontendMessages.saslResponse(out, scram.last(data));
            case Authentication.SaslFinal(String data) -> scram.verify(data);
            case Authentication.Ok _ -> {}
            default -> throw new BenchException("A log-in by " + asked + " is not known here.");
        }
        send(out);
    }

    private void send(ByteBuf bytes) throws IOException {
        bytes.readBytes(socket.getOutputStream(), bytes.readableBytes());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
