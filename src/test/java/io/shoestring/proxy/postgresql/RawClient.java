package io.shoestring.proxy.postgresql;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A PostgreSQL client that is nothing but a socket: it sends what it is told and writes down what
 * comes back, message for message. Process ids and secret keys are masked.
 */
final class RawClient implements AutoCloseable {
    /** A role that needs no password; see {@link PostgresPair}. */
    static final String ROLE = "trusted";

    /** Instead of a message: the other side has closed. */
    static final String END = "<closed>";

    private static final int PATIENCE_MILLIS = 20_000;
    private static final long PAUSE_NANOS = 50_000_000;

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;
    private final List<String> heard = new ArrayList<>();
    private boolean inSingleBytes;
    private int processId;
    private int secretKey;
    private String firstColumn = "";

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** A socket that has not said anything yet. */
    static RawClient open(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return new RawClient(socket);
    }

    /** Logged in and ready. */
    static RawClient connect(int port) throws IOException {
        return connect(port, Map.of());
    }

    static RawClient connect(int port, String user, String database) throws IOException {
        return connect(port, Map.of("user", user, "database", database));
    }

    static RawClient connect(int port, Map<String, String> more) throws IOException {
        RawClient client = open(port);
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("user", ROLE);
        parameters.put("database", "postgres");
        parameters.put("application_name", "raw");
        parameters.putAll(more);
        client.send(Wire.startup(parameters));
        client.ready();
        return client;
    }

    RawClient inSingleBytes() {
        inSingleBytes = true;
        return this;
    }

    void receiveBufferBytes(int bytes) throws IOException {
        socket.setReceiveBufferSize(bytes);
    }

    void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    int processId() {
        return processId;
    }

    int secretKey() {
        return secretKey;
    }

    /** In one write, unless the client writes byte for byte. */
    RawClient send(byte[]... messages) throws IOException {
        byte[] bytes = Wire.together(messages);
        if (!inSingleBytes) {
            out.write(bytes);
            return this;
        }
        for (byte each : bytes) {
            out.write(each);
        }
        return this;
    }

    /** Long enough for what was sent to be read before anything else comes. */
    RawClient pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
        return this;
    }

    /** Reads up to and with the next ReadyForQuery. */
    RawClient ready() throws IOException {
        return until('Z');
    }

    RawClient ready(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            ready();
        }
        return this;
    }

    /** Reads up to and with the next message of this type, or the end. */
    RawClient until(char type) throws IOException {
        while (true) {
            String message = next();
            if (message.equals(END) || message.charAt(0) == type) {
                return this;
            }
        }
    }

    /** Reads until the other side closes. */
    RawClient untilEnd() throws IOException {
        while (!next().equals(END)) {}
        return this;
    }

    /** Sends a query and gives what came back for it. */
    List<String> ask(String sql) throws IOException {
        int from = heard.size();
        send(Wire.query(sql)).ready();
        return List.copyOf(heard.subList(from, heard.size()));
    }

    /** The first column of the last row. */
    String value(String sql) throws IOException {
        firstColumn = "";
        List<String> answers = ask(sql);
        if (answers.stream().noneMatch(answer -> answer.startsWith("D "))) {
            throw new IllegalStateException(sql + ": " + answers);
        }
        return firstColumn;
    }

    /** Everything that was heard so far. */
    List<String> heard() {
        return List.copyOf(heard);
    }

    void forget() {
        heard.clear();
    }

    /** One message, or {@link #END}. */
    String next() throws IOException {
        String message;
        try {
            byte type = in.readByte();
            byte[] body = new byte[in.readInt() - 4];
            in.readFully(body);
            message = (char) type + " " + text((char) type, body);
        } catch (EOFException | SocketException closed) {
            message = END;
        }
        heard.add(message);
        return message;
    }

    private String text(char type, byte[] body) {
        return switch (type) {
            case 'K' -> {
                processId = intAt(body, 0);
                secretKey = intAt(body, 4);
                yield "masked";
            }
            case 'D' -> {
                int length = body.length < 6 ? -1 : intAt(body, 2);
                firstColumn = length < 0 ? "" : new String(body, 6, length, UTF_8);
                yield printable(body, 0);
            }
            case 'A' -> printable(body, 4);
            default -> printable(body, 0);
        };
    }

    private static int intAt(byte[] body, int at) {
        return java.nio.ByteBuffer.wrap(body).getInt(at);
    }

    private static String printable(byte[] body, int from) {
        var text = new StringBuilder(body.length);
        for (char each : new String(body, from, body.length - from, ISO_8859_1).toCharArray()) {
            if (each >= ' ' && each < 0x7f) {
                text.append(each);
            } else {
                text.append('[').append((int) each).append(']');
            }
        }
        return text.toString();
    }

    /** Reads and throws away this many bytes, whatever they are. */
    void swallow(long bytes) throws IOException {
        in.skipNBytes(bytes);
    }

    /** Closes with a reset, as a machine that is switched off and on again does. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Says that nothing more will be sent; goes on reading. */
    void endSending() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
