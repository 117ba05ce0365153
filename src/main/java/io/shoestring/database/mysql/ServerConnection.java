package io.shoestring.database.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.model.Endpoint;
import io.shoestring.protocol.mysql.AuthenticationPackets;
import io.shoestring.protocol.mysql.CachingSha2Password;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.LoginRequest;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.NativePassword;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.Payload;
import io.shoestring.protocol.mysql.ServerGreeting;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * A connection for a few small questions. Blocks, each time for no longer than its limit; not
 * thread-safe.
 */
final class ServerConnection implements AutoCloseable {
    private static final int CAPABILITIES =
            Capability.PROTOCOL_41
                    | Capability.LONG_PASSWORD
                    | Capability.SECURE_CONNECTION
                    | Capability.PLUGIN_AUTH;

    private static final int UTF8 = 45;

    /** Catalog, schema, table, its own name, and then the column's. */
    private static final int NAME_FIELD = 5;

    private static final int ANSWER_BYTES_MAX = 1 << 20;
    private static final int ROWS_MAX = 1_000;
    private static final int PACKET_BYTES_MAX = 1 << 24;

    /** COM_BINLOG_DUMP, which only replicas send otherwise. */
    private static final int BINLOG_DUMP = 0x12;

    private static final int FIRST_POSITION = 4;

    /** The flag by which the end of the log is told. */
    private static final int NOT_WAITING = 1;

    /** Servers have lower numbers, by their operators' habit. */
    private static final int READER_MIN = 0x7000_0000;

    private final Socket socket;
    private final DataInputStream in;
    private final ServerGreeting greeting;
    private int next;

    /**
     * Connects and logs in.
     *
     * @param millis how long connecting, and each answer, may take
     */
    ServerConnection(Endpoint server, String user, byte[] password, int millis)
            throws IOException, MysqlException {
        socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(millis);
            socket.connect(new InetSocketAddress(server.host(), server.port()), millis);
            in = new DataInputStream(socket.getInputStream());
            ByteBuf first = receive();
            refuseError(first);
            greeting = ServerGreeting.read(first, 0, first.readableBytes());
            login(user, password);
        } catch (IOException | MysqlException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** What the server said when it was reached. */
    ServerGreeting greeting() {
        return greeting;
    }

    /** Whether it is MariaDB, and not MySQL. */
    boolean isMariaDb() {
        return greeting.version().contains("MariaDB");
    }

    private void login(String user, byte[] password) throws IOException, MysqlException {
        byte[] challenge = greeting.challenge();
        String method = greeting.method();
        ByteBuf out = Unpooled.buffer();
        new LoginRequest(
                        CAPABILITIES,
                        PACKET_BYTES_MAX,
                        UTF8,
                        user,
                        proof(method, password, challenge),
                        "",
                        method,
                        new byte[0])
                .write(out, next);
        send(out);
        while (true) {
            ByteBuf answer = receive();
            refuseError(answer);
            switch (answer.getUnsignedByte(0)) {
                case OkPacket.HEADER -> {
                    return;
                }
                case AuthenticationPackets.SWITCH -> {
                    var wanted =
                            AuthenticationPackets.Switch.read(answer, 0, answer.readableBytes());
                    challenge = wanted.challenge();
                    sendData(proof(wanted.method(), password, challenge));
                }
                case AuthenticationPackets.MORE -> more(answer, password, challenge);
                default -> throw new MysqlException("the log-in is answered by something unknown");
            }
        }
    }

    private static byte[] proof(String method, byte[] password, byte[] challenge) {
        if (password.length == 0) {
            return new byte[0];
        }
        return method.equals(CachingSha2Password.METHOD)
                ? CachingSha2Password.proof(CachingSha2Password.key(password), challenge)
                : NativePassword.proof(NativePassword.key(password), challenge);
    }

    /** The server does not know the password by heart: it is sent, encrypted for the server. */
    private void more(ByteBuf answer, byte[] password, byte[] challenge)
            throws IOException, MysqlException {
        int what = answer.readableBytes() > 1 ? answer.getUnsignedByte(1) : 0;
        if (what == CachingSha2Password.FAST_SUCCEEDED) {
            return;
        }
        if (what == CachingSha2Password.FULL_WANTED) {
            sendData(new byte[] {CachingSha2Password.KEY_WANTED});
            return;
        }
        String pem = answer.toString(1, answer.readableBytes() - 1, StandardCharsets.US_ASCII);
        try {
            sendData(CachingSha2Password.encrypt(password, challenge, publicKey(pem)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new MysqlException("the server's public key cannot be used: " + e.getMessage());
        }
    }

    private static PublicKey publicKey(String pem) throws GeneralSecurityException {
        String body = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance("RSA")
                .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(body)));
    }

    /**
     * Asks a question that is answered by rows of text.
     *
     * @return the rows, NULL as empty text
     */
    List<List<String>> ask(String sql) throws IOException, MysqlException {
        return answer(sql).rows();
    }

    /**
     * The same with the columns' names.
     *
     * @return for each row its values by the names of their columns, NULL as empty text
     */
    List<Map<String, String>> table(String sql) throws IOException, MysqlException {
        Answer answer = answer(sql);
        List<Map<String, String>> table = new ArrayList<>();
        for (List<String> row : answer.rows()) {
            Map<String, String> named = new HashMap<>();
            for (int i = 0; i < row.size(); i++) {
                named.put(answer.columns().get(i), row.get(i));
            }
            table.add(named);
        }
        return table;
    }

    /** Runs a statement whose answer, if it has one, does not matter. */
    void run(String sql) throws IOException, MysqlException {
        answer(sql);
    }

    /**
     * Reads the binary log, from where {@code @slave_connect_state} says up to its end. Nothing
     * else can be asked afterwards.
     *
     * @param each gets a packet with an event, or with a part of a long one; false: that is enough
     */
    void readLog(Predicate<ByteBuf> each) throws IOException, MysqlException {
        ByteBuf out = Unpooled.buffer();
        int at = Packet.begin(out, 0);
        out.writeByte(BINLOG_DUMP).writeIntLE(FIRST_POSITION).writeShortLE(NOT_WAITING);
        // Of two that read by the same number the server ends the first.
        out.writeIntLE(ThreadLocalRandom.current().nextInt(READER_MIN, Integer.MAX_VALUE));
        Packet.end(out, at);
        next = 0;
        send(out);
        ByteBuf event;
        do {
            event = receive(PACKET_BYTES_MAX);
            refuseError(event);
        } while (!isEnd(event) && each.test(event));
    }

    private static boolean isEnd(ByteBuf packet) {
        return packet.getUnsignedByte(0) == OkPacket.ROWS_END && packet.readableBytes() < 9;
    }

    private record Answer(List<String> columns, List<List<String>> rows) {}

    private Answer answer(String sql) throws IOException, MysqlException {
        ByteBuf out = Unpooled.buffer();
        int at = Packet.begin(out, 0);
        out.writeByte(Command.QUERY.code());
        out.writeCharSequence(sql, StandardCharsets.UTF_8);
        Packet.end(out, at);
        next = 0;
        send(out);
        ByteBuf first = receive();
        refuseError(first);
        if (first.getUnsignedByte(0) == OkPacket.HEADER) {
            return new Answer(List.of(), List.of());
        }
        int columns = (int) new Payload(first, 0, first.readableBytes()).number();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            ByteBuf column = receive();
            refuseError(column);
            names.add(row(column, NAME_FIELD).getLast());
        }
        refuseError(receive());
        return new Answer(names, rows(columns));
    }

