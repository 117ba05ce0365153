package io.shoestring.proxy.http;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A connection, from the server's side, on which a request has come. */
final class RawHttp2Server {
    private final ScriptedServer.Talk talk;
    private final DataInputStream in;

    RawHttp2Server(ScriptedServer.Talk talk) throws IOException {
        this.talk = talk;
        in = new DataInputStream(talk.in());
        in.readNBytes(24);
        send(RawHttp2.SETTINGS, 0, 0);
    }

    /** Reads up to the next request, and says which stream it is. */
    int request() throws IOException {
        return request(false);
    }

    /** The same, though the one before may have been taken back. */
    int anotherRequest() throws IOException {
        return request(true);
    }

    private int request(boolean lenient) throws IOException {
        while (true) {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            in.readUnsignedByte();
            int stream = in.readInt();
            in.readNBytes(length);
            if (type == RawHttp2.HEADERS) {
                return stream;
            }
            if (type == RawHttp2.RST_STREAM && !lenient) {
                throw new IOException("a stream was taken back");
            }
        }
    }

    RawHttp2Server send(int type, int flags, int stream, byte... payload) throws IOException {
        talk.send(RawHttp2.bytes(type, flags, stream, payload));
        return this;
    }

    /** Fields such as {@code "a: b"}, one on each line; not indexed. */
    RawHttp2Server head(int flags, int stream, String fields) throws IOException {
        var block = new java.io.ByteArrayOutputStream();
        for (String field : fields.split("\\|", -1)) {
            int colon = field.indexOf(':', 1);
            block.write(0);
            string(block, field.substring(0, colon));
            string(block, field.substring(colon + 1).strip());
        }
        return send(RawHttp2.HEADERS, flags | RawHttp2.END_HEADERS, stream, block.toByteArray());
    }

    private static void string(java.io.ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        out.write(bytes.length);
        out.writeBytes(bytes);
    }

    void raw(byte[] bytes) throws IOException {
        talk.send(bytes);
    }

    void untilEnd() throws IOException {
        in.transferTo(java.io.OutputStream.nullOutputStream());
    }
}
