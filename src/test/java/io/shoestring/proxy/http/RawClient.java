package io.shoestring.proxy.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** An HTTP client that is nothing but a socket. A bar stands for CR LF. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = socket.getInputStream();
    }

    RawClient send(String text) throws IOException {
        return send(text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** In pieces of one byte. */
    RawClient trickle(String text) throws IOException {
        for (byte each : text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1)) {
            socket.getOutputStream().write(each);
        }
        return this;
    }

    /** Up to and with the empty line. */
    String head() throws IOException {
        var text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException("closed after: " + text);
            }
            text.append((char) octet);
        }
        return text.toString().replace("\r\n", "|");
    }

    String body(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("closed after " + bytes.length + " bytes of " + length);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1).replace("\r\n", "|");
    }

    /** A head, and the body that its Content-Length announces. */
    String answer() throws IOException {
        String head = head();
        for (String line : head.split("\\|", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                return head + body(Integer.parseInt(line.substring(15).strip()));
            }
        }
        return head;
    }

    /** What comes until the other side closes. */
    String rest() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).replace("\r\n", "|");
    }

    /** Whether the other side closes now, in whatever way. */
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** Reads so many bytes and says whether they are all that one. */
    boolean isAll(byte octet, long length) throws IOException {
        byte[] block = new byte[64 << 10];
        long left = length;
        while (left > 0) {
            int count = in.read(block, 0, (int) Math.min(block.length, left));
            if (count < 0) {
                throw new EOFException(left + " bytes are missing");
            }
            byte[] expected = new byte[count];
            Arrays.fill(expected, octet);
            if (!Arrays.equals(block, 0, count, expected, 0, count)) {
                return false;
            }
            left -= count;
        }
        return true;
    }

    /** Closes in the middle of whatever it is. */
    void vanish() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
