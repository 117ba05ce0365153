package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A client on a blocking socket that speaks by this package's codecs and nothing else. */
public final class RawSession implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    private final Socket socket;
    private final DataInputStream in;

    /** Connects; nothing is said yet. */
    public RawSession(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** One message of the server. */
    public record Message(byte type, ByteBuf body) {
        int length() {
            return body.readableBytes();
        }

        ErrorFields error() {
            return ErrorFields.read(body, 0, length());
        }

        Authentication authentication() {
            return Authentication.read(body, 0, length());
        }
    }

    /** What a server says in answer to one Query. */
    public record Answer(List<String> tags, Optional<ErrorFields> error, byte status) {}

    /** A session of the superuser, who needs no password. */
    public static RawSession superuser(int port) throws IOException {
        var session = new RawSession(port);
        session.startUp("postgres");
        session.untilReady();
        return session;
    }

    void startUp(String user) throws IOException {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.startup(out, Map.of("user", user, "database", "postgres"));
        send(out);
    }

    void send(ByteBuf out) throws IOException {
        out.readBytes(socket.getOutputStream(), out.readableBytes());
        socket.getOutputStream().flush();
    }

    Message receive() throws IOException {
        byte[] header = new byte[MessageHeader.BYTES];
        in.readFully(header);
        ByteBuf start = Unpooled.wrappedBuffer(header);
        int length = MessageHeader.bodyLength(start, 0, MessageLimits.MESSAGE_BYTES_MAX);
        return new Message(header[0], Unpooled.wrappedBuffer(in.readNBytes(length)));
    }

    /** Runs SCRAM to its end; empty when the server let us in, else its error. */
    Optional<ErrorFields> authenticate(ScramClient scram) throws IOException {
        while (true) {
            Message message = receive();
            if (message.type() == BackendType.ERROR_RESPONSE) {
                return Optional.of(message.error());
            }
            ByteBuf out = Unpooled.buffer();
            switch (message.authentication()) {
                case Authentication.Sasl _ ->
                        FrontendMessages.saslInitialResponse(
                                out, ScramServer.MECHANISM, scram.first());
                case Authentication.SaslContinue(String data) ->
                        FrontendMessages.saslResponse(out, scram.last(data));
                case Authentication.SaslFinal(String data) -> scram.verify(data);
                case Authentication.Ok _ -> {
                    return Optional.empty();
                }
                case Authentication.CleartextPassword _,
                        Authentication.Md5Challenge _,
                        Authentication.Unsupported _ ->
                        throw new AssertionError(message);
            }
            send(out);
        }
    }

    /** Logs in with a password; empty when the server let us in, else its error. */
    Optional<ErrorFields> logIn(String user, String password) throws IOException {
        startUp(user);
        return authenticate(ScramClient.ofPassword(password, new SecureRandom()));
    }

    /** Runs SQL by the simple protocol. */
    public Answer query(String sql) throws IOException {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.query(out, sql);
        send(out);
        return untilReady();
    }

    Answer untilReady() throws IOException {
        List<String> tags = new ArrayList<>();
        Optional<ErrorFields> error = Optional.empty();
        while (true) {
            Message message = receive();
            switch (message.type()) {
                case BackendType.COMMAND_COMPLETE ->
                        tags.add(BackendBodies.commandTag(message.body(), 0, message.length()));
                case BackendType.ERROR_RESPONSE -> error = Optional.of(message.error());
                case BackendType.READY_FOR_QUERY -> {
                    byte status = BackendBodies.readyForQuery(message.body(), 0, message.length());
                    return new Answer(tags, error, status);
                }
                default -> {}
            }
        }
    }

    /** The first column of the first row of an answer. */
    public String value(String sql) throws IOException {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.query(out, sql);
        send(out);
        String value = "";
        while (true) {
            Message message = receive();
            if (message.type() == BackendType.DATA_ROW) {
                int length = message.body().getInt(2);
                value = message.body().toString(6, length, StandardCharsets.UTF_8);
            } else if (message.type() == BackendType.READY_FOR_QUERY) {
                return value;
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
