package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.postgresql.ScramServer.Accepted;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Speaks to real clients by this package's codecs: asks for SCRAM or MD5 by what is stored for the
 * user, and answers every query with one row of text, {@code hello}.
 */
final class FakeServer implements AutoCloseable {
    private static final byte[] MD5_SALT = {7, 0, -7, 1};

    private final ServerSocket listener;
    private final Map<String, String> storedPasswords;
    private final Map<String, ScramKeys> recoveredKeys = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();
    private volatile Optional<StartupPacket.Startup> latestStartup = Optional.empty();

    FakeServer(Map<String, String> storedPasswords) throws IOException {
        this.storedPasswords = storedPasswords;
        this.listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The keys that a user's login gave away. */
    ScramKeys recoveredKeys(String user) {
        ScramKeys keys = recoveredKeys.get(user);
        if (keys == null) {
            throw new AssertionError("nobody logged in as " + user);
        }
        return keys;
    }

    StartupPacket.Startup latestStartup() {
        return latestStartup.orElseThrow();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            new Session(socket).run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private final class Session {
        private final Socket socket;
        private final DataInputStream in;
        private final ByteBuf out = Unpooled.buffer();

        Session(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new DataInputStream(socket.getInputStream());
        }

        void run() throws IOException {
            String user = startUp();
            if (!authenticate(user)) {
                BackendMessages.errorResponse(
                        out, ErrorFields.fatal(SqlState.INVALID_PASSWORD, "wrong password"));
                flush();
                return;
            }
            BackendMessages.authenticationOk(out);
            BackendMessages.parameterStatus(out, "client_encoding", "UTF8");
            BackendMessages.parameterStatus(out, "server_version", "15.0");
            BackendMessages.parameterStatus(out, "standard_conforming_strings", "on");
            BackendMessages.parameterStatus(out, "integer_datetimes", "on");
            BackendMessages.backendKeyData(out, 1, 2);
            BackendMessages.readyForQuery(out, TransactionStatus.IDLE);
            flush();
            answerQueries();
        }

        private String startUp() throws IOException {
            ByteBuf bytes = Unpooled.buffer();
            while (true) {
                Optional<StartupPacket> packet = StartupPacket.read(bytes);
                if (packet.isEmpty()) {
                    bytes.writeByte(in.readByte());
                } else if (packet.get() instanceof StartupPacket.Startup startup) {
                    latestStartup = Optional.of(startup);
                    if (startup.needsNegotiation()) {
                        BackendMessages.negotiateProtocolVersion(out, startup.protocolOptions());
                    }
                    return startup.user();
                } else {
                    out.writeByte(BackendType.ENCRYPTION_REFUSED);
                    flush();
                }
            }
        }

        private boolean authenticate(String user) throws IOException {
            String stored = storedPasswords.getOrDefault(user, "");
            Optional<Md5Password> md5 = Md5Password.parse(stored);
            if (md5.isEmpty()) {
                return scram(user, ScramVerifier.parse(stored));
            }
            BackendMessages.authenticationMd5Password(out, MD5_SALT);
            flush();
            ByteBuf body = receive(FrontendType.PASSWORD);
            String response = PasswordBodies.password(body, 0, body.readableBytes());
            return md5.get().accepts(response, MD5_SALT);
        }

        private boolean scram(String user, Optional<ScramVerifier> verifier) throws IOException {
            ScramServer scram =
                    verifier.map(known -> ScramServer.of(known, random))
                            .orElseGet(
                                    () ->
                                            ScramServer.ofUnknownUser(
                                                    user, MD5_SALT, random, new byte[0]));
            BackendMessages.authenticationSasl(out, List.of(ScramServer.MECHANISM));
            flush();
            ByteBuf body = receive(FrontendType.PASSWORD);
            var initial = PasswordBodies.saslInitialResponse(body, 0, body.readableBytes());
            BackendMessages.authenticationSaslContinue(
                    out, scram.first(initial.mechanism(), initial.data()));
            flush();
            ByteBuf last = receive(FrontendType.PASSWORD);
            byte[] data = PasswordBodies.saslResponse(last, 0, last.readableBytes());
            if (!(scram.last(data) instanceof Accepted accepted)) {
                return false;
            }
            recoveredKeys.put(user, accepted.keys());
            BackendMessages.authenticationSaslFinal(out, accepted.serverFinalBytes());
            return true;
        }

        private void answerQueries() throws IOException {
            byte type = in.readByte();
            while (type != FrontendType.TERMINATE) {
                ByteBuf body = body(type);
                QueryBody query = QueryBody.read(body, 0, body.readableBytes());
                String sql =
                        body.toString(query.sqlIndex(), query.sqlLength(), StandardCharsets.UTF_8);
                if (sql.startsWith("SET")) {
                    BackendMessages.commandComplete(out, "SET");
                } else {
                    BackendMessages.noticeResponse(out, ErrorFields.notice("00000", "a notice"));
                    BackendMessages.rowDescription(out, List.of("greeting", "nothing"));
                    BackendMessages.dataRow(out, List.of(Optional.of("hello"), Optional.empty()));
                    BackendMessages.commandComplete(out, "SELECT 1");
                }
                BackendMessages.readyForQuery(out, TransactionStatus.IDLE);
                flush();
                type = in.readByte();
            }
        }

        private ByteBuf receive(byte expected) throws IOException {
            byte type = in.readByte();
            if (type != expected) {
                throw new IOException("unexpected type " + MessageHeader.describe(type));
            }
            return body(type);
        }

        private ByteBuf body(byte type) throws IOException {
            ByteBuf header = Unpooled.buffer().writeByte(type).writeInt(in.readInt());
            int length = MessageHeader.bodyLength(header, 0, 1_000_000);
            return Unpooled.wrappedBuffer(in.readNBytes(length));
        }

        private void flush() throws IOException {
            out.readBytes(socket.getOutputStream(), out.readableBytes());
            out.clear();
        }
    }
}
