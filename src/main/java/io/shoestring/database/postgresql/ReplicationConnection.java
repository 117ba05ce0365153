package io.shoestring.database.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.Endpoint;
import io.shoestring.protocol.postgresql.Authentication;
import io.shoestring.protocol.postgresql.BackendBodies;
import io.shoestring.protocol.postgresql.BackendType;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.FrontendMessages;
import io.shoestring.protocol.postgresql.PasswordLogin;
import io.shoestring.protocol.postgresql.ProtocolViolation;

import org.postgresql.core.SocketFactoryFactory;
import org.postgresql.jdbc.SslMode;
import org.postgresql.ssl.PGjdbcHostnameVerifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

import javax.net.ssl.SSLSocket;

/**
 * Speaks the streaming replication protocol (PostgreSQL documentation, 'Streaming Replication
 * Protocol'), for what the driver cannot do there: base backups. Blocks, without a limit once it is
 * logged in, because a server says nothing while it makes a checkpoint; the network's own probes
 * find a peer that is gone. For one thread, which can be interrupted if it is a virtual one.
 */
final class ReplicationConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationConnection.class);
    private static final int LOGIN_MILLIS = 10_000;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int LENGTH_BYTES = 4;
    private static final int BODY_BYTES_MAX = 1 << 24;

    private final Endpoint server;
    private Socket socket;
    private DataInputStream in;
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private int majorVersion;
    private int processId;

    private ReplicationConnection(Endpoint server, Socket socket) throws IOException {
        this.server = server;
        this.socket = socket;
        this.in = input(socket);
    }

    /**
     * Logs in.
     *
     * @param properties as the driver has them: user, password, and what is asked of TLS
     * @param application by which the server knows the connection
     * @throws DatabaseException if the server cannot be reached, or refuses
     */
    static ReplicationConnection open(Endpoint server, Properties properties, String application)
            throws DatabaseException {
        Socket socket = new Socket();
        try {
            ReplicationConnection connection = connected(server, socket);
            connection.encrypt(properties);
            connection.logIn(properties, application);
            connection.socket.setSoTimeout(0);
            return connection;
        } catch (IOException | SQLException | ProtocolViolation e) {
            closeQuietly(socket);
            throw new DatabaseException(
                    "The server at " + server + " cannot be copied: " + e.getMessage(), e);
        } catch (DatabaseException e) {
            closeQuietly(socket);
            throw e;
        }
    }

    private static ReplicationConnection connected(Endpoint server, Socket socket)
            throws IOException {
        socket.connect(new InetSocketAddress(server.host(), server.port()), LOGIN_MILLIS);
        socket.setSoTimeout(LOGIN_MILLIS);
        socket.setKeepAlive(true);
        return new ReplicationConnection(server, socket);
    }

    private static DataInputStream input(Socket socket) throws IOException {
        return new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
    }

    /** As the driver does it for all other connections. */
    private void encrypt(Properties properties) throws IOException, SQLException {
        SslMode mode = SslMode.of(properties);
        ByteBuf request = Unpooled.buffer();
        FrontendMessages.sslRequest(request);
        send(request);
        // Nothing may have come with the answer: whoever sent it was not the server.
        int answer = socket.getInputStream().read();
        if (answer != BackendType.SSL_ACCEPTED) {
            if (mode.requireEncryption()) {
                throw new IOException("it speaks no TLS, which sslmode " + mode.value + " wants");
            }
            return;
        }
        SSLSocket encrypted =
                (SSLSocket)
                        SocketFactoryFactory.getSslSocketFactory(properties)
                                .createSocket(socket, server.host(), server.port(), true);
        encrypted.startHandshake();
        if (mode.verifyPeerName()
                && !PGjdbcHostnameVerifier.INSTANCE.verify(server.host(), encrypted.getSession())) {
            throw new IOException("its certificate is not for " + server.host());
        }
        socket = encrypted;
        in = input(encrypted);
    }

    private void logIn(Properties properties, String application)
            throws IOException, DatabaseException {
        String user = properties.getProperty("user");
        PasswordLogin login = new PasswordLogin(user, properties.getProperty("password"));
        ByteBuf startup = Unpooled.buffer();
        FrontendMessages.startup(
                startup,
                Map.of("user", user, "replication", "true", "application_name", application));
        send(startup);
        for (byte type = next(); type != BackendType.READY_FOR_QUERY; type = next()) {
            switch (type) {
                case BackendType.AUTHENTICATION -> {
                    ByteBuf answer = Unpooled.buffer();
                    login.answer(Authentication.read(body, 0, body.readableBytes()), answer);
                    send(answer);
                }
                case BackendType.PARAMETER_STATUS -> noteVersion();
                case BackendType.BACKEND_KEY_DATA ->
                        processId =
                                BackendBodies.backendKeyData(body, 0, body.readableBytes())
                                        .processId();
                default -> LOG.debug("{} sends {} at the log-in", server, (char) type);
            }
        }
    }

    private void noteVersion() {
        var status = BackendBodies.parameterStatus(body, 0, body.readableBytes());
        if (status.name().equals("server_version")) {
            majorVersion = Integer.parseInt(status.value().split("\\D", 2)[0]);
        }
    }

    /** Of the server, from its log-in. */
    int majorVersion() {
        return majorVersion;
    }

    /** The process at the server that serves this connection. */
    int processId() {
        return processId;
    }

    /** Says something; what comes of it is read by {@link #next}. */
    void query(String words) throws IOException {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.query(out, words);
        send(out);
    }

    /**
     * Reads the next message and returns its type; notices are logged and skipped.
     *
     * @throws DatabaseException what the server complained of
     * @throws IOException if the connection is lost
     * @throws ProtocolViolation if the message makes no sense
     */
    byte next() throws IOException, DatabaseException {
        while (true) {
            byte type = in.readByte();
            int length = in.readInt() - LENGTH_BYTES;
            if (length < 0 || length > BODY_BYTES_MAX) {
                throw new ProtocolViolation("a message of " + length + " bytes came");
            }
            read(length);
            switch (type) {
                case BackendType.ERROR_RESPONSE ->
                        throw new DatabaseException(
                                "The server at " + server + " says: " + fields().message() + ".");
                case BackendType.NOTICE_RESPONSE -> LOG.info("{}: {}", server, fields().message());
                default -> {
                    return type;
                }
            }
        }
    }

    private void read(int length) throws IOException {
        if (body.capacity() < length) {
            body = Unpooled.buffer(length);
        }
        body.clear();
        in.readFully(body.array(), 0, length);
        body.writerIndex(length);
    }

    private ErrorFields fields() {
        return ErrorFields.read(body, 0, body.readableBytes());
    }

    /** Of the message that was read last, until the next one is; it begins at index 0. */
    ByteBuf body() {
        return body;
    }

    private void send(ByteBuf bytes) throws IOException {
        bytes.readBytes(socket.getOutputStream(), bytes.readableBytes());
    }

    @Override
    public void close() {
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("A connection could not be closed", e);
        }
    }
}
