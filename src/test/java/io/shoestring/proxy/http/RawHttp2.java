package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;

/** A client of HTTP/2 that sends the frames that it is told to, whatever the rules say. */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int ACK = 1;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;
    private static final int PATIENCE_MILLIS = 30_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final DefaultHttp2HeadersDecoder headers = new DefaultHttp2HeadersDecoder();

    /** As it came. */
    record Frame(int type, int flags, int stream, ByteBuf payload) {
        boolean ends() {
            return (flags & END_STREAM) != 0 && (type == DATA || type == HEADERS);
        }

        int number() {
            return payload.getInt(type == GOAWAY ? 4 : 0);
        }
    }

    RawHttp2(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** A connection on which both have said their settings. */
    static RawHttp2 to(int port) throws IOException {
        var client = new RawHttp2(port);
        client.preface();
        client.frame(SETTINGS, 0, 0);
        client.next(SETTINGS);
        client.frame(SETTINGS, ACK, 0);
        return client;
    }

    RawHttp2 preface() throws IOException {
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1));
        return this;
    }

    RawHttp2 frame(int type, int flags, int stream, byte... payload) throws IOException {
        out.write(bytes(type, flags, stream, payload));
        return this;
    }

    static byte[] bytes(int type, int flags, int stream, byte... payload) {
        var frame = Unpooled.buffer(9 + payload.length);
        frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
        return frame.writeBytes(payload).array();
    }

    RawHttp2 raw(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /** Names and values in turn. */
    RawHttp2 headers(int stream, boolean ends, String... fields) throws IOException {
        int flags = END_HEADERS | (ends ? END_STREAM : 0);
        return frame(HEADERS, flags, stream, block(fields));
    }

    /** Each field as a literal that nobody remembers (RFC 7541 section 6.2.2). */
    static byte[] block(String... fields) {
        var block = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i++) {
            if (i % 2 == 0) {
                block.write(0);
            }
            byte[] text = fields[i].getBytes(ISO_8859_1);
            if (text.length < 127) {
                block.write(text.length);
            } else {
                block.write(127);
                int rest = text.length - 127;
                for (; rest >= 128; rest >>= 7) {
                    block.write((rest & 127) | 128);
                }
                block.write(rest);
            }
            block.writeBytes(text);
        }
        return block.toByteArray();
    }

    RawHttp2 get(int stream, String path) throws IOException {
        return headers(
                stream,
                true,
                ":method",
                "GET",
                ":scheme",
                "http",
                ":path",
                path,
                ":authority",
                "a");
    }

    RawHttp2 data(int stream, boolean ends, String text) throws IOException {
        return frame(DATA, ends ? END_STREAM : 0, stream, text.getBytes(ISO_8859_1));
    }

    Frame next() throws IOException {
        int lengthAndType = in.readInt();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[lengthAndType >>> 8];
        in.readFully(payload);
        return new Frame(lengthAndType & 0xff, flags, stream, Unpooled.wrappedBuffer(payload));
    }

    Frame next(int type) throws IOException {
        Frame frame = next();
        while (frame.type() != type) {
            frame = next();
        }
        return frame;
    }

    /**
     * What becomes of a stream: its statuses, header fields that are asked for, and its body; or
     * how it ended instead.
     */
    String answer(int stream, String... wanted) throws IOException {
        var text = new StringBuilder();
        try {
            while (true) {
                Frame frame = next();
                if (frame.type() == GOAWAY) {
                    return text + "GOAWAY " + frame.number();
                } else if (frame.stream() != stream) {
                    continue;
                } else if (frame.type() == RST_STREAM) {
                    return text + "RST " + frame.number();
                } else if (frame.type() == DATA) {
                    text.append(frame.payload().toString(ISO_8859_1));
                } else if (frame.type() == HEADERS) {
                    describe(frame, text, wanted);
                }
                if (frame.ends()) {
                    return text.toString();
                }
            }
        } catch (EOFException | SocketException closed) {
            return text + "closed";
        }
    }

    /** The status of a frame of headers, and the fields that are asked for. */
    String describe(Frame frame, String... wanted) {
        var text = new StringBuilder();
        describe(frame, text, wanted);
        return text.toString();
    }

    private void describe(Frame frame, StringBuilder text, String... wanted) {
        try {
            Http2Headers fields = headers.decodeHeaders(frame.stream(), frame.payload());
            text.append(fields.status() == null ? "" : fields.status() + " ");
            for (String name : wanted) {
                CharSequence value = fields.get(name);
                text.append(value == null ? "" : name + "=" + value + " ");
            }
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