    private List<List<String>> rows(int columns) throws IOException, MysqlException {
        List<List<String>> rows = new ArrayList<>();
        while (true) {
            ByteBuf row = receive();
            refuseError(row);
            if (isEnd(row)) {
                return rows;
            }
            if (rows.size() == ROWS_MAX) {
                throw new MysqlException("an answer has more than " + ROWS_MAX + " rows");
            }
            rows.add(row(row, columns));
        }
    }

    private static List<String> row(ByteBuf packet, int columns) {
        Payload payload = new Payload(packet, 0, packet.readableBytes());
        List<String> row = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            row.add(payload.column());
        }
        return row;
    }

    private static void refuseError(ByteBuf packet) throws MysqlException {
        if (packet.getUnsignedByte(0) == ErrorPacket.HEADER) {
            ErrorPacket error = ErrorPacket.read(packet, 0, packet.readableBytes());
            throw new MysqlException(
                    "error " + error.code() + ": " + error.message(), error.code());
        }
    }

    private ByteBuf receive() throws IOException, MysqlException {
        return receive(ANSWER_BYTES_MAX);
    }

    private ByteBuf receive(int bytesMax) throws IOException, MysqlException {
        byte[] header = read(Packet.HEADER_BYTES);
        int length = Packet.length(Unpooled.wrappedBuffer(header), 0);
        if (length == 0 || length > bytesMax) {
            throw new MysqlException("an answer has " + length + " bytes");
        }
        next = (header[3] & 0xff) + 1;
        return Unpooled.wrappedBuffer(read(length));
    }

    private byte[] read(int length) throws IOException {
        byte[] bytes = new byte[length];
        try {
            in.readFully(bytes);
        } catch (EOFException e) {
            throw new IOException("the server ended the connection", e);
        }
        return bytes;
    }

    private void sendData(byte[] data) throws IOException {
        ByteBuf out = Unpooled.buffer();
        AuthenticationPackets.data(out, next, data);
        send(out);
    }

    private void send(ByteBuf out) throws IOException {
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        socket.getOutputStream().write(bytes);
    }

    @Override
    public void close() {
        try {
            ByteBuf out = Unpooled.buffer();
            int at = Packet.begin(out, 0);
            out.writeByte(Command.QUIT.code());
            Packet.end(out, at);
            send(out);
        } catch (IOException | MysqlViolation _) {
            // It is closed anyway.
        }
        try {
            socket.close();
        } catch (IOException _) {
            // Nothing was lost.
        }
    }
}
